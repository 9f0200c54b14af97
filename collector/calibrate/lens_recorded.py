"""A camera's lens from pictures that exist already: a folder, a video, an episode."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calibration.detect import Unseen, detect
from calibration.factory import factory_lens
from calibration.intrinsics import solve_intrinsics
from calibration.result import IntrinsicsResult
from calibration.view import View
from collector.attach import Progress
from collector.calibrate.kept import is_kept, read_kept
from collector.calibrate.lens_run import Asked, chosen
from collector.calibrate.papers import made
from collector.calibrate.pictures import Told, pictures
from collector.calibrate.recalled import pictures_of
from collector.calibrate.taken import Taken, taken
from collector.live import Picture
from hardware.config import RigConfig


@dataclass(frozen=True, slots=True)
class Found:
    """`unseen`: names of pictures that tell nothing, each with why."""

    result: IntrinsicsResult
    taken: list[Taken]
    unseen: list[tuple[str, str]]


def lens_from(source: str, camera: str, asked: Asked, rig: RigConfig | None, progress: Progress) -> Found:
    """Looks at all of the pictures, then again at those chosen, to keep them. Raises CalibrationError."""
    views: list[View] = []
    unseen: list[tuple[str, str]] = []
    for name, picture, sha256, t_ns in _pictures(source, camera):
        progress(f"looking for the board: {name}", None)
        seen = detect(picture, asked.board, name, t_ns, sha256)
        if isinstance(seen, Unseen):
            unseen.append((name, seen.reason))
        else:
            views.append(seen)
    wanted = {view.name: view for view in chosen(views, asked, camera)}
    kept: list[Taken] = []
    for name, picture, _, t_ns in _pictures(source, camera):
        if (view := wanted.get(name)) is not None:
            progress(f"keeping {name}", len(kept) / len(wanted))
            kept.append(taken(view, Picture(t_ns, picture)))
    who = made(rig.name if rig else "", rig.operator if rig else "", source)
    progress("solving", None)
    found = [one.view for one in kept]
    told = _device(source, camera)
    serial = str(told.get("serial", "")) or (rig.cameras[camera].serial if rig and camera in rig.cameras else "")
    factory = factory_lens(told.get("options", {}))
    result = solve_intrinsics(
        found, asked.board, camera, who, asked.models, found[0].size, serial=serial, factory=factory
    )
    return Found(result, kept, unseen)


def _pictures(source: str, camera: str) -> Iterator[Told]:
    return pictures_of(Path(source), camera) if is_kept(Path(source)) else pictures(source)


def _device(source: str, camera: str) -> dict[str, Any]:
    """What the camera said of itself as the capture was taken."""
    return read_kept(Path(source)).devices.get(camera, {}) if is_kept(Path(source)) else {}
