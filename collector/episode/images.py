"""JPEGs as rows of a padded (F, L) uint8 data set that plain gzip readers understand.

One chunk a frame, written directly: a zlib stream (RFC 1950) with the JPEG in stored blocks (RFC 1951,
3.2.4) and the padding compressed. It costs next to no CPU and no space, and its Adler-32 is checked on
every read by HDF5 itself.
"""

import zlib
from collections.abc import Sequence
from functools import lru_cache
from struct import Struct

import h5py
import numpy as np
import simplejpeg
from numpy.typing import NDArray

_ZLIB_HEADER = b"\x78\x01"  # deflate, 32 KiB window, fastest
_STORED = Struct("<BHH")  # BFINAL and BTYPE = 0 (the block starts on a byte), LEN, NLEN
_STORED_MAX = 0xFFFF
_ADLER_BASE = 65521
_END_OF_IMAGE = b"\xff\xd9"  # ITU-T T.81, B.1.1.3
_MOST_PIXELS = 1 << 26
_MOST_ROWS = 1 << 24  # three days at 60 Hz
_VIEWS = "/observations/images/"


def stored_chunk(jpeg: bytes | memoryview, width: int) -> bytes:
    """A zlib stream of `jpeg` followed by zeros up to `width` bytes."""
    parts: list[bytes | memoryview] = [_ZLIB_HEADER]
    for start in range(0, len(jpeg), _STORED_MAX):
        block = jpeg[start : start + _STORED_MAX]
        parts += [_STORED.pack(0, len(block), len(block) ^ 0xFFFF), block]
    padding = width - len(jpeg)
    parts += [_zeros(padding), _adler32(jpeg, padding).to_bytes(4, "big")]
    return b"".join(parts)


def write_jpegs(group: h5py.Group, name: str, jpegs: Sequence[bytes | memoryview]) -> h5py.Dataset:
    """Data set `name`: (F, L) uint8, row i = JPEG i padded with zeros to the longest."""
    if not jpegs:
        return group.create_dataset(name, (0, 1), np.uint8)
    width = max(map(len, jpegs))
    data = group.create_dataset(
        name,
        (len(jpegs), width),
        np.uint8,
        chunks=(1, width),
        compression="gzip",
        compression_opts=1,
    )
    for row, jpeg in enumerate(jpegs):
        data.id.write_direct_chunk((row, 0), stored_chunk(jpeg, width))
    return data


def damaged_rows(data: h5py.Dataset, jpegs: Sequence[bytes | memoryview]) -> list[int]:
    """Rows whose stored chunk is not what `write_jpegs` made of them.

    The chunks are compared as they lie in the file, which costs a third of unpacking them; that an ordinary
    reader gets the JPEG back is then a matter of the first row.
    """
    if not jpegs:
        return []
    width = data.shape[1]
    wrong = [
        row for row, jpeg in enumerate(jpegs) if data.id.read_direct_chunk((row, 0)) != (0, stored_chunk(jpeg, width))
    ]
    first = bytes(jpegs[0])
    if data[0].tobytes() != first.ljust(width, b"\0") and 0 not in wrong:
        wrong.insert(0, 0)
    return wrong


def require_jpeg(jpeg: bytes | memoryview, shape: tuple[int, int]) -> None:
    """Raises ValueError where it is no whole JPEG of (height, width): before anybody allocates what it declares."""
    try:
        header = simplejpeg.decode_jpeg_header(jpeg)
    except ValueError as error:
        raise ValueError(f"is no JPEG: {error}") from error
    if header[:2] != shape:
        raise ValueError(f"is {header[0]}x{header[1]}, the stream says {shape[0]}x{shape[1]}")
    if shape[0] * shape[1] > _MOST_PIXELS:
        raise ValueError(f"is {shape[0]}x{shape[1]}, larger than any camera's")
    if bytes(jpeg[-2:]) != _END_OF_IMAGE:
        raise ValueError("is cut off: it has no end-of-image marker")


def is_view(path: str) -> bool:
    """Is this the name of pictures on the steps, stored elsewhere?"""
    return path.startswith(_VIEWS)


def pictures_of(view: str) -> str:
    """Where the pictures of a view are stored."""
    return f"/streams/cameras/{view.removeprefix(_VIEWS)}/jpeg"


def view_rows(view: h5py.Dataset, stored: h5py.Dataset) -> NDArray[np.int64]:
    """(T,) row of `stored` that each row of a view shows, -1 where it shows none.

    Raises ValueError where it shows anything else.
    """
    if view == stored:
        return np.arange(len(stored), dtype=np.int64)
    if not view.is_virtual and view.id.get_storage_size():
        raise ValueError(f"is not {stored.name}")
    if view.shape[1:] != stored.shape[1:] or view.dtype != stored.dtype or view.fillvalue:
        raise ValueError(f"is {view.dtype} {view.shape}, {stored.name} is {stored.dtype} {stored.shape}")
    if len(view) > _MOST_ROWS:
        raise ValueError(f"has {len(view)} rows, more than any episode")
    rows = np.full(len(view), -1, np.int64)
    last = stored.shape[1] - 1
    for source in view.virtual_sources() if view.is_virtual else ():
        if (source.file_name, source.dset_name) != (".", stored.name):
            raise ValueError(f"shows {source.dset_name} of {source.file_name}, not {stored.name}")
        (to, left), (to_end, right) = source.vspace.get_select_bounds()
        (at, from_left), (at_end, from_right) = source.src_space.get_select_bounds()
        if (left, right, from_left, from_right) != (0, last, 0, last) or to_end - to != at_end - at:
            raise ValueError(f"shows no whole rows of {stored.name}")
        rows[to : to_end + 1] = np.arange(at, at_end + 1)
    return rows


@lru_cache(maxsize=4096)
def _zeros(count: int) -> bytes:
    """`count` zeros as final deflate blocks."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(bytes(count)) + packer.flush()


def _adler32(data: bytes | memoryview, zeros: int) -> int:
    """Adler-32 of the data and so many zeros: a zero leaves the low sum and adds it to the high one."""
    value = zlib.adler32(data)
    low, high = value & 0xFFFF, value >> 16
    return (high + zeros * low) % _ADLER_BASE << 16 | low
