"""The files of one journal: `episode_000007.journal`, and `.journal.1`, `.journal.2` after failed syncs.

The first stands for all: what looks for `*.journal` finds each episode once. So it comes last when they go,
and an end in the middle leaves nothing that would be taken for another episode.
"""

import re
from pathlib import Path

SUFFIX = ".journal"
TRASH = ".trash"
_FOLLOWING = re.compile(r"\.journal\.([1-9]\d*)$")


def segments(journal: Path) -> list[Path]:
    """Those that exist, oldest first. The first may be missing, if somebody took it away."""
    following = {number_of(path): path for path in journal.parent.glob(f"{_escaped(journal.name)}.*")}
    found = [following[number] for number in sorted(following) if number > 0]
    return [path for path in (journal, *found) if path.is_file()]


def segment(journal: Path, number: int) -> Path:
    """Where segment `number` of a journal lies; 0 is the journal itself."""
    return journal.with_name(f"{journal.name}.{number}") if number else journal


def number_of(path: Path) -> int:
    """Which segment a file is: 0 the first, -1 none at all."""
    if following := _FOLLOWING.search(path.name):
        return int(following[1])
    return 0 if path.name.endswith(SUFFIX) else -1


def journals(directory: Path) -> list[Path]:
    """The journals below a directory, each once, also those without a first segment; not what was discarded."""
    found = [path for path in directory.rglob(f"*{SUFFIX}*") if number_of(path) >= 0 and path.is_file()]
    kept = [path for path in found if TRASH not in path.relative_to(directory).parts]
    return sorted({path.with_suffix("") if number_of(path) else path for path in kept})


def sealed(journal: Path) -> Path:
    """The episode that a journal becomes."""
    return journal.with_suffix(".hdf5")


def unlink(journal: Path) -> None:
    """Remove all segments, the first one last."""
    for path in reversed(segments(journal)):
        path.unlink(missing_ok=True)


def move(journal: Path, folder: Path) -> Path:
    """Move all segments, the first one last; where it is now. Raises FileExistsError, then nothing was moved."""
    found = segments(journal)
    if taken := [path.name for path in found if (folder / path.name).exists()]:
        raise FileExistsError(f"{folder} has a {taken[0]} already; move that one away")
    for path in reversed(found):
        path.rename(folder / path.name)
    return folder / journal.name


def _escaped(name: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", name)
