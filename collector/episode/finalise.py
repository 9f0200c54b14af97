"""Journal -> sealed episode: build, compare, sync, rename, sync, and only then remove the journal."""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from collector.episode.content import Content, build
from collector.episode.hdf5 import Sheet, open_file
from collector.episode.journal import sync_folder
from collector.episode.journal_reader import Scan, scan
from collector.episode.write import write_episode

_SPARE_BYTES = 64 << 20  # the file is about as large as its journal


Judge = Callable[[Content], dict[str, Any]]  # what the gates say of an episode, as JSON


class FinaliseError(Exception):
    """The episode could not be sealed; the journal is untouched."""


def finalise(journal: Path, judge: Judge | None = None) -> Path:
    """Seal a journal, whole or cut off anywhere; returns the episode. Doing it again changes nothing.

    `judge` gives the verdict that is stored with it (the gates are a room above this one).

    Raises JournalError (nothing readable), FinaliseError (still being recorded; another episode has the
    name; what was written does not read back) and OSError (no room); the journal stays in all of these.
    """
    target = journal.with_suffix(".hdf5")
    if not journal.exists() and target.exists():
        return target
    with _claimed(journal), scan(journal) as found:
        if target.exists():
            _require_same_episode(target, found.meta.episode_uuid)
        else:
            _seal(found, journal, target, judge)
    sync_folder(target.parent)  # the new name is durable before the journal goes
    journal.unlink()
    sync_folder(target.parent)
    return target


def _seal(found: Scan, journal: Path, target: Path, judge: Judge | None) -> None:
    """Build beside the target, compare, make durable, then give it its name."""
    _require_room(journal)
    temporary = target.with_suffix(".hdf5.tmp")
    try:
        with open_file(temporary, "w") as file:
            sheet = Sheet(file)
            content = build(found)
            write_episode(sheet, content, judge(content) if judge else None)
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


def _require_room(journal: Path) -> None:
    """HDF5 may crash the process on a full disk (h5py#914), so it is not let near one."""
    need, free = journal.stat().st_size + _SPARE_BYTES, shutil.disk_usage(journal.parent).free
    if free < need:
        raise OSError(
            errno.ENOSPC,
            f"no room to seal: {free / 1e9:.2f} GB free, {need / 1e9:.2f} GB needed;"
            " free some space and finalise again (the journal is kept)",
            str(journal),
        )


@contextmanager
def _claimed(journal: Path) -> Generator[None]:
    """Nobody records into it or finalises it meanwhile (the recorder holds the same lock)."""
    with journal.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FinaliseError(f"{journal} is still being recorded or finalised; wait until that has ended") from error
        yield


def _require_same_episode(target: Path, uuid: str) -> None:
    with open_file(target) as file:
        present = str(file.attrs["episode_uuid"])
    if present != uuid:
        raise FinaliseError(f"{target} is another episode ({present}, the journal is {uuid}); move one of them away")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
