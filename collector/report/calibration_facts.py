"""What a calibration says, in words and figures: name and value below each other, for the terminal and the pages."""

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.result import (
    CheckResult,
    IntrinsicsResult,
    LatencyResult,
    LeaderResult,
    MountResult,
    Result,
    RigResult,
    Rows,
    Verdict,
)

_ORDER: tuple[Verdict, ...] = ("pass", "warn", "fail")


def verdict(result: Result) -> Verdict:
    """The worst of its lines; pass without any."""
    return _ORDER[max((_ORDER.index(line.verdict) for line in result.lines), default=0)]


def subject_of(result: Result) -> str:
    """Whom it is about: a camera, a leader, cameras/<name>, or the rig."""
    match result:
        case IntrinsicsResult() | MountResult() | CheckResult():
            return result.camera
        case LeaderResult():
            return result.leader
        case LatencyResult():
            return result.subject
        case RigResult():
            return result.made.rig or "rig"


def date_of(result: Result) -> str:
    """UTC, to the minute."""
    return f"{datetime.fromtimestamp(result.made.made_utc_ns // 10**9, UTC):%Y-%m-%d %H:%M} UTC"


def facts(result: Result) -> dict[str, str]:
    """What was found, then who made it, when, of what."""
    made = result.made
    return {
        **_found(result),
        "made": ", ".join(part for part in (date_of(result), made.operator, made.rig, made.source) if part),
        "software": f"{made.software.get('clapboard', '')} {made.software.get('git_revision', '')[:10]}".strip(),
        "uuid": made.uuid,
        **({"notes": "; ".join(made.notes)} if made.notes else {}),
    }


def _found(result: Result) -> dict[str, str]:
    match result:
        case IntrinsicsResult():
            return _lens(result)
        case MountResult():
            return _mount(result)
        case RigResult():
            return _rig(result)
        case LeaderResult():
            return {
                "signs": " ".join(f"{sign:+d}" for sign in result.signs),
                "offsets, rad": " ".join(f"{offset:.4f}" for offset in result.offsets_rad),
                "largest difference at the check": f"{np.degrees(result.checked_rad):.2f} deg",
            }
        case LatencyResult():
            return {
                "device": ", ".join(value for value in result.device.values() if value),
                **{
                    name: f"{value:.4g} ± {result.bounds.get(name, math.nan):.2g}"
                    for name, value in result.constants.items()
                },
            }
        case CheckResult():
            mm = "" if result.shift_mm is None else f", {result.shift_mm:.1f} mm"
            return {"shift": f"{result.shift_px:.2f} px{mm}"}


def _lens(result: IntrinsicsResult) -> dict[str, str]:
    values = [result.K[0][0], result.K[1][1], result.K[0][2], result.K[1][2], *result.dist]
    told = {
        name: _with_sigma(value, result.sigmas.get(name)) for name, value in zip(result.names, values, strict=False)
    }
    uncertain = result.uncertainty
    return {
        "camera": f"{result.camera} {result.serial}".strip(),
        "picture": f"{result.width}x{result.height}, {len(result.pictures)} views",
        "model": result.model,
        **{name: f"{text} px" for name, text in list(told.items())[:4]},
        "distortion": ", ".join(f"{name} {text}" for name, text in list(told.items())[4:]) or "none",
        "rms": f"{number(result.rms_px, 'px')}, hold-out {number(result.holdout_rms_px, 'px')}",
        "uncertainty, 1-sigma": ", ".join(
            f"{where} {number(value, 'px')}"
            for name, where in (("centre", "middle"), ("central_80_max", "middle 80 %"), ("corner_max", "corners"))
            if isinstance(value := uncertain.get(name), float)
        )
        or "not told",
        "left out": f"{100 * result.outliers:.1f} % of the corners",
        **_factory(result.factory),
    }


def _factory(told: dict[str, Any]) -> dict[str, str]:
    if not isinstance(percent := told.get("focal_percent"), float):
        return {}
    px = f", {number(told['max_px'], 'px')} at most in the middle 80 %" if isinstance(told.get("max_px"), float) else ""
    return {"the maker's lens": f"focal length {percent:.2f} % off{px}"}


def _mount(result: MountResult) -> dict[str, str]:
    frame = "end effector" if result.kind == "hand-eye" else "base"
    return {
        "camera": f"{result.camera} {result.serial}".strip(),
        "arm": result.arm,
        f"in the frame of the {frame}": pose_text(result.T),
        "1-sigma": f"{result.sigma_mm:.2f} mm, {result.sigma_deg:.3f} deg",
        "hold-out": f"{number(result.holdout_mm, 'mm')}, {number(result.holdout_deg, 'deg')}, {result.poses} poses",
        "rms": number(result.rms_px, "px"),
        "robot's own poses": f"{1e3 * result.robot_sigma_m:.2f} mm, {math.degrees(result.robot_sigma_rad):.3f} deg",
        "lens": result.intrinsics or "the maker's",
    }


def _rig(result: RigResult) -> dict[str, str]:
    places = {name: pose_text(told["T"]) for name, told in result.mounts.items() if "T" in told}
    bases = {
        f"base of {arm}": f"{pose_text(T)}, ± {result.base_sigmas[arm][0]:.2f} mm, {result.base_sigmas[arm][1]:.3f} deg"
        for arm, T in result.bases.items()
        if arm in result.base_sigmas
    }
    return {**places, **bases, "rms": number(result.rms_px, "px")}


def pose_text(T: Rows) -> str:
    """A place in mm, and a rotation vector in degrees."""
    matrix = np.array(T)
    place = " ".join(f"{1e3 * value:.1f}" for value in matrix[:3, 3])
    turn = " ".join(f"{value:.2f}" for value in np.degrees(Rotation.from_matrix(matrix[:3, :3]).as_rotvec()))
    return f"{place} mm, turned {turn} deg"


def number(value: float, unit: str = "") -> str:
    """Three digits and the unit, or that nobody told."""
    return "not told" if math.isnan(value) else f"{value:.3g} {unit}".strip()


def _with_sigma(value: float, sigma: float | None) -> str:
    """To a tenth of its sigma."""
    if sigma is None or not sigma > 0:
        return f"{value:.6g}"
    digits = max(0, 1 - math.floor(math.log10(sigma)))
    return f"{value:.{digits}f} ± {sigma:.{digits}f}"
