"""Does a file hold what the format declares, of the declared type and length, just as it was sealed?"""

import hashlib
import json

import h5py
import numpy as np

from collector.episode import digest
from collector.episode.findings import Problem
from collector.episode.foreign import Broken, read_text, walk
from collector.episode.schema import DATASETS, Entry, entry_for

PICTURES = "(F, L)"  # shape of what is read one by one, by verify_frames
_DIGESTS = f"/{digest.NAME}"
_WITH_DIGESTS = 2  # format version
# A rig may have no box and no base, an episode no labels; flashes, a verdict and the quality came to the format later.
_OPTIONAL = (
    "/streams/trigger", "/clocks/trigger/flashes", "/sync/verdict", "/quality", "/observations/base_vel",
    "/base_action", "/labels/", _DIGESTS,
)  # fmt: skip


def sealed_digests(file: h5py.File, version: int) -> tuple[dict[str, str], list[Problem]]:
    """What each thing read back as when it was sealed, by name; empty where the file does not tell."""
    if version < _WITH_DIGESTS:
        return {}, []
    try:
        text = read_text(file[_DIGESTS])
        if hashlib.sha256(text.encode()).hexdigest() == file[_DIGESTS].attrs["sha256"]:
            return json.loads(text), []
    except (KeyError, OSError, RuntimeError, TypeError, ValueError, RecursionError):
        pass
    return {}, [Problem(_DIGESTS, "is damaged or missing: what has no checksum of its own cannot be judged")]


def layout_problems(file: h5py.File, sealed: dict[str, str]) -> list[Problem]:
    """All but what the pictures show. `sealed`: as sealed_digests gives it."""
    problems: list[Problem] = []
    lengths: dict[tuple[str, str], int] = {}
    seen: set[str] = set()
    objects: set[h5py.Group | h5py.Dataset] = set()
    for path, item in walk(file):
        seen.add(path)
        if isinstance(item, Broken):
            problems.append(Problem(path, item.problem))
            continue
        objects.add(item)
        entry = entry_for(path)
        if isinstance(item, h5py.Dataset):
            if entry is None:
                problems.append(Problem(path, "is not part of the format"))
                continue
            problems += [Problem(path, what) for what in (*_form(item, entry), *_length(path, item, entry, lengths))]
        if path != _DIGESTS and (entry is None or entry.shape != PICTURES):
            problems += [Problem(path, what) for what in _reading(path, item, entry, sealed.get(path))]
    problems += _listing(file, seen, objects)
    fixed = {entry.path for entry in DATASETS if "<" not in entry.path and not entry.path.startswith(_OPTIONAL)}
    return problems + [Problem(path, "is missing") for path in sorted((fixed | set(sealed)) - seen)]


def _listing(file: h5py.File, seen: set[str], objects: set[h5py.Group | h5py.Dataset]) -> list[Problem]:
    """Visiting all finds its way in copies of the groups' addresses, and must find the same, each object once."""
    visited: set[str] = set()
    try:
        file.visit(lambda name: visited.add(f"/{name}"))
    except (OSError, RuntimeError, ValueError) as error:
        return [Problem("/", f"cannot be visited: {error}")]
    same = visited <= seen and len(visited) + 1 == len(objects)  # the root has no name there
    return [] if same else [Problem("/", "shows other things when all of it is visited than name by name")]


def _form(item: h5py.Dataset, entry: Entry) -> list[str]:
    if entry.dtype in ("text", "json"):
        fits = h5py.check_string_dtype(item.dtype) is not None
    else:
        fits = item.dtype == np.dtype(entry.dtype)
    ranks = len(_axes(entry)) if entry.shape != "any" else item.ndim
    wrong = [] if fits else [f"is {item.dtype}, the format says {entry.dtype}"]
    return wrong + ([] if item.ndim == ranks else [f"is {item.shape}, the format says {entry.shape}"])


def _axes(entry: Entry) -> list[str]:
    return [axis.strip() for axis in entry.shape.strip("()").split(",") if axis.strip()]


def _length(path: str, item: h5py.Dataset, entry: Entry, lengths: dict[tuple[str, str], int]) -> list[str]:
    """As long as its neighbours on the same axis; `lengths` remembers them."""
    axis = next(iter(_axes(entry)), "")
    if axis in ("", "any", "C") or not item.ndim:
        return []
    scope = "" if axis == "T" else path.rpartition("/")[0].replace("/clocks/", "/streams/")
    length = lengths.setdefault((scope, axis), len(item))
    return [] if len(item) == length else [f"has {len(item)} rows where its neighbours have {length}"]


def _reading(path: str, item: h5py.Group | h5py.Dataset, entry: Entry | None, sealed: str | None) -> list[str]:
    """Does it read back, as it was sealed, and is it JSON where it should be?"""
    try:
        if sealed not in (digest.as_stored(path, item), None):
            return ["is not as it was sealed, or an attribute of it is not"]
        if isinstance(item, h5py.Dataset) and entry is not None and _holds_json(item, entry):
            json.loads(read_text(item))
    except ValueError as error:
        return [str(error)]
    except OSError:
        return ["does not read back: its checksum or its storage is damaged"]
    except (KeyError, RuntimeError, TypeError) as error:
        return [f"does not read back: {error}"]
    return []


def _holds_json(item: h5py.Dataset, entry: Entry) -> bool:
    return entry.dtype == "json" or (entry.dtype == "text" and bool(item.attrs.get("json")))
