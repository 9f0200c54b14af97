"""Do the parts of an episode agree: stamps, steps, the views of them, and what the recorder counted?"""

from collections.abc import Callable

import h5py
import numpy as np

from collector.episode.findings import Problem
from collector.episode.foreign import read
from collector.episode.images import view_rows
from collector.episode.reader import Episode


def content_problems(episode: Episode, file: h5py.File, told: list[Problem]) -> list[Problem]:
    """`told`: what is known already; its consequences are not told again."""
    problems: list[Problem] = []

    def check(where: str, judge: Callable[[], list[Problem]]) -> None:
        try:
            problems.extend(judge())
        except Exception as error:  # anything: the file may be anybody's
            if not any(problem.where.startswith(where) for problem in told):
                problems.append(Problem(where, f"cannot be checked: {type(error).__name__}: {error}"))

    for name in stream_names(episode):
        check(f"/streams/{name}", lambda name=name: _stream(file, name))
    check("/steps", lambda: _steps(episode))
    for camera in file["streams/cameras"] if "streams/cameras" in file else ():
        check("/steps", lambda camera=camera: _camera_steps(episode, camera))
        check(f"/observations/images/{camera}", lambda camera=camera: _view(episode, file, camera))
    check("/provenance", lambda: _rows_sealed(episode))
    return problems


def stream_names(episode: Episode) -> tuple[str, ...]:
    """Those that can be found, damaged or not."""
    try:
        return episode.streams
    except Exception:  # anything: the file may be anybody's
        return ()


def losses(episode: Episode) -> list[str]:
    """What was recorded and could not be sealed: the file is sound, and has less in it."""
    journal = episode.provenance["journal"]
    lost = [
        f"{entry['bytes']} bytes at {entry['offset']} of the journal were damaged and skipped"
        for entry in journal["damage"]
    ]
    declared: dict[str, int] = journal["end"]["counts"] if journal["end"] else {}
    found: dict[str, int] = journal["rows_found"]
    return lost + [
        f"/streams/{name} has {found.get(name, 0)} rows, {count} were recorded"
        for name, count in declared.items()
        if found.get(name, 0) != count
    ]


def _stream(file: h5py.File, name: str) -> list[Problem]:
    problems: list[Problem] = []
    group: h5py.Group = file[f"streams/{name}"]
    for column in ("t_ns", "t_arrival_ns"):
        back = np.flatnonzero(np.diff(read(group[column])) < 0)
        if len(back):
            what = f"runs backwards {len(back)} times, first at row {back[0] + 1}"
            problems.append(Problem(f"/streams/{name}/{column}", what))
    if (read(group["u_ns"]) < 0).any():
        problems.append(Problem(f"/streams/{name}/u_ns", "has negative bounds"))
    return problems


def _steps(episode: Episode) -> list[Problem]:
    problems: list[Problem] = []
    if (np.diff(episode.t_ns) <= 0).any():
        problems.append(Problem("/steps/t_ns", "does not increase"))
    for name, values in (("steps/measured", episode.qpos), ("steps/sent", episode.action)):
        if not np.isfinite(values[episode.valid]).all():
            problems.append(Problem(f"/{name}", "has no value on steps that are marked valid"))
    return problems


def _camera_steps(episode: Episode, camera: str) -> list[Problem]:
    where = f"/steps/cameras/{camera}/frame"
    frame = episode.frame_index(camera)
    count = episode.rows(f"cameras/{camera}")
    used = frame[frame >= 0]
    if ((frame < -1) | (frame >= count)).any():
        return [Problem(where, f"points outside the {count} frames")]
    if len(np.unique(used)) != len(used):
        return [Problem(where, "shows one frame on two steps")]
    if (frame[episode.valid] < 0).any():
        return [Problem(where, "has no frame on steps that are marked valid")]
    return []


def _view(episode: Episode, file: h5py.File, camera: str) -> list[Problem]:
    """The ALOHA view shows the frames of the steps, and says how long each is."""
    where = f"/observations/images/{camera}"
    stored: h5py.Dataset = file[f"streams/cameras/{camera}/jpeg"]
    frame = episode.frame_index(camera)
    problems: list[Problem] = []
    if not np.array_equal(view_rows(file[where], stored), frame):
        problems.append(Problem(where, "does not show the frames of the steps"))
    sizes = np.append(read(file[f"streams/cameras/{camera}/jpeg_bytes"]), 0)[frame]
    if not np.array_equal(read(file["compress_len"])[episode.cameras.index(camera)], sizes):
        problems.append(Problem("/compress_len", f"does not hold the lengths of {camera}'s frames"))
    return problems


def _rows_sealed(episode: Episode) -> list[Problem]:
    """What was found in the journal against what is stored."""
    found: dict[str, int] = episode.provenance["journal"]["rows_found"]
    stored = {name: episode.rows(name) for name in found if name in episode.streams}
    return [
        Problem(f"/streams/{name}", f"has {stored[name]} rows, {found[name]} were sealed")
        for name in stored
        if stored[name] != found[name]
    ]
