"""Values into the rig's file: the change is shown, the old file stays beside it."""

import difflib
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from collector.calibrate.rig_text import Key, with_values
from collector.cli.options import USAGE, Abort, say
from hardware.config import RigConfig
from hardware.load import ConfigError, load


def show_and_write(path: Path, values: Mapping[Key, float | int], *, write: bool) -> None:
    """Show what would change in the file, and change it where asked to. Raises Abort, ConfigError.

    The file is replaced in one step, and only by one that is still a rig.
    """
    from rich.syntax import Syntax  # slow to import

    old = path.read_text()
    try:
        new = with_values(old, values)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    if new == old:
        say(f"{path} says the same already")
        return
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), str(path), str(path), "as it is", "found", 1, "")
    Console().print(Syntax("\n".join(lines), "diff", theme="ansi_dark", background_color="default", word_wrap=True))
    if not write:
        say("give --write to change the rig's file so")
        return
    kept = path.with_name(f"{path.name}.{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}.bak")
    aside = path.with_name(f".{path.name}.new{path.suffix}")
    try:
        aside.write_text(new)
        load(RigConfig, aside)
        kept.write_text(old)
        aside.chmod(path.stat().st_mode & 0o777)
        aside.replace(path)
    except OSError as error:
        raise Abort(USAGE, f"{path} cannot be written: {error.strerror}; copy the lines above into it") from error
    finally:
        aside.unlink(missing_ok=True)
    say(f"{path} is changed; as it was: {kept}")
