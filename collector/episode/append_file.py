"""One file that only grows: writes all or nothing, and reserves room ahead so that a full disk shows early."""

import errno
import fcntl
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from collector.episode.disk import FULL, Disk, DiskFull

LOOK_AHEAD = 32 << 20  # bytes reserved beyond the end: `low_space` comes 0.9 s before DiskFull at 17 MB/s
RESERVE = 8 << 20  # of these, what only the last words of an episode may use
_STEP = 8 << 20  # the look-ahead may shrink by so much before it is renewed
_LOCK_S, _LOCK_AGAIN_S = 2.0, 0.001
_IOV_MAX = 1024  # buffers one pwritev takes (limits.h)


class AppendFile:
    """An open file; `create` makes one. One thread writes; another may `sync` meanwhile."""

    def __init__(self, path: Path, descriptor: int, disk: Disk) -> None:
        self.path = path
        self.end = 0
        self.low_space = False
        self._descriptor = descriptor
        self._disk = disk
        self._reserved = 0
        self._is_named = False

    @staticmethod
    def create(path: Path, head: Sequence[bytes], disk: Disk) -> "AppendFile":
        """A new file that begins with `head`, locked against finalisers; on an error nothing remains of it.

        Raises FileExistsError, DiskFull, OSError.
        """
        try:
            descriptor = disk.create(path)
        except OSError as error:
            raise _told(path, error) from error
        file = AppendFile(path, descriptor, disk)
        try:
            _lock(path, descriptor)
            file.write(head)
        except BaseException:
            file.discard()
            raise
        return file

    def write(self, buffers: Sequence[bytes], keep: int = RESERVE) -> None:
        """Append all of the buffers, leaving `keep` bytes of room; or nothing. Raises DiskFull, OSError."""
        size = sum(map(len, buffers))
        self._make_room(size, keep)
        try:
            written = 0
            for first in range(0, len(buffers), _IOV_MAX):
                written += self._write(buffers[first : first + _IOV_MAX], self.end + written)
        except OSError as error:
            self.trim()  # half a record helps nobody
            self._reserve_to(self.end + RESERVE)
            raise _told(self.path, error) from error
        self.end += size

    def sync(self) -> None:
        """Make what was written before durable, and the first time the file's name. An error is final for the file."""
        if self._is_named:
            self._disk.fdatasync(self._descriptor)
            return
        self._disk.fsync(self._descriptor)
        self._disk.sync_folder(self.path.parent)
        self._is_named = True

    def trim(self) -> None:
        """Give back what is reserved beyond the end."""
        with suppress(OSError):
            self._disk.ftruncate(self._descriptor, self.end)
        self._reserved = self.end

    def share(self) -> None:
        """No more will be written: a finaliser may wait for the lock now (an exclusive one makes it turn away)."""
        with suppress(OSError):
            fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def close(self) -> None:
        """Close and unlock it. Whether its bytes are safe is a matter of `sync`."""
        with suppress(OSError):
            self._disk.close(self._descriptor)

    def discard(self) -> None:
        """Close and remove it."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _write(self, buffers: Sequence[bytes], offset: int) -> int:
        """Write all of the buffers; a short write is continued."""
        size = sum(map(len, buffers))
        done = self._disk.pwritev(self._descriptor, buffers, offset)
        if done < size:
            rest = memoryview(b"".join(buffers))
            while done < size:
                more = self._disk.pwritev(self._descriptor, [rest[done:]], offset + done)
                if more <= 0:
                    raise OSError(errno.EIO, "the disk takes no more bytes and does not say why")
                done += more
        return size

    def _make_room(self, size: int, keep: int) -> None:
        end = self.end + size
        if end + LOOK_AHEAD - _STEP <= self._reserved:
            return
        self.low_space = not self._reserve_to(end + LOOK_AHEAD)
        if self.low_space and not self._reserve_to(end + keep):
            raise DiskFull(self.path)

    def _reserve_to(self, upto: int) -> bool:
        """Is there room up to this offset? Where the file system cannot reserve it, the write will tell."""
        start = max(self._reserved, self.end)
        if upto <= start:
            return True
        try:
            # Asked first: before it says no, ext4's fallocate waits for its own journal, which may take long.
            if self._disk.free_bytes(self.path.parent) < upto - start:
                return False
            self._disk.fallocate(self._descriptor, start, upto - start)
        except OSError as error:
            if error.errno in FULL:
                return False
        self._reserved = upto
        return True


def _lock(path: Path, descriptor: int) -> None:
    """A salvage that looks at every journal may have opened the new one first: it finds nothing in it and lets go."""
    deadline = time.monotonic() + _LOCK_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                told = "another program holds the new recording; end it, then start again"
                raise OSError(error.errno, told, str(path)) from error
            time.sleep(_LOCK_AGAIN_S)
        else:
            return


def _told(path: Path, error: OSError) -> OSError:
    """The error as the journal raises it."""
    if isinstance(error, DiskFull) or error.errno not in FULL:
        return error
    return DiskFull(path, error.errno or errno.ENOSPC)
