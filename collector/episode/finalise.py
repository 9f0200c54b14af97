"""Journal -> sealed episode: build, compare, sync, rename, sync, and only then remove the journal."""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import h5py

from collector.episode.content import Content, build
from collector.episode.disk import FULL, SystemDisk, sync_folder
from collector.episode.foreign import Broken, walk
from collector.episode.hdf5 import Sheet, open_file
from collector.episode.images import is_view
from collector.episode.journal_reader import Scan, scan
from collector.episode.segments import sealed, segments, unlink
from collector.episode.write import write_episode

_SPARE_BYTES = 64 << 20  # the file is about as large as its journal


Judge = Callable[[Content], dict[str, Any]]  # what the gates say of an episode, as JSON
Measure = Callable[[Content], dict[str, Any]]  # its figures of quality, as JSON


class FinaliseError(Exception):
    """The episode could not be sealed; the journal is untouched."""


def finalise(journal: Path, judge: Judge | None = None, measure: Measure | None = None) -> Path:
    """Seal a journal with all its segments, whole or cut off anywhere; returns the episode. Again, it changes nothing.

    `judge` gives the verdict that is stored with it, `measure` its quality (rooms that know more than this one).

    Raises FileNotFoundError, JournalError (nothing readable), FinaliseError (still being recorded; another episode
    has the name; what was written does not read back) and OSError (no room); the journal stays in all of these.
    """
    target = sealed(journal)
    with _claimed(journal) as claimed:
        if not claimed:
            if target.exists():
                return target
            raise FileNotFoundError(errno.ENOENT, "there is no such journal", str(journal))
        with scan(journal) as found:
            if target.exists():
                _require_sealed(target, found.meta.episode_uuid)
            else:
                _seal(found, claimed, target, judge, measure)
        sync_folder(target.parent)  # the new name is durable before the journal goes
        unlink(journal)
        sync_folder(target.parent)
    return target


def _seal(found: Scan, journal: list[Path], target: Path, judge: Judge | None, measure: Measure | None) -> None:
    """Build beside the target, compare, make durable, then give it its name."""
    need_bytes = sum(path.stat().st_size for path in journal) + _SPARE_BYTES
    temporary = target.with_suffix(".hdf5.tmp")
    try:
        _hold_room(temporary, need_bytes)  # before HDF5 has anything that it must write to close
        with open_file(temporary, "w") as file:
            _hold_room(temporary, need_bytes)  # opening gave the room back
            sheet = Sheet(file)
            content = build(found)
            verdict, quality = judge(content) if judge else None, measure(content) if measure else None
            write_episode(sheet, content, verdict, quality)
        os.truncate(temporary, temporary.stat().st_size)  # gives back the room that it did not need
        wrong = sheet.differences(temporary)
        if wrong:
            raise FinaliseError(
                f"{target}: {len(wrong)} data sets do not read back as written, first {wrong[0]};"
                " check the disk and finalise again"
            )
        _sync(temporary)
        temporary.rename(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _hold_room(temporary: Path, need_bytes: int) -> None:
    """HDF5 may crash the process on a full disk (h5py#914): all room it may need is its own before it writes."""
    free = shutil.disk_usage(temporary.parent).free
    try:
        if free < need_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with temporary.open("ab") as file:
            SystemDisk().fallocate(file.fileno(), 0, need_bytes)
    except OSError as error:
        if error.errno not in FULL:
            return  # a file system that cannot reserve: there is as much room as it says
        raise OSError(
            errno.ENOSPC,
            f"no room to seal: {free / 1e9:.2f} GB free, {need_bytes / 1e9:.2f} GB needed;"
            " free some space and finalise again (the journal is kept)",
            str(temporary),
        ) from error


@contextmanager
def _claimed(journal: Path) -> Generator[list[Path]]:
    """The segments, into which nobody records and which nobody finalises meanwhile (the recorder holds the same lock).

    Where the recorder has written all of it and is only syncing, that is waited for.
    """
    while True:
        with ExitStack() as stack:
            claimed = segments(journal)
            try:
                for path in claimed:
                    _lock(journal, stack.enter_context(path.open("rb")).fileno())
            except FileNotFoundError:
                continue  # another one has just finalised it
            if segments(journal) == claimed:
                yield claimed
                return


def _lock(journal: Path, descriptor: int) -> None:
    for how in (fcntl.LOCK_EX, fcntl.LOCK_SH):
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            continue
    else:
        raise FinaliseError(f"{journal} is still being recorded or finalised; wait until that has ended")
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def _require_sealed(target: Path, uuid: str) -> None:
    """A file that is there already must be this episode and read back, or the journal is all there is of it."""
    with open_file(target) as file:
        present = str(file.attrs["episode_uuid"])
        if present != uuid:
            told = f"{target} is another episode ({present}, the journal is {uuid}); move one of them away"
            raise FinaliseError(told)
        damaged = [name for name, item in walk(file) if not is_view(name) and not _reads_back(item)]
    if damaged:
        raise FinaliseError(f"{target} is damaged ({damaged[0]}); move it away and finalise again")


def _reads_back(item: h5py.Group | h5py.Dataset | Broken) -> bool:
    match item:
        case h5py.Group():
            return True
        case Broken():
            return False
        case _:
            pass
    try:
        if item.ndim == 2:  # pictures are more than memory should hold
            for row in range(len(item)):
                _ = item[row]
        else:
            _ = item[()]
    except OSError:
        return False
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
