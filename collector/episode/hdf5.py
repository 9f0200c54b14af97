"""Writes an episode's content into HDF5 and reads it back to compare. Layout: schema.py."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
from numpy.typing import NDArray

from collector.episode import digest
from collector.episode.foreign import Broken, read_text, walk
from collector.episode.images import damaged_rows, is_view, write_jpegs

_CHUNK_BYTES = 1 << 18

Array = NDArray[Any]


class Sheet:
    """An open file being written; it remembers what was put where, so that it can be read back."""

    def __init__(self, file: h5py.File) -> None:
        self.file = file
        self._values: dict[str, Array | str] = {}
        self._jpegs: dict[str, Sequence[memoryview]] = {}
        self._digests: dict[str, str] = {}

    def put(self, path: str, values: Array) -> None:
        """A data set with checksum, shuffled and packed."""
        values = np.ascontiguousarray(values)
        self._values[path] = values
        if not values.size:  # HDF5 cannot chunk nothing
            self.file.create_dataset(path, data=values)
            return
        rows = max(_CHUNK_BYTES // values[:1].nbytes, 1)
        self.file.create_dataset(
            path,
            data=values,
            chunks=(min(rows, len(values)), *values.shape[1:]),
            compression="gzip",
            compression_opts=1,
            shuffle=True,
            fletcher32=True,
        )

    def put_rows(self, path: str, rows: NDArray[np.void], skip: tuple[str, ...] = ()) -> None:
        """A group with one data set a field."""
        self.file.require_group(path)
        for name in rows.dtype.names or ():
            if name not in skip:
                self.put(f"{path}/{name}", rows[name])

    def put_text(self, path: str, value: str) -> None:
        """A scalar UTF-8 text; what HDF5 cannot hold of it (NUL, halves of characters) becomes a question mark."""
        value = value.replace("\0", "?").encode(errors="replace").decode()
        self._values[path] = value
        data: Any = value
        self.file.create_dataset(path, data=data, dtype=h5py.string_dtype())

    def put_json(self, path: str, value: object) -> None:
        """A scalar UTF-8 text holding JSON."""
        self.put_text(path, json.dumps(value, sort_keys=True))

    def put_jpegs(self, path: str, jpegs: Sequence[memoryview]) -> None:
        """Padded rows, one chunk a frame."""
        write_jpegs(self.file, path, jpegs)
        self._jpegs[path] = jpegs

    def set_attrs(self, path: str, **attrs: object) -> None:
        """Attributes of a group or data set."""
        for name, value in attrs.items():
            self.file[path].attrs[name] = value

    def link(self, path: str, target: str) -> None:
        """A hard link: one object under two names."""
        self.file[path] = self.file[target]
        self._values[path] = self._values[target]

    def put_digests(self) -> None:
        """Last of all: what everything in the file must read back as."""
        self._digests = {path: self._digest(path, item) for path, item in walk(self.file)}
        text = json.dumps(self._digests, sort_keys=True)
        self.put_text(digest.NAME, text)
        self.set_attrs(digest.NAME, sha256=hashlib.sha256(text.encode()).hexdigest())

    def differences(self, path: Path) -> list[str]:
        """Names of what an ordinary reader does not get back as it was put."""
        with h5py.File(path) as file:
            wrong = [] if json.loads(read_text(file[digest.NAME])) == self._digests else [digest.NAME]
            for name, meant in self._digests.items():
                item = file[name]
                if name.strip("/") not in self._jpegs and digest.as_stored(name, item) != meant:
                    wrong.append(name)
            for name, jpegs in self._jpegs.items():
                wrong += [f"{name}[{row}]" for row in damaged_rows(file[name], jpegs)]
        return wrong

    def _digest(self, path: str, item: h5py.Group | h5py.Dataset | Broken) -> str:
        """Of the values that were put, so that the file must agree with them."""
        name = path.strip("/")
        if isinstance(item, Broken):
            raise ValueError(f"{path} {item.problem}")
        if isinstance(item, h5py.Group) or is_view(path):
            return digest.as_stored(path, item)
        if name in self._jpegs:
            return digest.of_pictures(item, self._jpegs[name])
        value = self._values[name]
        return digest.of_text(item, value) if isinstance(value, str) else digest.of_array(item, value)


def open_file(path: Path, mode: Literal["w", "r"] = "r") -> h5py.File:
    """An episode file: written so that HDF5 1.10 reads it."""
    return h5py.File(path, mode, libver=("earliest", "v110") if mode == "w" else None)
