"""ROS `camera_info` YAML: keys and their order as camera_calibration_parsers' parse_yml.cpp has them."""

from typing import Any

import yaml

from calibration.errors import CalibrationError
from calibration.foreign_lens import ForeignLens, coefficients, made_lens, needed, numbers, polynomial, yaml_mapping
from calibration.lens import Lens

_WHAT = "ROS camera_info file"
_OURS = (
    "image_width", "image_height", "camera_name", "camera_matrix", "distortion_model", "distortion_coefficients",
)  # fmt: skip


def read_camera_info(text: str) -> ForeignLens:
    """Of plumb_bob, rational_polynomial and equidistant. Raises CalibrationError."""
    told = yaml_mapping(text, _WHAT)
    model = str(told.get("distortion_model", "plumb_bob"))  # as the parser: files from before had none
    dist = numbers(needed(needed(told, "distortion_coefficients", _WHAT), "data", _WHAT), "distortion_coefficients")
    match model:
        case "plumb_bob" | "rational_polynomial":
            kind, kept = polynomial(dist)
        case "equidistant":
            kind, kept = "fisheye", dist
            if len(dist) != 4:
                raise CalibrationError(f"distortion_model {model} has 4 coefficients, here are {len(dist)}")
        case _:
            raise CalibrationError(
                f"distortion_model {model}: only plumb_bob, rational_polynomial and equidistant are read"
            )
    K = numbers(needed(needed(told, "camera_matrix", _WHAT), "data", _WHAT), "camera_matrix")
    size = (needed(told, "image_width", _WHAT), needed(told, "image_height", _WHAT))
    extra = {key: value for key, value in told.items() if key not in _OURS}
    return ForeignLens(made_lens(K, kind, kept, size), str(told.get("camera_name", "")), extra=extra)


def camera_info(foreign: ForeignLens) -> str:
    """The file. Without rectification and projection in `extra` those of a single camera: none, and K."""
    lens, extra = foreign.lens, dict(foreign.extra)
    model, dist = _distortion(lens)
    K = [float(value) for value in lens.K.ravel()]
    straight = [*K[:3], 0.0, *K[3:6], 0.0, *K[6:], 0.0]
    told: dict[str, Any] = {
        "image_width": lens.size[0],
        "image_height": lens.size[1],
        "camera_name": foreign.name,
        "camera_matrix": _matrix(3, 3, K),
        "distortion_model": model,
        "distortion_coefficients": _matrix(1, len(dist), dist),
        "rectification_matrix": extra.pop("rectification_matrix", _matrix(3, 3, [1.0, 0, 0, 0, 1.0, 0, 0, 0, 1.0])),
        "projection_matrix": extra.pop("projection_matrix", _matrix(3, 4, straight)),
        **extra,
    }
    return yaml.safe_dump(told, sort_keys=False, default_flow_style=None, width=100)


def _distortion(lens: Lens) -> tuple[str, list[float]]:
    if lens.model == "fisheye":
        return "equidistant", [float(value) for value in lens.dist]
    five = coefficients(lens, 5)
    return ("rational_polynomial", coefficients(lens, 8) or []) if five is None else ("plumb_bob", five)


def _matrix(rows: int, cols: int, data: list[float]) -> dict[str, Any]:
    return {"rows": rows, "cols": cols, "data": [float(value) for value in data]}
