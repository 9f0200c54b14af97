"""The system calls a journal is made of, behind a Protocol: tests put a failing disk in their place."""

import ctypes
import errno
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a write says when nothing is wrong but the room: disk, quota, largest file."""
_KEEP_SIZE = 1  # FALLOC_FL_KEEP_SIZE (linux/falloc.h)


class DiskFull(OSError):
    """What is buffered does not fit. Nothing was written, nothing is lost: commit again when there is room.

    `is_file_full`: it is not the disk but the file that may not grow.
    """

    def __init__(self, path: Path, code: int = errno.ENOSPC) -> None:
        super().__init__(errno.ENOSPC, f"{os.strerror(code)}; free some space, recording goes on by itself", str(path))
        self.is_file_full = code == errno.EFBIG


class Disk(Protocol):
    """Every call raises OSError as its system call does; all but `fdatasync` and `fsync` are asked by one thread."""

    def create(self, path: Path) -> int:
        """Descriptor of a new file, open for writing. Raises FileExistsError."""
        ...

    def pwritev(self, descriptor: int, buffers: Sequence[bytes | memoryview], offset: int) -> int:
        """Write at an offset; bytes written, which may be fewer than given."""
        ...

    def ftruncate(self, descriptor: int, size: int) -> None:
        """Cut the file (and what is reserved beyond its end) to `size` bytes."""
        ...

    def fallocate(self, descriptor: int, offset: int, size: int) -> None:
        """Reserve room beyond the end; the file's size stays."""
        ...

    def fdatasync(self, descriptor: int) -> None:
        """Make the file's bytes durable."""
        ...

    def fsync(self, descriptor: int) -> None:
        """Make all of the file durable."""
        ...

    def close(self, descriptor: int) -> None:
        """Close the file."""
        ...

    def free_bytes(self, folder: Path) -> int:
        """Room that an ordinary user may still fill."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Make the folder's entries durable."""
        ...


@dataclass(frozen=True, slots=True)
class SystemDisk:
    """The machine's own."""

    def create(self, path: Path) -> int:
        """open(2), exclusively."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)

    def pwritev(self, descriptor: int, buffers: Sequence[bytes | memoryview], offset: int) -> int:
        """pwritev(2)."""
        return os.pwritev(descriptor, buffers, offset)

    def ftruncate(self, descriptor: int, size: int) -> None:
        """ftruncate(2)."""
        os.ftruncate(descriptor, size)

    def fallocate(self, descriptor: int, offset: int, size: int) -> None:
        """fallocate(2) with FALLOC_FL_KEEP_SIZE."""
        # os.posix_fallocate cannot keep the size.
        if _libc.fallocate64(descriptor, _KEEP_SIZE, ctypes.c_int64(offset), ctypes.c_int64(size)):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))

    def fdatasync(self, descriptor: int) -> None:
        """fdatasync(2)."""
        os.fdatasync(descriptor)

    def fsync(self, descriptor: int) -> None:
        """fsync(2)."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        """close(2)."""
        os.close(descriptor)

    def free_bytes(self, folder: Path) -> int:
        """statvfs(3), f_bavail."""
        return shutil.disk_usage(folder).free

    def sync_folder(self, folder: Path) -> None:
        """fsync(2) of the folder."""
        sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make the folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_libc = ctypes.CDLL(None, use_errno=True)
