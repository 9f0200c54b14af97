"""A disk that fails as it is told, with so much room, and that knows what a power cut would leave."""

import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collector.episode.disk import SystemDisk
from hardware.rows import EDGE, FRAME
from tests.episodes import make_meta

SYSTEM = SystemDisk()
META = make_meta(("front",), 0, {})


def edges(first: int, count: int) -> NDArray[np.void]:
    found = np.zeros(count, EDGE)
    found["seq"] = np.arange(first, first + count)
    return found


def frame(number: int) -> NDArray[np.void]:
    found = np.zeros(1, FRAME)
    found["seq"] = number
    return found


class FaultyDisk:
    """`errors[call]`: what its next calls raise (0: nothing); `always[call]`: what all of them raise.

    `room`: bytes that all files together may take, reserved or written; `largest`: that one file may have.
    """

    def __init__(self, room: int = 1 << 40, largest: int = 1 << 40) -> None:
        self.room, self.largest = room, largest
        self.errors: dict[str, list[int]] = {}
        self.always: dict[str, int] = {}
        self.on_write: Callable[[], None] = lambda: None
        self.durable: dict[Path, bytes] = {}
        self._paths: dict[int, Path] = {}
        self._taken: dict[int, int] = {}

    def create(self, path: Path) -> int:
        self._fail("create")
        descriptor = SYSTEM.create(path)
        self._paths[descriptor], self._taken[descriptor] = path, 0
        return descriptor

    def pwritev(self, descriptor: int, buffers: Sequence[bytes | memoryview], offset: int) -> int:
        self.on_write()
        self._fail("pwritev")
        whole = b"".join(buffers)
        fits = max(0, min(len(whole), self._taken[descriptor] + self._free() - offset))
        if whole and not fits:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if offset >= self.largest:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        fits = min(fits, self.largest - offset)
        self._taken[descriptor] = max(self._taken[descriptor], offset + fits)
        return os.pwrite(descriptor, whole[:fits], offset)

    def ftruncate(self, descriptor: int, size: int) -> None:
        self._fail("ftruncate")
        self._taken[descriptor] = size
        SYSTEM.ftruncate(descriptor, size)

    def fallocate(self, descriptor: int, offset: int, size: int) -> None:
        self._fail("fallocate")
        more = offset + size - self._taken[descriptor]
        if more > self._free():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._taken[descriptor] += max(0, more)

    def fdatasync(self, descriptor: int) -> None:
        self._sync("fdatasync", descriptor)

    def fsync(self, descriptor: int) -> None:
        self._sync("fsync", descriptor)

    def close(self, descriptor: int) -> None:
        SYSTEM.close(descriptor)

    def free_bytes(self, folder: Path) -> int:
        self._fail("free_bytes")
        return self._free()

    def sync_folder(self, folder: Path) -> None:
        self._fail("sync_folder")

    def _sync(self, call: str, descriptor: int) -> None:
        content = self._paths[descriptor].read_bytes()
        self._fail(call)
        self.durable[self._paths[descriptor]] = content

    def _free(self) -> int:
        return self.room - sum(self._taken.values())

    def _fail(self, call: str) -> None:
        waiting = self.errors.get(call, [])
        code = waiting.pop(0) if waiting else self.always.get(call, 0)
        if code:
            raise OSError(code, os.strerror(code))
