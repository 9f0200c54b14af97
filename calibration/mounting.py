"""Where a camera is: on an arm's wrist, looking at a board in the cell, or in the cell, looking at a board on the hand.

Closed-form start, bundle adjustment with the robot's own errors, a hold-out, and what it is worth.
"""

from collections.abc import Sequence

import numpy as np

from calibration.board import CharucoBoard, ChessBoard, describe
from calibration.lens import Lens
from calibration.mounting_fit import ROBOT, Fit, Kind, Noise, Taken, fit, fit_scale
from calibration.mounting_gates import Figures, lines
from calibration.mounting_input import take
from calibration.noise import offset_notes
from calibration.odd import ROUNDS, few, odd_poses, odd_views, pose_note, view_note
from calibration.poses import Matrix, Vector, inverse, to_twist
from calibration.result import Made, MountResult, Picture, Rows
from calibration.view import View

_FOLDS = 5
_PIXEL = 0.2


def solve_mount(
    kind: Kind,
    views: Sequence[View],
    T_base_ee: Matrix,
    lens: Lens,
    board: CharucoBoard | ChessBoard,
    *,
    camera: str,
    arm: str,
    intrinsics_uuid: str,
    serial: str = "",
    robot_sigma_m: float = 3e-4,
    robot_sigma_rad: float = 8.7e-4,
    lens_covariance: Matrix | None = None,
    J_ee: Matrix | None = None,
    made: Made | None = None,
) -> MountResult:
    """T_ee_camera (hand-eye) or T_base_camera (extrinsics) from pictures, each with the robot's pose of its instant.

    `T_base_ee`: (k, 4, 4) m, one a view; robot_sigma_*: 1-sigma of each of these poses' three shifts and turns, as
    supposed: what is found is used, drawn to this. `lens_covariance`: of `Lens.parameters`; widens the sigmas.
    `J_ee`: (k, 6, n) of an arm of servos, `slack.hand_jacobian`: then its joints err, and their zeros are found too.
    Raises CalibrationError where nothing can be solved; what can but is not good has failing `lines`.
    """
    taken, moved, notes = take(kind, views, np.asarray(T_base_ee, np.float64), lens, board, J_ee)
    supposed = Noise(robot_sigma_m, robot_sigma_rad, _PIXEL)
    found = fit(taken, supposed)
    taken, found = _without_odd(taken, found, supposed, notes)
    notes += offset_notes(arm, ROBOT, found.solution)
    size, size_sigma = fit_scale(taken, found)
    holdout_mm, holdout_deg = holdout(taken, found)
    covariance = found.covariance
    if lens_covariance is not None:
        covariance = covariance + found.solution.inverse.lens_effect("camera", lens_covariance, "camera")
    rms = [_rms(off) for off in found.solution.residuals]
    figures = Figures(
        kind=kind,
        poses=len(taken.views),
        moved=moved,
        sigma_mm=1e3 * float(np.sqrt(np.trace(covariance[:3, :3]))),
        sigma_deg=float(np.degrees(np.sqrt(np.trace(covariance[3:, 3:])))),
        holdout_mm=holdout_mm,
        holdout_deg=holdout_deg,
        rms_px=_rms(np.concatenate(found.solution.residuals)),
        noise=found.noise,
        supposed=supposed,
        size=size,
        size_sigma=size_sigma,
        square_m=board.square_m,
    )
    judged = lines(figures)
    notes += [f"{line.name}: {line.remedy}" for line in judged if line.verdict != "pass"]
    made = Made() if made is None else made
    return MountResult(
        kind=kind,
        made=made.model_copy(update={"notes": (*made.notes, *notes)}),
        camera=camera,
        serial=serial,
        arm=arm,
        T=rows(found.T),
        T_board=rows(found.board),
        sigma_mm=figures.sigma_mm,
        sigma_deg=figures.sigma_deg,
        covariance=rows(covariance),
        rms_px=figures.rms_px,
        holdout_mm=holdout_mm,
        holdout_deg=holdout_deg,
        robot_sigma_m=robot_sigma_m,
        robot_sigma_rad=robot_sigma_rad,
        poses=len(taken.views),
        intrinsics=intrinsics_uuid,
        board=describe(board),
        pictures=tuple(
            picture(view, off, each, pose)
            for view, off, each, pose in zip(taken.views, found.solution.residuals, rms, taken.T_base_ee, strict=True)
        ),
        lines=judged,
    )


