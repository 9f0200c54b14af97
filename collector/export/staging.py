"""A data set appears under its name whole, or not at all."""

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from errno import ENOSPC
from pathlib import Path

from collector.export.plan import ExportError

_OURS = {"README.md", "data", "meta", "videos"}


@contextmanager
def staged(out: Path) -> Generator[Path]:
    """Give OUT.tmp to write in; rename it to `out` at the end, remove it on any error.

    What an interrupted export left in OUT.tmp is replaced. Raises ExportError where `out` exists.
    """
    if out.exists():
        raise ExportError(f"{out} exists, and an export replaces nothing; remove it or name another folder")
    temporary = out.with_name(out.name + ".tmp")
    if temporary.exists():
        if not temporary.is_dir() or not {entry.name for entry in temporary.iterdir()} <= _OURS:
            raise ExportError(f"{temporary} is in the way and is no unfinished export; move it elsewhere")
        shutil.rmtree(temporary)
    try:
        temporary.mkdir(parents=True)
    except OSError as error:
        raise ExportError(f"cannot make {temporary}: {error.strerror}; name a folder that you may write") from error
    try:
        yield temporary
        temporary.rename(out)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if isinstance(error, OSError) and error.errno == ENOSPC:
            raise ExportError(f"no room left for {out}; free some, or name another disk") from error
        raise
