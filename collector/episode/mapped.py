"""A file's bytes without a copy in memory; of a disk with bad blocks, what can still be read of it."""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path

_PIECE = 1 << 20
_BLOCK = 4096  # bad blocks are of so many bytes or fewer


@contextmanager
def mapped(path: Path) -> Generator[mmap | bytes]:
    """The bytes of a file, zeros where the disk cannot read them. Raises OSError where it cannot be opened."""
    with path.open("rb") as file:
        descriptor = file.fileno()
        size = os.fstat(descriptor).st_size
        if not size:  # cannot be mapped
            yield b""
        elif _is_sound(descriptor, size):
            with mmap(descriptor, size, access=ACCESS_READ) as data:
                yield data
        else:
            with mmap(-1, size) as data:
                _rescue(descriptor, data)
                yield data


def _is_sound(descriptor: int, size: int) -> bool:
    """Tried before it is mapped: a mapped block that cannot be read ends the process (SIGBUS)."""
    piece = bytearray(_PIECE)
    try:
        for start in range(0, size, _PIECE):
            os.preadv(descriptor, [piece], start)
    except OSError:
        return False
    return True


def _rescue(descriptor: int, data: mmap) -> None:
    for start in range(0, len(data), _BLOCK):
        with suppress(OSError):
            block = os.pread(descriptor, _BLOCK, start)[: len(data) - start]
            data[start : start + len(block)] = block