def rough_mount(
    kind: Kind, views: Sequence[View], T_base_ee: Matrix, lens: Lens, board: CharucoBoard | ChessBoard
) -> tuple[Matrix, Matrix]:
    """The camera's and the board's place from a few small moves: good enough to plan the poses of a capture by.

    Raises CalibrationError as `solve_mount` does.
    """
    taken, _, _ = take(kind, views, np.asarray(T_base_ee, np.float64), lens, board)
    found = fit(taken, Noise(3e-4, 8.7e-4, _PIXEL), rounds=0)
    return found.T, found.board


def holdout(taken: Taken, found: Fit) -> tuple[float, float]:
    """Median error of the board's pose, mm at its middle and deg, on poses that the solution did not see (5 folds)."""
    middle = np.append(taken.points.mean(axis=0), 1.0)
    order = np.arange(len(taken.views))
    shifts: list[float] = []
    turns: list[float] = []
    for fold in range(min(_FOLDS, len(order))):
        out = order % _FOLDS == fold
        left = fit(taken.only(order[~out]), found.noise, (found.T, found.board), rounds=0)
        rest = taken.only(order[out])
        for seen in rest.boards(left.T):
            shifts.append(float(np.linalg.norm((seen - left.board) @ middle)))
            turns.append(float(np.linalg.norm(to_twist(inverse(left.board) @ seen)[3:])))
    return 1e3 * float(np.median(shifts)), float(np.degrees(np.median(turns)))


def rows(matrix: Matrix) -> Rows:
    """As a result holds it."""
    return tuple(tuple(float(value) for value in row) for row in matrix)


def picture(view: View, off: Matrix, rms: float, T_base_ee: Matrix | None) -> Picture:
    """A view with its residuals (n, 2) px and the robot's pose, as a result holds it."""
    return Picture(
        name=view.name,
        sha256=view.sha256,
        t_ns=view.t_ns,
        rms_px=rms,
        ids=tuple(int(i) for i in view.ids),
        corners=rows(np.round(view.corners, 3)),
        residuals=rows(np.round(off, 4)),
        T_base_ee=() if T_base_ee is None else rows(T_base_ee),
    )


def _without_odd(taken: Taken, found: Fit, supposed: Noise, notes: list[str]) -> tuple[Taken, Fit]:
    """Without robot poses, and then views, that are wrong by far more than the others."""
    every, kept = taken, np.arange(len(taken.views))
    views: dict[int, float] = {}
    for _ in range(ROUNDS):
        before = len(every.views) - len(kept)
        rms = np.array([_rms(off) for off in found.solution.residuals])
        odd, unlike = odd_poses(found.far), odd_views(rms)
        odd, unlike = odd & few(odd, before), unlike & few(unlike, before) & ~odd
        out = odd | unlike
        if not few(out, before) or len(out) - out.sum() < _FOLDS:
            break
        views |= {int(kept[i]): float(rms[i]) for i in np.flatnonzero(unlike)}
        kept = kept[~out]
        taken = every.only(kept)
        found = fit(taken, supposed, (found.T, found.board))
    for i in sorted(set(range(len(every.views))) - set(kept.tolist())):
        name = every.views[i].name
        notes.append(view_note(name, views[i]) if i in views else pose_note(name, _off(every, i, found)))
    return taken, found


def _off(every: Taken, row: int, found: Fit) -> Vector:
    """What a robot's pose is wrong by, (6,) m and rad, by the place of camera and board that the others tell."""
    one = every.only([row])
    on_hand = every.kind == "hand-eye"
    seen = found.T @ one.T_camera_board
    there = found.board @ inverse(seen) if on_hand else seen @ inverse(found.board)
    return to_twist(inverse(one.T_base_ee) @ there)[0]


def _rms(off: Matrix) -> float:
    return float(np.sqrt((off**2).sum(axis=1).mean()))
