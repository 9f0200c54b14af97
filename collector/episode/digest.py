"""SHA-256 of each thing in an episode, by its name.

A file that HDF5 1.10 reads has checksums on the chunks of its data sets and on nothing else: names, types, shapes,
attributes, texts and the index that finds a chunk could change unseen.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import h5py
from numpy.typing import NDArray

from collector.episode.foreign import attributes, read, read_text
from collector.episode.images import is_view, pictures_of, view_rows

NAME = "digests"  # the data set that holds them, and itself has none

Item = h5py.Group | h5py.Dataset


def of_group(group: h5py.Group) -> str:
    """Of its attributes and the names in it."""
    return _sha256(group, ["group", sorted(name for name in group if name != NAME)])


def of_array(item: h5py.Dataset, values: NDArray[Any]) -> str:
    """Of a data set with these values."""
    return _sha256(item, ["array", values.dtype.str, list(values.shape)], [values.tobytes()])


def of_text(item: h5py.Dataset, text: str) -> str:
    """Of a data set with this text."""
    return _sha256(item, ["text"], [text.encode()])


def of_view(item: h5py.Dataset, stored: h5py.Dataset) -> str:
    """Of a view of stored pictures: which row shows which."""
    return _sha256(item, ["view", item.dtype.str, list(item.shape), view_rows(item, stored).tolist()])


class PicturesDigest:
    """Of (F, L) pictures, told one by one without their padding."""

    def __init__(self, item: h5py.Dataset, sizes: Iterable[int]) -> None:
        facts = ["pictures", item.dtype.str, list(item.shape), [int(size) for size in sizes]]
        self._sha256 = hashlib.sha256(_head(item, facts))

    def add(self, jpeg: bytes | memoryview) -> None:
        """The next one."""
        self._sha256.update(jpeg)

    def hexdigest(self) -> str:
        """After the last one."""
        return self._sha256.hexdigest()


def of_pictures(item: h5py.Dataset, jpegs: Sequence[bytes | memoryview]) -> str:
    """Of a data set with these JPEGs."""
    digest = PicturesDigest(item, [len(jpeg) for jpeg in jpegs])
    for jpeg in jpegs:
        digest.add(jpeg)
    return digest.hexdigest()


def as_stored(path: str, item: Item) -> str:
    """Of what has this name as it reads back; not of pictures, which are read one by one."""
    if isinstance(item, h5py.Group):
        return of_group(item)
    if is_view(path):
        return of_view(item, item.file[pictures_of(path)])
    if h5py.check_string_dtype(item.dtype) is not None and item.shape == ():
        return of_text(item, read_text(item))
    return of_array(item, read(item))


def _sha256(item: Item, facts: list[Any], parts: Iterable[bytes] = ()) -> str:
    digest = hashlib.sha256(_head(item, facts))
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _head(item: Item, facts: list[Any]) -> bytes:
    return json.dumps([*facts, attributes(item)], sort_keys=True).encode()
