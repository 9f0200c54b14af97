"""Kalibr's camchain YAML: keys and models as kalibr_common/ConfigReader.py has them.

Lenses are ours, and T_cn_cnm1, which takes points of the camera before into this one (CameraChainParameters there,
setExtrinsicsLastCamToHere; the first camera has none). T_cam_imu, timeshift_cam_imu, cam_overlaps and rostopic go
through untouched.
"""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import yaml

from calibration.errors import CalibrationError
from calibration.foreign_lens import ForeignLens, coefficients, made_lens, needed, numbers, polynomial, yaml_mapping
from calibration.lens import Lens
from calibration.poses import Matrix

STEP = "T_cn_cnm1"

_WHAT = "Kalibr camchain"
_RIGID = 1e-3  # off a rotation: files that were typed by hand have few digits
_OURS = ("camera_model", "intrinsics", "distortion_model", "distortion_coeffs", "resolution")


def read_camchain(text: str) -> dict[str, ForeignLens]:
    """By cam0, cam1, ...: pinhole-radtan, pinhole-equi and pinhole without distortion. Raises CalibrationError.

    What else stands there is in `extra`, T_cn_cnm1 (see `step_of`) checked.
    """
    told = yaml_mapping(text, _WHAT)
    cameras = {name: cast(dict[str, Any], cam) for name, cam in told.items() if isinstance(cam, dict)}
    if not cameras:
        raise CalibrationError(f"this is no {_WHAT}: it has no cam0")
    return {name: _read(name, cam) for name, cam in cameras.items()}


def camchain(cameras: Mapping[str, ForeignLens]) -> str:
    """The file, of cameras by cam0, cam1, ...; what each has in `extra` stands beside its lens."""
    told = {
        name: dict(sorted((foreign.extra | _lens(foreign.name or name, foreign.lens)).items()))
        for name, foreign in cameras.items()
    }
    return yaml.safe_dump(told, default_flow_style=None, width=100)


def step_of(extra: Mapping[str, Any]) -> Matrix | None:
    """T_cn_cnm1 (4, 4) m of a camera's other keys, None where there is none. Raises CalibrationError."""
    if STEP not in extra:
        return None
    rows = cast(list[object], extra[STEP]) if isinstance(extra[STEP], list | tuple) else []
    told = [numbers(row, STEP) for row in rows]
    if [len(row) for row in told] != [4] * 4:
        raise CalibrationError(f"{STEP} is no matrix of 4 rows of 4 numbers; see the file")
    T = np.array(told)
    turn = T[:3, :3]
    off = max(np.abs(turn @ turn.T - np.eye(3)).max(), np.abs(T[3] - [0, 0, 0, 1]).max())
    if not np.isfinite(T).all() or off > _RIGID or np.linalg.det(turn) < 0:
        raise CalibrationError(f"{STEP} is no rotation and shift; see the file")
    return T


def _read(name: str, cam: dict[str, Any]) -> ForeignLens:
    if (model := needed(cam, "camera_model", _WHAT)) != "pinhole":
        raise CalibrationError(f"{name} is of camera_model {model}: only pinhole is read")
    fu, fv, pu, pv = _four(needed(cam, "intrinsics", _WHAT), f"{name}.intrinsics")
    dist = numbers(needed(cam, "distortion_coeffs", _WHAT), f"{name}.distortion_coeffs")
    match needed(cam, "distortion_model", _WHAT):
        case "none":
            kind, kept = polynomial([])
        case "radtan":
            kind, kept = polynomial(_four(dist, f"{name}.distortion_coeffs"))
        case "equidistant" | "equi":
            kind, kept = "fisheye", _four(dist, f"{name}.distortion_coeffs")
        case other:
            raise CalibrationError(f"{name} is of distortion_model {other}: only radtan, equidistant and none are read")
    K = [[fu, 0.0, pu], [0.0, fv, pv], [0.0, 0.0, 1.0]]
    size = numbers(needed(cam, "resolution", _WHAT), f"{name}.resolution")
    if len(size) != 2:
        raise CalibrationError(f"{name}.resolution is no width and height; see the file")
    extra = {key: value for key, value in cam.items() if key not in _OURS}
    step_of(extra)
    return ForeignLens(made_lens(K, kind, kept, (size[0], size[1])), name, extra=extra)


def _four(value: object, what: str) -> list[float]:
    found = numbers(value, what)
    if len(found) != 4:
        raise CalibrationError(f"{what} holds {len(found)} numbers, a pinhole has 4; see the file")
    return found


def _lens(name: str, lens: Lens) -> dict[str, Any]:
    if lens.model == "fisheye":
        model, dist = "equidistant", [float(value) for value in lens.dist]
    elif (dist := coefficients(lens, 4)) is not None:
        model, dist = ("radtan", dist) if lens.model != "pinhole" else ("none", [])
    else:
        raise CalibrationError(
            f"{name}: Kalibr has no model for a lens of {lens.model}, whose k3 and further it cannot hold;"
            " export it for ROS or OpenCV, or solve it as k1k2 or fisheye"
        )
    K = lens.K
    return {
        "camera_model": "pinhole",
        "intrinsics": [float(K[0, 0]), float(K[1, 1]), float(K[0, 2]), float(K[1, 2])],
        "distortion_model": model,
        "distortion_coeffs": dist,
        "resolution": [*lens.size],
    }
