"""All cameras, boards and arms of a rig at once, from everything that was seen: one bundle adjustment."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from calibration.board import describe
from calibration.bundle import Solution
from calibration.mounting import picture, rows
from calibration.mounting_fit import Noise, noise_of
from calibration.mounting_gates import robot_line
from calibration.noise import offset_notes
from calibration.poses import Matrix
from calibration.result import Line, Made, RigResult, Verdict
from calibration.rig_fit import Found, fit_rig, holdout
from calibration.rig_links import link_lines, links
from calibration.rig_parts import FREE, Parts, RigBoard, RigCamera, RigSight, checked

_PIXEL = 0.2
_MOUNT_MM, _MOUNT_DEG = 2.0, 0.2
_RMS_PX = (0.5, 1.0)


def solve_rig(
    cameras: Mapping[str, RigCamera],
    boards: Mapping[str, RigBoard],
    sights: Sequence[RigSight],
    T_base_ee: Mapping[str, Matrix],
    *,
    robot_sigma_m: float = 3e-4,
    robot_sigma_rad: float = 8.7e-4,
    J_ee: Mapping[str, Matrix] | None = None,
    made: Made | None = None,
) -> RigResult:
    """Mounts of all cameras, places of all boards and of all arms' bases in the first arm's base frame.

    `T_base_ee`: by arm, (k, 4, 4) m, a row a moment; the first arm is the reference (without arms the first camera).
    `J_ee`: (k, 6, n) of arms of servos, `slack.hand_jacobian`: their joints err, and their zeros are found too; of the
    others place and turn do, robot_sigma_* as supposed.
    Raises CalibrationError where names do not match, or something is tied to nothing: it names what to show to whom.
    """
    parts = Parts(cameras, boards, {arm: np.asarray(poses, np.float64) for arm, poses in T_base_ee.items()}, J_ee or {})
    checked(parts, sights)
    notes: list[str] = []
    supposed = Noise(robot_sigma_m, robot_sigma_rad, _PIXEL)
    found = fit_rig(parts, sights, supposed, notes)
    used = found.sights
    told = links(parts, used)
    rms = float(np.sqrt((np.concatenate(found.solution.residuals) ** 2).sum(axis=1).mean()))
    for arm in parts.T_base_ee:
        notes += offset_notes(arm, arm, found.solution)
    mounts = {name: _mount(parts, found.solution, name) for name in _seen(parts, used)}
    bases = {parts.first: np.eye(4)} if parts.first else {}
    sigmas = {parts.first: (0.0, 0.0)} if parts.first else {}
    for arm in parts.T_base_ee:
        if (name := f"base {arm}") in found.solution.motions:
            bases[arm], sigmas[arm] = found.solution.motions[name], _sigmas(_covariance(parts, found.solution, name))
    judged = (*_lines(parts, found, supposed, rms, mounts), *link_lines(parts, told))
    made = Made() if made is None else made
    notes += [f"{line.name}: {line.remedy}" for line in judged if line.verdict != "pass"]
    return RigResult(
        made=made.model_copy(update={"notes": (*made.notes, *notes)}),
        mounts=mounts,
        bases={arm: rows(pose) for arm, pose in bases.items()},
        base_sigmas=sigmas,
        boards=_boards(parts, found.solution),
        rms_px=rms,
        links=told,
        pictures=tuple(
            picture(sight.view, off, each, parts.pose(sight))
            for sight, off, each in zip(used, found.solution.residuals, found.rms_px, strict=True)
        ),
        lines=judged,
    )


def _seen(parts: Parts, sights: Sequence[RigSight]) -> list[str]:
    return [name for name in parts.cameras if any(sight.camera == name for sight in sights)]


def _mount(parts: Parts, solution: Solution, name: str) -> dict[str, Any]:
    camera = parts.cameras[name]
    known = f"camera {name}" in solution.motions
    T = solution.motions[f"camera {name}"] if known else np.eye(4)  # the reference of a rig without arms
    covariance = _covariance(parts, solution, f"camera {name}") if known else np.zeros((6, 6))
    sigma_mm, sigma_deg = _sigmas(covariance)
    frame = camera.arm if camera.kind == "hand-eye" else parts.first or next(iter(parts.cameras))
    return {
        "kind": camera.kind, "of": frame, "T": rows(T), "sigma_mm": sigma_mm, "sigma_deg": sigma_deg,
        "covariance": rows(covariance), "intrinsics": camera.intrinsics, "serial": camera.serial,
    }  # fmt: skip


def _covariance(parts: Parts, solution: Solution, name: str) -> Matrix:
    """Of a motion, (6, 6): the corners' and the robots' noise, and what the lenses are uncertain by."""
    out = solution.covariance(name)
    for camera, one in parts.cameras.items():
        if one.lens_covariance is not None:
            out = out + solution.inverse.lens_effect(camera, one.lens_covariance, name)
    return out


def _boards(parts: Parts, solution: Solution) -> dict[str, dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for name, board in parts.boards.items():
        told: dict[str, Any] = {"on": board.on, "board": describe(board.board)}
        if board.on != FREE and f"board {name}" in solution.motions:
            told["T"] = rows(solution.motions[f"board {name}"])
        out[name] = told
    return out


def _sigmas(covariance: Matrix) -> tuple[float, float]:
    """mm, deg."""
    mm = 1e3 * float(np.sqrt(np.trace(covariance[:3, :3])))
    return mm, float(np.degrees(np.sqrt(np.trace(covariance[3:, 3:]))))


def _lines(
    parts: Parts, found: Found, supposed: Noise, rms: float, mounts: Mapping[str, dict[str, Any]]
) -> tuple[Line, ...]:
    out = [
        _line("corners, rms", rms, *_RMS_PX, "px", "calibrate the worst camera's lens again, or leave its views out")
    ]
    for arm in dict.fromkeys(arm for sight in found.sights for arm, _ in parts.hands(sight)):
        noise = noise_of(arm, found.problem.noise, supposed)
        out.append(robot_line(f"{arm}: robot error over supposed", noise, supposed))
    for name, mount in mounts.items():
        remedy = f"more views by {name}: turn the hand or the board 30 deg to both sides, near and far"
        out.append(_line(f"{name}: 1-sigma, place", mount["sigma_mm"], _MOUNT_MM, 3 * _MOUNT_MM, "mm", remedy))
        out.append(_line(f"{name}: 1-sigma, turn", mount["sigma_deg"], _MOUNT_DEG, 3 * _MOUNT_DEG, "deg", remedy))
    if (held := holdout(parts, found)) is not None:
        remedy = "boards that moved, poses and pictures of different instants, or a board of another size than its file"
        out.append(_line("hold-out, place", held[0], _MOUNT_MM, 2 * _MOUNT_MM, "mm", remedy))
        out.append(_line("hold-out, turn", held[1], _MOUNT_DEG, 2 * _MOUNT_DEG, "deg", remedy))
    return tuple(out)


def _line(name: str, value: float, warn: float, fail: float, unit: str, remedy: str) -> Line:
    verdict: Verdict = "pass" if value <= warn else "warn" if value <= fail else "fail"
    told = "" if verdict == "pass" else remedy
    return Line(name=name, value=value, limit=warn, unit=unit, verdict=verdict, remedy=told)
