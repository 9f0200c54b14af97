"""A disk that remembers what it was made to keep, and what is left of its files when the power goes."""

import os
import random
from collections.abc import Callable
from mmap import mmap
from pathlib import Path

import numpy as np

from benchmarks.faults.board import Ints
from benchmarks.faults.disks import SYSTEM, Buffers, Faulty
from collector.episode.segments import segment, segments

_PAGE = 4096
_FILES = 32


class Power:
    """Shared with the recorder: of each segment whether its name is durable, and its bytes; what a failed sync lost.

    After a failed sync the kernel takes the pages for clean, whatever became of them (Rebello et al., ATC 2020): they
    are taken as lost here, also when a later sync succeeds.
    """

    def __init__(self) -> None:
        self._memory: Ints = np.frombuffer(mmap(-1, 3 * _FILES * 8), np.int64)
        self.named, self.durable, self.lost_from = self._memory.reshape(3, _FILES)
        self.lost_from[:] = -1

    def cut(self, journal: Path, dice: random.Random) -> None:
        """Leaves of a journal what a power cut would: unsynced pages are there, or zeros, or not even zeros."""
        for path in segments(journal):
            number = int(path.name.rpartition(".")[2]) if path != journal else 0
            if not self.named[number]:
                path.unlink()
                continue
            keep = int(self.durable[number])
            content = bytearray(path.read_bytes())
            for page in range(keep // _PAGE, -(-len(content) // _PAGE)):
                if dice.random() < 0.5:
                    first, last = max(page * _PAGE, keep), min((page + 1) * _PAGE, len(content))
                    content[first:last] = bytes(last - first)
            size = dice.randint(keep, max(keep, len(content)))
            if (lost := int(self.lost_from[number])) >= 0:
                content[lost:] = bytes(len(content) - lost)
            path.write_bytes(content[:size])


def remembering(power: Power, fails: Callable[[int], int] = lambda nth: 0, *, real: bool = False) -> Faulty:
    """A disk for one journal that tells `power` all. fails(n): the errno of the nth fdatasync, 0 none.

    Nothing is really synced unless `real`: the page cache outlives the recorder.
    """
    files: dict[int, int] = {}  # descriptor -> number of the segment
    ends: dict[int, int] = {}
    syncs = 0

    def create(path: Path) -> int:
        descriptor = SYSTEM.create(path)
        number = len(files)
        assert path.name.endswith(segment(Path("x.journal"), number).suffix)
        files[descriptor], ends[descriptor] = number, 0
        return descriptor

    def pwritev(descriptor: int, buffers: Buffers, offset: int) -> int:
        done = SYSTEM.pwritev(descriptor, buffers, offset)
        ends[descriptor] = max(ends[descriptor], offset + done)
        return done

    def ftruncate(descriptor: int, size: int) -> None:
        SYSTEM.ftruncate(descriptor, size)
        ends[descriptor] = min(ends[descriptor], size)

    def fdatasync(descriptor: int) -> None:
        nonlocal syncs
        syncs += 1
        sync(descriptor, fails(syncs))

    def sync(descriptor: int, code: int = 0) -> None:
        end, number = ends[descriptor], files[descriptor]
        if code:
            if power.lost_from[number] < 0:
                power.lost_from[number] = power.durable[number]
            raise OSError(code, os.strerror(code))
        if real:
            SYSTEM.fdatasync(descriptor)
        if power.lost_from[number] < 0:
            power.durable[number] = end

    def sync_folder(folder: Path) -> None:
        for number in files.values():
            power.named[number] = 1

    return Faulty(
        on_create=create, on_pwritev=pwritev, on_ftruncate=ftruncate, on_fdatasync=fdatasync, on_fsync=sync,
        on_sync_folder=sync_folder,
    )  # fmt: skip
