"""Is a sealed episode what it says? Reads every byte, so every checksum; needs no device."""

from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import simplejpeg

from collector.episode.reader import Episode, NotAnEpisode
from collector.episode.schema import DATASETS, Entry, entry_for

# A rig may have no box and no base; flashes and a verdict came to the format later.
_OPTIONAL = (
    "/streams/trigger", "/clocks/trigger/flashes", "/sync/verdict", "/observations/base_vel", "/base_action",
)  # fmt: skip


def verify(path: Path) -> list[str]:
    """The problems of an episode file, one clear sentence each; empty when there are none."""
    try:
        with Episode(path) as episode, h5py.File(path) as file:
            problems = _datasets(file)
            return problems or [*_streams(episode, file), *_steps(episode), *_manifest(episode)]
    except (OSError, NotAnEpisode, KeyError, ValueError) as error:
        return [f"cannot be read as an episode: {error}"]


def _datasets(file: h5py.File) -> list[str]:
    """All declared, of the declared type, readable, and as long as their neighbours."""
    problems: list[str] = []
    lengths: dict[tuple[str, str], int] = {}
    for path, item in _walk(file, ""):
        entry = entry_for(path)
        if entry is None:
            problems.append(f"{path} is not part of the format")
            continue
        if not _type_fits(item, entry):
            problems.append(f"{path} is {item.dtype}, the format says {entry.dtype}")
        # Pictures are read one by one later, and only where they are stored.
        if "L" not in entry.shape and not _readable(item):
            problems.append(f"{path} does not read back: its checksum or its storage is damaged")
        axis = entry.shape.strip("()").split(",")[0]
        if axis and axis not in ("any", "C"):
            scope = "" if axis == "T" else path.rpartition("/")[0].replace("/clocks/", "/streams/")
            length = lengths.setdefault((scope, axis), len(item))
            if len(item) != length:
                problems.append(f"{path} has {len(item)} rows where its neighbours have {length}")
    fixed = [entry.path for entry in DATASETS if "<" not in entry.path]
    absent = [p for p in fixed if p not in file and not p.startswith(_OPTIONAL)]
    return problems + [f"{path} is missing" for path in absent]


def _walk(group: h5py.Group, path: str) -> Iterator[tuple[str, h5py.Dataset]]:
    """Every data set under every one of its names (h5py's visititems gives each only once)."""
    for name in group:
        item = group[name]
        if isinstance(item, h5py.Group):
            yield from _walk(item, f"{path}/{name}")
        else:
            yield f"{path}/{name}", item


def _type_fits(item: h5py.Dataset, entry: Entry) -> bool:
    if entry.dtype in ("text", "json"):
        return h5py.check_string_dtype(item.dtype) is not None
    return item.dtype == np.dtype(entry.dtype)


def _readable(item: h5py.Dataset) -> bool:
    try:
        item[()]
    except OSError:
        return False
    return True


def _streams(episode: Episode, file: h5py.File) -> list[str]:
    problems: list[str] = []
    for name in episode.streams:
        columns = episode.stream(name)
        for column in ("t_ns", "t_arrival_ns"):
            back = np.flatnonzero(np.diff(columns[column]) < 0)
            if len(back):
                problems.append(
                    f"/streams/{name}/{column} runs backwards {len(back)} times, first at row {back[0] + 1}"
                )
        if (columns["u_ns"] < 0).any():
            problems.append(f"/streams/{name}/u_ns has negative bounds")
    for camera in episode.cameras:
        problems += _jpegs(file, camera)
    return problems


def _jpegs(file: h5py.File, camera: str) -> list[str]:
    group: h5py.Group = file[f"streams/cameras/{camera}"]
    stored: h5py.Dataset = group["jpeg"]
    sizes = group["jpeg_bytes"][()]
    shape = int(group.attrs["height"]), int(group.attrs["width"])
    for i, size in enumerate(sizes):
        where = f"/streams/cameras/{camera}/jpeg[{i}]"
        try:
            row = stored[i]
            header = simplejpeg.decode_jpeg_header(row[:size].tobytes())
        except OSError:
            return [f"{where} does not read back: its checksum or its storage is damaged"]
        except ValueError as error:
            return [f"{where} is no JPEG: {error}"]
        if header[:2] != shape:
            return [f"{where} is {header[0]}x{header[1]}, the stream says {shape[0]}x{shape[1]}"]
        if row[size:].any():
            return [f"{where} goes on after its {size} bytes"]
    return []


def _steps(episode: Episode) -> list[str]:
    problems: list[str] = []
    if (np.diff(episode.t_ns) <= 0).any():
        problems.append("/steps/t_ns does not increase")
    for camera in episode.cameras:
        frame = episode.frame_index(camera)
        count = len(episode.stream(f"cameras/{camera}")["t_ns"])
        used = frame[frame >= 0]
        if ((frame < -1) | (frame >= count)).any():
            problems.append(f"/steps/cameras/{camera}/frame points outside the {count} frames")
        elif len(np.unique(used)) != len(used):
            problems.append(f"/steps/cameras/{camera}/frame shows one frame on two steps")
    state = episode.valid
    for name, values in (("steps/measured", episode.qpos), ("steps/sent", episode.action)):
        if not np.isfinite(values[state]).all():
            problems.append(f"/{name} has no value on steps that are marked valid")
    return problems


def _manifest(episode: Episode) -> list[str]:
    """What the recorder counted against what is stored."""
    journal = episode.provenance["journal"]
    problems = [
        f"{entry['bytes']} bytes at {entry['offset']} of the journal were damaged and skipped"
        for entry in journal["damage"]
    ]
    declared: dict[str, int] = journal["end"]["counts"] if journal["end"] else {}
    for name, count in declared.items():
        if name in episode.streams:
            stored = len(episode.stream(name)["t_ns"])
            if stored != count:
                problems.append(f"/streams/{name} has {stored} rows, {count} were recorded")
    return problems
