"""What a mount's figures are worth: each against its limit, with what to do where it is not met."""

import math
from dataclasses import dataclass

from calibration.diversity import GOOD_POSES, SPREAD_DEG, Diversity
from calibration.mounting_fit import Kind, Noise
from calibration.result import Line, Verdict

_HOLDOUT: dict[Kind, tuple[float, float]] = {"hand-eye": (1.0, 0.1), "extrinsics": (2.0, 0.2)}  # mm, deg
_RMS_PX = (0.5, 1.0)  # warn, fail
_ROBOT_TIMES = (3.0, 10.0)  # of what is supposed: warn, fail
_SIZE = (0.005, 0.02)  # of the board: warn, fail


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is judged. size: of the board, true over told."""

    kind: Kind
    poses: int
    moved: Diversity
    sigma_mm: float
    sigma_deg: float
    holdout_mm: float
    holdout_deg: float
    rms_px: float
    noise: Noise
    supposed: Noise
    size: float
    size_sigma: float
    square_m: float


def lines(of: Figures) -> tuple[Line, ...]:
    """Every figure against its limit."""
    mm, deg = _HOLDOUT[of.kind]
    again = "let the arm rest at each pose, keep board and camera where they are, and take the poses again"
    nearer = "bring the board nearer or take a larger one, tilted; one picture hardly tells a far board's attitude"
    turn_more = f"{of.moved.advice}; or take more poses"
    spread = sorted(of.moved.range_deg)[1]
    return (
        _line("poses", of.poses, GOOD_POSES, "", _least(of.poses, GOOD_POSES, 0), "take 20"),
        _line("turning, second axis", spread, SPREAD_DEG, "deg", _least(spread, SPREAD_DEG, 0), of.moved.advice),
        _line("spread of axes", of.moved.ratio, 0.1, "", _least(of.moved.ratio, 0.1, 0), of.moved.advice),
        _line("hold-out, place", of.holdout_mm, mm, "mm", _most(of.holdout_mm, mm, 2 * mm), again),
        _line("hold-out, turn", of.holdout_deg, deg, "deg", _most(of.holdout_deg, deg, 2 * deg), nearer),
        _line("1-sigma, place", of.sigma_mm, mm, "mm", _most(of.sigma_mm, mm, 3 * mm), turn_more),
        _line("1-sigma, turn", of.sigma_deg, deg, "deg", _most(of.sigma_deg, deg, 3 * deg), turn_more),
        _line(
            "corners, rms", of.rms_px, _RMS_PX[0], "px", _most(of.rms_px, *_RMS_PX),
            "calibrate the lens again in this mode; a bent or smeared board does this too",
        ),
        robot_line("robot error over supposed", of.noise, of.supposed),
        _size(of),
    )  # fmt: skip


def robot_line(name: str, noise: Noise, supposed: Noise) -> Line:
    """The worse of a robot's errors, as a multiple of what is supposed: of its poses, or of a servo arm's joints."""
    ratios = (noise.robot_m / supposed.robot_m, noise.robot_rad / supposed.robot_rad)
    times = max(*ratios, noise.joint_rad / supposed.joint_rad)
    by = f"poses are off by {1e3 * noise.robot_m:.2f} mm and {math.degrees(noise.robot_rad):.3f} deg"
    if noise.joint_rad != supposed.joint_rad:
        by = f"joints are off by {math.degrees(noise.joint_rad):.3f} deg"
    said = (
        f"the robot's {by}: pictures and poses of different instants, a loose board or camera, a board of another size,"
        " or an arm that needs its own calibration"
    )
    return _line(name, times, _ROBOT_TIMES[0], "", _most(times, *_ROBOT_TIMES), said)


def _size(of: Figures) -> Line:
    off = abs(of.size - 1.0)
    sure = off > 4 * of.size_sigma
    verdict: Verdict = "pass" if not sure else _most(off, *_SIZE)
    said = (
        f"the board measures {of.size:.3f} of what its file says (+- {of.size_sigma:.3f}): measure a square, which"
        f" should be {1e3 * of.square_m:.2f} mm and seems to be {1e3 * of.square_m * of.size:.2f} mm, and correct"
        " square_m"
    )
    return _line("board's size over told", of.size, 1.0, "", verdict, said)


def _most(value: float, warn: float, fail: float) -> Verdict:
    return "pass" if value <= warn else "fail" if value > fail else "warn"


def _least(value: float, warn: float, fail: float) -> Verdict:
    return "pass" if value >= warn else "fail" if value < fail else "warn"


def _line(name: str, value: float, limit: float, unit: str, verdict: Verdict, remedy: str) -> Line:
    told = "" if verdict == "pass" else remedy
    return Line(name=name, value=float(value), limit=limit, unit=unit, verdict=verdict, remedy=told)
