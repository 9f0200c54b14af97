"""Reads HDF5 files that anybody may have made: no link leads out of them, no declared size is believed.

What is wrong with their content is a ValueError here, beside the errors of h5py itself.
"""

import json
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

MOST_NAMES = 20_000  # 254 streams of 20 fields, their clocks and their steps
_DEEPEST = 6  # /streams/cameras/<camera>/gaps/t_ns
_DEFLATE_MOST = 1100  # bytes that one packed byte can stand for (RFC 1951: 1032), and checksums
_SMALL = 1 << 16
_KINDS = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket"))


class NotAnEpisode(Exception):
    """The file is not an episode that this version reads."""


def require_file(path: Path) -> None:
    """Raises NotAnEpisode where opening `path` would fail or wait: a folder, a pipe, a device, nothing."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise NotAnEpisode(f"{path} cannot be opened ({error.strerror}); choose an episode") from error
    if not stat.S_ISREG(mode):
        kind = next((kind for test, kind in _KINDS if test(mode)), "a device")
        raise NotAnEpisode(f"{path} is {kind}, not a file; choose an episode")


@contextmanager
def damage_named(path: Path) -> Generator[None]:
    """Whatever goes wrong inside, other than for want of memory, is put down to the file: NotAnEpisode."""
    try:
        yield
    except (NotAnEpisode, MemoryError):
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise NotAnEpisode(f"{path} is damaged ({what}); clap verify says what of it is sound") from error


@dataclass(frozen=True, slots=True)
class Broken:
    """A name under which nothing can be read, and why."""

    problem: str


def walk(file: h5py.File) -> Iterator[tuple[str, h5py.Group | h5py.Dataset | Broken]]:
    """Every group and data set under every one of its names, "/" first. Raises ValueError where there is no end."""
    left: list[tuple[str, h5py.Group | h5py.Dataset | Broken]] = [("", file)]
    seen = 0
    while left:
        path, item = left.pop()
        yield path or "/", item
        seen += 1
        if seen > MOST_NAMES or path.count("/") > _DEEPEST:
            raise ValueError(f"{path} is too deep or one of too many: groups of no episode nest so")
        if isinstance(item, h5py.Group):
            names, problem = _names(item)
            left += [(f"{path}/{name}", _member(item, name)) for name in reversed(names)]
            left += [(f"{path}/?", Broken(problem))] if problem else []


def read(item: h5py.Dataset) -> NDArray[Any]:
    """All values of a data set. Raises ValueError where it is not one of numbers or bytes stored in this file."""
    require_stored(item)
    if item.dtype.kind not in "iufSb":
        raise ValueError(f"holds {item.dtype}, which no episode does")
    return item[()]


def read_text(item: h5py.Dataset) -> str:
    """The text of a scalar data set."""
    if item.shape != () or h5py.check_string_dtype(item.dtype) is None:
        raise ValueError(f"is {item.dtype} {item.shape}, not one text")
    require_stored(item)
    return str(item.asstr()[()])


def read_texts(group: h5py.Group) -> dict[str, Any]:
    """The texts of a group by name; the value of those whose attribute `json` says that they hold JSON."""
    texts = {name: read_text(group[name]) for name in group}
    return {name: json.loads(text) if group[name].attrs.get("json") else text for name, text in texts.items()}


def require_stored(item: h5py.Dataset) -> None:
    """Its values lie in this file, and there are no more of them than the bytes stored can stand for."""
    if item.is_virtual or item.external:
        raise ValueError("takes its values from elsewhere")
    declared, stored = item.size * item.dtype.itemsize, item.id.get_storage_size()
    if declared > max(_SMALL, stored * _DEFLATE_MOST):
        raise ValueError(f"declares {declared} bytes and stores {stored}")


def attributes(item: h5py.Group | h5py.Dataset) -> dict[str, tuple[str, Any]]:
    """Type and plain value of each attribute, by name."""
    values = {name: np.asarray(item.attrs[name]) for name in item.attrs}
    return {name: (str(value.dtype), value.tolist()) for name, value in values.items()}


def _names(group: h5py.Group) -> tuple[list[str], str]:
    """Names in a group, and why there are no more (empty: there are none)."""
    names: list[str] = []
    try:
        for name in group:
            names.append(name)
            if len(names) > MOST_NAMES:
                return names, "holds more than any episode"
    except (OSError, RuntimeError, UnicodeError) as error:
        return names, f"cannot be listed: {error}"
    return names, ""


def _member(group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset | Broken:
    try:
        link, item = group.get(name, getlink=True), None
        if isinstance(link, h5py.HardLink):
            item = group[name]
    except (OSError, KeyError, RuntimeError, TypeError, ValueError) as error:
        return Broken(f"cannot be opened: {error}")
    if isinstance(item, h5py.Group | h5py.Dataset):
        return item
    return Broken("leads out of the file" if item is None else "is neither a group nor a data set")
