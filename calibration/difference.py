"""Two results of the same thing: how far apart they are, and whether that is more than they say they may be."""

from dataclasses import dataclass

import numpy as np

from calibration.cross_validation import difference, predicted
from calibration.errors import CalibrationError
from calibration.intrinsics import lens_of
from calibration.poses import Matrix, apart, inverse, to_twist
from calibration.result import IntrinsicsResult, MountResult, Result, Rows
from calibration.uncertainty import INFINITY_M, grid, lens_known

SAME = 2.0
"""Times the predicted: beyond it two results are not the same (mrcal's limit, how-to-calibrate, cross-validation)."""
COLUMNS, ROWS = 21, 15


@dataclass(frozen=True, slots=True)
class Number:
    """Of one parameter; `sigma` of the difference, NaN where a result does not tell."""

    name: str
    one: float
    other: float
    sigma: float


@dataclass(frozen=True, slots=True)
class LensDifference:
    """Where `other` sees what `one` sees at each pixel, the motion of the camera that agrees best taken out; px.

    `pixels`, `offsets`: (ROWS * COLUMNS, 2) over the whole picture, row by row; `central_px`: the most in its middle
    80 %, `rms_px` there, `max_px` of all; `ratio`: rms over the predicted, NaN where a result tells no covariance.
    """

    numbers: tuple[Number, ...]
    pixels: Matrix
    offsets: Matrix
    rms_px: float
    central_px: float
    max_px: float
    ratio: float


@dataclass(frozen=True, slots=True)
class MountDifference:
    """From `one`'s camera to `other`'s; `ratio`: its length over its sigma (root of the mean over six), NaN unknown."""

    mm: float
    deg: float
    shift_mm: tuple[float, float, float]
    ratio: float


def is_same(ratio: float) -> bool | None:
    """Whether a difference is within what was predicted; None where nothing was."""
    return None if np.isnan(ratio) else bool(ratio <= SAME)


def compare(one: Result, other: Result) -> LensDifference | MountDifference:
    """Two lenses, or two places of a camera. Raises CalibrationError where there is nothing to compare."""
    if isinstance(one, IntrinsicsResult) and isinstance(other, IntrinsicsResult):
        return compare_lenses(one, other)
    if isinstance(one, MountResult) and isinstance(other, MountResult):
        if (one.kind, one.arm) != (other.kind, other.arm):
            raise CalibrationError(
                f"one is told in {_frame(one)}, the other in {_frame(other)}; compare two of the same frame"
            )
        return compare_places(one.T, other.T, one.covariance, other.covariance)
    raise CalibrationError(f"{one.kind} and {other.kind}: give two lenses, or two places of a camera")


def compare_lenses(one: IntrinsicsResult, other: IntrinsicsResult) -> LensDifference:
    """Raises CalibrationError where they are for pictures of different size, or one does not reach the edges."""
    a, b = lens_of(one), lens_of(other)
    if a.size != b.size:
        raise CalibrationError(f"one is for pictures of {a.size}, the other of {b.size}; compare lenses of one size")
    pixels, middle = grid(a.size, COLUMNS, ROWS), grid(a.size, 11, 9, 0.8)
    everywhere, inside = difference(a, b, pixels, INFINITY_M), difference(a, b, middle, INFINITY_M)
    if everywhere is None or inside is None:
        raise CalibrationError("one of the lenses has no ray for the edges of the picture; its distortion folds there")
    rms = float(np.sqrt((inside**2).sum(axis=1).mean()))
    return LensDifference(
        numbers=_numbers(one, other),
        pixels=pixels,
        offsets=everywhere,
        rms_px=rms,
        central_px=float(np.linalg.norm(inside, axis=1).max()),
        max_px=float(np.linalg.norm(everywhere, axis=1).max()),
        ratio=_ratio(rms, one, other, middle),
    )


def compare_places(one: Rows, other: Rows, covariance: Rows = (), of_other: Rows = ()) -> MountDifference:
    """Two (4, 4) of one camera; covariances (6, 6) of the twists right of them."""
    a, b = np.array(one), np.array(other)
    step = inverse(a) @ b
    metres, radians = apart(a, b)
    twist, ratio = to_twist(step), float("nan")
    if len(covariance) == len(of_other) == 6:
        spread = np.array(covariance) + np.array(of_other)
        ratio = float(np.sqrt(twist @ np.linalg.pinv(spread, hermitian=True) @ twist / 6))
    x, y, z = (1e3 * float(value) for value in b[:3, 3] - a[:3, 3])
    return MountDifference(1e3 * metres, float(np.degrees(radians)), (x, y, z), ratio)


def _ratio(rms: float, one: IntrinsicsResult, other: IntrinsicsResult, pixels: Matrix) -> float:
    if not (one.covariance and other.covariance):
        return float("nan")
    both = [lens_known(lens_of(result), np.array(result.covariance)) for result in (one, other)]
    alike = np.broadcast_to(np.eye(2), (len(pixels), 2, 2))  # as `difference` aligns without weights
    expected = predicted(both, pixels, INFINITY_M, alike)
    return rms / expected if expected > 0 else float("nan")


def _numbers(one: IntrinsicsResult, other: IntrinsicsResult) -> tuple[Number, ...]:
    a, b = (dict(zip(r.names, lens_of(r).parameters.tolist(), strict=True)) for r in (one, other))
    nothing = float("nan")
    return tuple(
        Number(
            name, a.get(name, 0.0), b.get(name, 0.0),
            float(np.hypot(one.sigmas.get(name, nothing), other.sigmas.get(name, nothing))),
        )
        for name in dict.fromkeys((*a, *b))
    )  # fmt: skip


def _frame(mount: MountResult) -> str:
    return f"the {'end effector' if mount.kind == 'hand-eye' else 'base'} of {mount.arm}"
