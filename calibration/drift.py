"""How the daily checks of a camera went on over time: a slow drift, or a knock. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from calibration.poses import Vector
from calibration.result import CheckResult

WARN_PX: Final = 1.0
FAIL_PX: Final = 2.0

_DAY_NS: Final = 86_400_000_000_000
_FEWEST: Final = 4  # checks that tell a slope
_PROVEN: Final = 3.0  # standard deviations by which a slope must differ from none
_AHEAD_DAYS: Final = 30.0
_KNOCK_PX: Final = 1.0  # from one check to the next


@dataclass(frozen=True, slots=True)
class Drift:
    """Of one camera since its calibration was last renewed. `t_utc_ns`, `px` (n,): when, and how far off.

    `px_per_day`, `sigma`: the slope and its standard deviation, NaN where too few checks tell;
    `knocked_utc_ns`: the check at which the shift had jumped, 0 for none; `calibration`: UUIDs of lens and place.
    """

    camera: str
    t_utc_ns: tuple[int, ...]
    px: tuple[float, ...]
    px_per_day: float
    sigma: float
    knocked_utc_ns: int
    calibration: tuple[str, str]

    @property
    def days_left(self) -> float | None:
        """Until the shift is no longer accepted, if it goes on as it does; None where it does not drift."""
        if not self.px_per_day > _PROVEN * self.sigma:
            return None
        return max(0.0, (FAIL_PX - self.px[-1]) / self.px_per_day)

    @property
    def drifting(self) -> bool:
        """Will it be off within a month?"""
        left = self.days_left
        return left is not None and left <= _AHEAD_DAYS

    @property
    def says(self) -> str:
        """One sentence, with the remedy where one is needed."""
        if self.knocked_utc_ns:
            return f"{self.camera} was knocked: its shift jumped to {self.px[-1]:.1f} px; calibrate its mount again"
        if self.drifting:
            return (
                f"{self.camera} drifts by {self.px_per_day:.2f} px a day, {self.days_left:.0f} days are left:"
                " look for a loose screw or a warm lamp, then calibrate its mount again"
            )
        return f"{self.camera} holds: {self.px[-1]:.2f} px at the last of {len(self.px)} checks"


def drifts(checks: Iterable[CheckResult]) -> dict[str, Drift]:
    """By camera, of checks in any order. What was checked against an older calibration is left out."""
    by_camera: dict[str, list[CheckResult]] = {}
    for check in sorted(checks, key=lambda check: check.made.made_utc_ns):
        by_camera.setdefault(check.camera, []).append(check)
    return {camera: _drift(camera, of) for camera, of in by_camera.items()}


def _drift(camera: str, checks: list[CheckResult]) -> Drift:
    last = checks[-1]
    since = [check for check in checks if (check.intrinsics, check.mount) == (last.intrinsics, last.mount)]
    t = np.array([check.made.made_utc_ns for check in since], np.int64)
    px = np.array([check.shift_px for check in since])
    knocked = _knock(t, px)
    kept = t >= knocked  # a jump is no slope
    slope, sigma = _slope((t[kept] - t[0]) / _DAY_NS, px[kept])
    return Drift(camera, tuple(t.tolist()), tuple(px.tolist()), slope, sigma, knocked, (last.intrinsics, last.mount))


def _slope(days: Vector, px: Vector) -> tuple[float, float]:
    """Of a line by least squares, and its standard deviation."""
    spread = days - days.mean()
    total = float(spread @ spread)
    if len(px) < _FEWEST or total == 0.0:
        return float("nan"), float("nan")
    slope = float(spread @ px) / total
    left = px - px.mean() - slope * spread
    return slope, float(np.sqrt(left @ left / (len(px) - 2) / total))


def _knock(t: NDArray[np.int64], px: Vector) -> int:
    """The check at which it jumped for good: beyond the limit then and ever since."""
    for at in np.flatnonzero(np.diff(px) > _KNOCK_PX) + 1:
        if px[at:].min() > max(WARN_PX, float(px[:at].max())):
            return int(t[at])
    return 0
