"""Files on their way to the trash and back, in steps: between two of them the disk is waited for.

An episode is in both places until what says where it belongs is durable, and its names there too: so a power cut at
any moment leaves every file, and the tombstone tells which of two names is too many. Nothing is ever moved over another
file. Where the file system has no hard links a file is renamed at once: there the power may cost the tombstone.
"""

import fcntl
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from collector.episode.disk import sync_folder
from collector.episode.segments import TRASH
from collector.episode.tombstone import Tombstone, draft

_NO_LINKS = (1, 38, 95)  # EPERM, ENOSYS, EOPNOTSUPP: a file system without hard links

Steps = Iterator[Path]
"""Each a file or a folder that has to be durable before the next one is asked for. The first thing is done at once."""


def sync(path: Path) -> None:
    """Make a file, or the entries of a folder, durable. Raises OSError; what has gone meanwhile needs no more."""
    if path.is_dir():
        sync_folder(path)
        return
    with suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def at_once(steps: Steps) -> None:
    """All of them, waiting for the disk."""
    for path in steps:
        sync(path)


def files_of(folder: Path, stem: str) -> list[Path]:
    """Sealed file, journal and its segments, labels, and whatever else carries the name."""
    return sorted(folder.glob(f"{escape(stem)}.*"))


def entombed(folder: Path, grave: Tombstone) -> Steps:
    """A tombstone; one that says more takes the old one's place only when it is durable. Raises OSError."""
    path, new = grave.path(folder), draft(folder, grave)
    if path.exists():
        yield new
        new.rename(path)
    else:
        new.rename(path)
        yield path
    yield folder / TRASH


def discarded(folder: Path, grave: Tombstone) -> Steps:
    """A tombstone, and the files are in the trash at once; once both is durable, no longer in the folder.

    Raises FileExistsError, OSError.
    """
    path = grave.path(folder)
    steps, is_new = entombed(folder, grave), not path.exists()
    first = next(steps)
    try:
        _lay_out(files_of(folder, grave.stem), grave.stem, folder / TRASH, grave.stem)
    except OSError:
        if is_new:  # it is where it was, and counts as there
            path.unlink()
        raise
    yield first
    yield from steps
    yield from buried(folder, grave)


def buried(folder: Path, grave: Tombstone) -> Steps:
    """The files of an episode whose tombstone is durable go to the trash; once more, what was left of them.

    Raises FileExistsError, OSError.
    """
    trash, stem = folder / TRASH, grave.stem
    files = files_of(folder, stem)
    _lay_out(files, stem, trash, stem)
    yield trash
    with _alone(trash):
        if grave.path(folder).exists():  # or else another process has brought it back
            _unlink([path for path in files if is_twin(path, trash / path.name)])
    yield folder


def brought_back(folder: Path, stem: str, grave: Tombstone | None, target: str) -> Steps:
    """The files are in the folder at once, as `target`, and count as there; once that is durable, only there.

    Raises FileExistsError, OSError.
    """
    trash = folder / TRASH
    back = None if grave is None else grave.way_back(folder, target)
    if grave is not None and back is not None:
        with suppress(FileNotFoundError):  # an earlier start had done that
            grave.path(folder).rename(back)
        if target != stem:  # or else a power cut might leave the new name and the old tombstone
            sync(trash)
    files = files_of(trash, stem)
    _lay_out(files, stem, folder, target)
    yield trash
    yield folder
    with _alone(trash):
        if back is None:
            _unlink([path for path in files if is_twin(path, _renamed(path, stem, folder, target))])
        elif back.exists():  # what they are called in the folder may be sealed by now
            _unlink(files)
    yield trash
    if back is not None:
        back.unlink(missing_ok=True)
        yield trash


def is_twin(path: Path, other: Path) -> bool:
    """Are they two names of one file?"""
    try:
        return path.samefile(other)
    except FileNotFoundError:
        return False


def _lay_out(files: list[Path], stem: str, place: Path, target: str) -> None:
    """Give them a second name there; a journal's first segment last: it stands for all.

    Raises FileExistsError, OSError.
    """
    for path in reversed(files):
        other = _renamed(path, stem, place, target)
        try:
            os.link(path, other)
        except FileExistsError as error:
            if not is_twin(path, other):
                raise FileExistsError(f"{other} is there already; move one of them away") from error
        except OSError as error:
            if error.errno not in _NO_LINKS or other.exists():
                raise
            path.rename(other)


def _unlink(files: list[Path]) -> None:
    """Take these names away; the files have others."""
    for path in reversed(files):
        path.unlink(missing_ok=True)


def _renamed(path: Path, stem: str, place: Path, target: str) -> Path:
    return place / path.name.replace(stem, target, 1)


@contextmanager
def _alone(trash: Path) -> Generator[None]:
    """No other process takes names away meanwhile."""
    descriptor = os.open(trash, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
