"""meta/calibration.json: every camera's lens and place, by episode; and pictures without their distortion."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from calibration.errors import CalibrationError
from collector.export.lens import POLICY_SIZE, Told, lens_in, straight, with_lens
from collector.export.plan import ExportError, Plan, Source

_MEANING = {
    "K": "3x3, pixels of the delivered videos, whole numbers at the middle of a pixel (OpenCV)",
    "K_224": "3x3, the same after openpi's resize_with_pad to 224x224",
    "distortion": "OpenCV's coefficients of `model`, unchanged by resizing",
    "T_base_camera": "4x4, m: camera frame (x right, y down, z forward) into the base of `arm`",
    "T_ee_camera": "4x4, m: the same into the frame of `arm`'s end effector (observation of its pose)",
    "source": "calibrated, factory (what the camera's maker says) or none",
    "uuid": "of the lens' calibration; mount_uuid: of T's",
}


def calibration_json(episodes: Sequence[Mapping[str, Told]]) -> dict[str, Any]:
    """Of the set's episodes in order: by camera, each calibration once, with the episodes that it holds for."""
    cameras: dict[str, list[Told]] = {}
    for index, told in enumerate(episodes):
        for camera, each in told.items():
            known = cameras.setdefault(camera, [])
            same = next((one for one in known if one | {"episodes": []} == each | {"episodes": []}), None)
            if same is None:
                known.append(each | {"episodes": [index]})
            else:
                same["episodes"].append(index)
    return {"meaning": _MEANING, "policy_size": [*POLICY_SIZE], "cameras": cameras}


def straight_cameras(plan: Plan) -> dict[Path, dict[str, Told]]:
    """By recording, its cameras as they are once the distortion is undone.

    Raises ExportError where one has no lens to undo.
    """
    return {source.path: _straight(source) for source in plan.sources}


def _straight(source: Source) -> dict[str, Told]:
    out: dict[str, Told] = {}
    for camera, told in source.cameras.items():
        if (lens := lens_in(told)) is None:
            raise ExportError(
                f"{source.path}: camera {camera} has no lens whose distortion can be undone; calibrate it before"
                " recording, or export without --undistort"
            )
        try:
            out[camera] = with_lens(told, straight(lens)[0], undistorted_from=lens.model)
        except CalibrationError as error:
            raise ExportError(f"{source.path}: camera {camera}: {error}") from error
    return out


def how_known(plan: Plan) -> str:
    """For the card: which cameras are calibrated, and which are not."""
    told = {
        camera: {source.cameras[camera]["source"] for source in plan.sources if camera in source.cameras}
        for camera in plan.contract.cameras
    }
    words = [f"{camera} {' or '.join(sorted(how))}" for camera, how in told.items() if how]
    return ", ".join(words)
