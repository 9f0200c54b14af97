"""Disks that fail in one way each; all else is the machine's own."""

import errno
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from collector.episode.disk import SystemDisk

Buffers = Sequence[bytes | memoryview]

SYSTEM = SystemDisk()


@dataclass(frozen=True, slots=True)
class Faulty:
    """The machine's own disk but for the calls that are given."""

    on_create: Callable[[Path], int] = SYSTEM.create
    on_pwritev: Callable[[int, Buffers, int], int] = SYSTEM.pwritev
    on_ftruncate: Callable[[int, int], None] = SYSTEM.ftruncate
    on_fallocate: Callable[[int, int, int], None] = SYSTEM.fallocate
    on_fdatasync: Callable[[int], None] = SYSTEM.fdatasync
    on_fsync: Callable[[int], None] = SYSTEM.fsync
    on_free_bytes: Callable[[Path], int] = SYSTEM.free_bytes
    on_sync_folder: Callable[[Path], None] = SYSTEM.sync_folder

    def create(self, path: Path) -> int:
        return self.on_create(path)

    def pwritev(self, descriptor: int, buffers: Buffers, offset: int) -> int:
        return self.on_pwritev(descriptor, buffers, offset)

    def ftruncate(self, descriptor: int, size: int) -> None:
        self.on_ftruncate(descriptor, size)

    def fallocate(self, descriptor: int, offset: int, size: int) -> None:
        self.on_fallocate(descriptor, offset, size)

    def fdatasync(self, descriptor: int) -> None:
        self.on_fdatasync(descriptor)

    def fsync(self, descriptor: int) -> None:
        self.on_fsync(descriptor)

    def close(self, descriptor: int) -> None:
        SYSTEM.close(descriptor)

    def free_bytes(self, folder: Path) -> int:
        return self.on_free_bytes(folder)

    def sync_folder(self, folder: Path) -> None:
        self.on_sync_folder(folder)


def torn(nth: int, share: float) -> Faulty:
    """Writes a share of the nth write, then kills its own process."""
    count = 0

    def pwritev(descriptor: int, buffers: Buffers, offset: int) -> int:
        nonlocal count
        count += 1
        if count < nth:
            return SYSTEM.pwritev(descriptor, buffers, offset)
        whole = b"".join(buffers)
        os.pwrite(descriptor, whole[: round(share * len(whole))], offset)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("nobody survives this")

    return Faulty(on_pwritev=pwritev)


def short(seed: int) -> Faulty:
    """Writes less than it is given, every third time."""
    dice = random.Random(seed)

    def pwritev(descriptor: int, buffers: Buffers, offset: int) -> int:
        if dice.random() < 2 / 3:
            return SYSTEM.pwritev(descriptor, buffers, offset)
        whole = b"".join(buffers)
        return os.pwrite(descriptor, whole[: dice.randint(1, len(whole))], offset)

    return Faulty(on_pwritev=pwritev)


def failing(call: str, nth: int, code: int) -> Faulty:
    """The nth of one kind of call fails, those after it do not."""
    count = 0
    whole: Callable[..., int | None] = getattr(SYSTEM, call)

    def once(*arguments: object) -> int | None:
        nonlocal count
        count += 1
        if count == nth:
            raise OSError(code, os.strerror(code))
        return whole(*arguments)

    return Faulty(**{f"on_{call}": once})  # pyright: ignore[reportArgumentType]  # each is called as its own kind


def full(room: int, cleared_s: float) -> Faulty:
    """Takes `room` bytes a file; so long after the first refusal there is room again."""
    refused_at = 0.0

    def refuse(end: int) -> bool:
        nonlocal refused_at
        if end <= room or (refused_at and time.monotonic() > refused_at + cleared_s):
            return False
        refused_at = refused_at or time.monotonic()
        return True

    def pwritev(descriptor: int, buffers: Buffers, offset: int) -> int:
        whole = b"".join(buffers)
        if not refuse(offset + len(whole)):
            return os.pwrite(descriptor, whole, offset)
        if offset < room:
            return os.pwrite(descriptor, whole[: room - offset], offset)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fallocate(descriptor: int, offset: int, size: int) -> None:
        if refuse(offset + size):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        SYSTEM.fallocate(descriptor, offset, size)

    return Faulty(on_pwritev=pwritev, on_fallocate=fallocate)


def slow(bytes_s: float) -> Faulty:
    """Syncs no faster than so many bytes a second; writes go to memory, as they do on a slow disk too."""
    dirty = 0

    def pwritev(descriptor: int, buffers: Buffers, offset: int) -> int:
        nonlocal dirty
        done = SYSTEM.pwritev(descriptor, buffers, offset)
        dirty += done
        return done

    def fdatasync(descriptor: int) -> None:
        nonlocal dirty
        waiting, dirty = dirty, 0
        time.sleep(waiting / bytes_s)
        SYSTEM.fdatasync(descriptor)

    return Faulty(on_pwritev=pwritev, on_fdatasync=fdatasync)
