"""A lens as other programs' files have it: the lens, and what else the file says, kept for the way back."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import yaml

from calibration.errors import CalibrationError
from calibration.lens import DISTORTION, Lens, LensModel


@dataclass(frozen=True, slots=True)
class ForeignLens:
    """`rms_px`: NaN where the file does not tell; `extra`: its other keys, as plain JSON values."""

    lens: Lens
    name: str = ""
    rms_px: float = math.nan
    extra: dict[str, Any] = field(default_factory=dict[str, Any])


def polynomial(coefficients: Sequence[float]) -> tuple[LensModel, list[float]]:
    """Model and distortion of OpenCV's k1 k2 p1 p2 [k3 [k4 k5 k6 [s1..s4 [tx ty]]]]: the least that says the same.

    Raises CalibrationError where there is a thin prism or a tilted sensor, or another number of them.
    """
    if len(coefficients) not in (0, 4, 5, 8, 12, 14):
        raise CalibrationError(f"{len(coefficients)} distortion coefficients; OpenCV's models have 4, 5, 8, 12 or 14")
    k = [*coefficients, *[0.0] * (14 - len(coefficients))]
    if any(k[8:]):
        raise CalibrationError("the lens has a thin prism or a tilted sensor, which no model here holds; solve it anew")
    if any(k[5:8]):
        return "rational", k[:8]
    if any(k[2:5]):
        return "5p", k[:5]
    return ("k1k2", k[:2]) if any(k[:2]) else ("pinhole", [])


def coefficients(lens: Lens, count: int) -> list[float] | None:
    """The first `count` of OpenCV's coefficients; None where they cannot say what this lens does."""
    if lens.model == "fisheye":
        return None
    k = [float(value) for value in lens.opencv_dist]
    if any(k[count:]):
        return None
    return [*k[:count], *[0.0] * (count - len(k))]


def made_lens(K: object, model: LensModel, dist: Sequence[float], size: tuple[Any, Any]) -> Lens:
    """Checked. Raises CalibrationError where it is no lens."""
    try:
        matrix = np.asarray(K, np.float64).reshape(3, 3)
        width, height = (int(edge) for edge in size)
    except (TypeError, ValueError) as error:
        raise CalibrationError(f"the camera matrix or the picture's size is none ({error}); see the file") from error
    numbers = np.array(dist, np.float64)
    fx, fy = matrix[0, 0], matrix[1, 1]
    if not (np.isfinite(matrix).all() and np.isfinite(numbers).all() and fx > 0 and fy > 0 and min(width, height) > 0):
        raise CalibrationError(
            "the camera matrix, the distortion or the size of the picture is zero or no number; see the file"
        )
    if matrix[0, 1] or matrix[1, 0] or not np.array_equal(matrix[2], [0, 0, 1]):
        raise CalibrationError("the camera matrix has a skew, which no model here holds; solve it anew")
    assert len(numbers) == DISTORTION[model]
    return Lens(model, matrix, numbers, (width, height))


def numbers(value: object, what: str) -> list[float]:
    """A list of numbers; PyYAML reads 1e-5 (no point) as a word. Raises CalibrationError."""
    try:
        return [float(item) for item in cast(list[Any], value)]
    except (TypeError, ValueError) as error:
        raise CalibrationError(f"{what} is no list of numbers; see the file") from error


def yaml_mapping(text: str, what: str) -> dict[str, Any]:
    """A YAML file's mapping. Raises CalibrationError."""
    try:
        told: object = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise CalibrationError(f"this is no {what}: {' '.join(str(error).split())}") from error
    if not isinstance(told, dict):
        raise CalibrationError(f"this is no {what}: it holds no keys")
    return cast(dict[str, Any], told)


def needed(told: Mapping[str, Any], key: str, what: str) -> Any:
    """A key's value. Raises CalibrationError."""
    if key not in told:
        raise CalibrationError(f"this is no {what}: it has no {key}")
    return told[key]
