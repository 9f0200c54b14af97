"""Fits where one camera is: start in closed form, bundle adjustment, and how much noise there really is."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calibration import hand_eye
from calibration.bundle import Problem, Solution, adjust
from calibration.bundle_chain import SCALE, Link, Sight, Turned
from calibration.lens import Lens
from calibration.noise import components, distances, slacks
from calibration.placement import mean_pose
from calibration.poses import Matrix, Vector, inverse
from calibration.slack import (
    FLOOR_M,
    FLOOR_RAD,
    JOINT_RAD,
    OFFSET_RAD,
    inner,
    joint,
    jointed,
    offsets,
    place,
    rigid,
    turn,
)
from calibration.view import View

Kind = Literal["hand-eye", "extrinsics"]
CAMERA, BOARD, ROBOT = "camera", "board", "robot"
_ROUNDS = 4
_ALIKE = 0.02  # share by which the noises still change


@dataclass(frozen=True, slots=True)
class Taken:
    """What one camera and one arm gave: `T_base_ee` (k, 4, 4), a view of each, `T_camera_board` (k, 4, 4) by it alone.

    `points`: (n, 3) m of the board, by corner id; `J_ee`: (k, 6, n) of an arm of servos, `slack.hand_jacobian`.
    """

    kind: Kind
    T_base_ee: Matrix
    views: Sequence[View]
    T_camera_board: Matrix
    points: Matrix
    lens: Lens
    J_ee: Matrix | None = None

    def only(self, rows: Sequence[int] | NDArray[np.intp]) -> "Taken":
        """Some of the poses."""
        where = np.asarray(rows, np.intp)
        kept: list[int] = where.tolist()
        views = [self.views[i] for i in kept]
        J_ee = None if self.J_ee is None else self.J_ee[where]
        return replace(
            self, T_base_ee=self.T_base_ee[where], views=views, T_camera_board=self.T_camera_board[where], J_ee=J_ee
        )

    def boards(self, T: Matrix) -> Matrix:
        """T_base_board, or T_ee_board of a board on the hand, (k, 4, 4): of each view with the camera at `T`."""
        if self.kind == "hand-eye":
            return self.T_base_ee @ T @ self.T_camera_board
        return inverse(self.T_base_ee) @ T @ self.T_camera_board


@dataclass(frozen=True, slots=True)
class Noise:
    """1-sigma of the robot's own poses, m and rad, of a corner's x or y, px; of a servo arm's joints, rms, rad."""

    robot_m: float
    robot_rad: float
    pixel: float
    joint_rad: float = JOINT_RAD


@dataclass(frozen=True, slots=True)
class Fit:
    """`T` (4, 4) of the camera, `board` (4, 4) of the board; `slack` (k, 6): what each robot pose seems wrong by.

    `far`: (k,) how far that is, in sigmas.
    """

    T: Matrix
    board: Matrix
    slack: Vector
    far: Vector
    noise: Noise
    solution: Solution

    @property
    def covariance(self) -> Matrix:
        """(6, 6) of the twist that corrects `T` on its right: m, rad."""
        return self.solution.covariance(CAMERA)


def started(taken: Taken) -> tuple[Matrix, Matrix]:
    """The camera and the board by closed forms."""
    hand = taken.T_base_ee if taken.kind == "hand-eye" else inverse(taken.T_base_ee)

    def cost(X: Matrix, Z: Matrix) -> float:
        """Median distance of the corners, px, over the views."""
        off = [
            _rms(taken.lens.project(_moved(T, taken.points[view.ids])) - view.corners)
            for T, view in zip(inverse(hand @ X) @ Z, taken.views, strict=True)
        ]
        return float(np.median(off))

    return hand_eye.start(hand, taken.T_camera_board, cost)


def fit(taken: Taken, noise: Noise, begin: tuple[Matrix, Matrix] | None = None, rounds: int = _ROUNDS) -> Fit:
    """Bundle adjustment over the camera, the board and the robot's errors, and of how large these and the corners' are.

    The robot's are drawn to what is supposed of it. `rounds`: how often they are found anew; 0 takes `noise` as it is.
    """
    T, board = started(taken) if begin is None else begin
    problem = _problem(taken, T, board, noise)
    solution = adjust(problem)
    for _ in range(rounds):
        found, pixel = components(problem, solution, _supposed(taken, noise))
        old = problem.noise
        problem = replace(problem, unknown=solution.motions, noise=found, pixel=pixel)
        solution = adjust(problem)
        if sum(abs(math.log(found[name] / old[name])) for name in found) < _ALIKE:
            break
    slack, far = slacks(problem, solution), distances(problem, solution)
    used = noise_of(ROBOT, problem.noise, replace(noise, pixel=problem.pixel))
    return Fit(solution.motions[CAMERA], solution.motions[BOARD], slack, far, used, solution)


def fit_scale(taken: Taken, start: Fit) -> tuple[float, float]:
    """How large the board is against what its file tells, with 1-sigma: one unknown more."""
    hand = taken.T_base_ee if taken.kind == "hand-eye" else inverse(taken.T_base_ee)
    size = hand_eye.scale(hand, taken.T_camera_board)
    grown = taken.T_camera_board.copy()
    grown[:, :3, 3] *= size
    larger = replace(taken, points=taken.points * size, T_camera_board=grown)
    camera = hand_eye.park(*hand_eye.motions(hand, grown, hand_eye.wide_pairs(hand)))
    begun = fit(larger, start.noise, (camera, mean_pose(larger.boards(camera))), rounds=1)
    problem = replace(_problem(larger, begun.T, begun.board, begun.noise), scale=True, unknown=begun.solution.motions)
    solution = adjust(problem)
    sigma = float(np.sqrt(solution.covariance(SCALE)[0, 0]))
    return size * solution.scale, size * solution.scale * sigma


def _problem(taken: Taken, T: Matrix, board: Matrix, noise: Noise) -> Problem:
    names = [f"{ROBOT} {k}" for k in range(len(taken.views))]
    J_ee = taken.J_ee
    sights: list[Sight] = []
    for k, view in enumerate(taken.views):
        hand: tuple[Link, ...] = (taken.T_base_ee[k], names[k])
        if J_ee is not None:
            hand = (taken.T_base_ee[k], Turned(offsets(ROBOT), inner(J_ee[k])), names[k])
        on_hand = taken.kind == "hand-eye"
        to_camera, to_board = ((*hand, CAMERA), (BOARD,)) if on_hand else ((CAMERA,), (*hand, BOARD))
        sights.append(Sight(CAMERA, taken.points[view.ids], view.corners, to_camera, to_board))
    unknown = {CAMERA: T, BOARD: board} | {name: np.eye(4) for name in names}
    lenses, sigmas = {CAMERA: taken.lens}, noises(ROBOT, noise, J_ee)
    if J_ee is None:
        return Problem(lenses, sights, unknown, dict.fromkeys(names, rigid(ROBOT)), sigmas, noise.pixel)
    near = {name: jointed(ROBOT, J) for name, J in zip(names, J_ee, strict=True)}
    angles = {offsets(ROBOT): (inner(J_ee[0]).shape[1], OFFSET_RAD)}
    return Problem(lenses, sights, unknown, near, sigmas, noise.pixel, angles=angles)


def noises(arm: str, noise: Noise, J_ee: Matrix | None) -> dict[str, float]:
    """The 1-sigmas of an arm by name; J_ee: (..., 6, n) of one whose joints err: what is beside them is fixed."""
    if J_ee is None:
        return {place(arm): noise.robot_m, turn(arm): noise.robot_rad}
    return estimated(arm, noise, J_ee) | {place(arm): FLOOR_M, turn(arm): FLOOR_RAD}


def estimated(arm: str, noise: Noise, J_ee: Matrix | None) -> dict[str, float]:
    """Those of them that are found anew, as they are supposed."""
    if J_ee is None:
        return noises(arm, noise, None)
    return {joint(arm, i): noise.joint_rad for i in range(J_ee.shape[-1])}


def _supposed(taken: Taken, noise: Noise) -> dict[str, float]:
    return estimated(ROBOT, noise, taken.J_ee)


def noise_of(arm: str, sigmas: Mapping[str, float], before: Noise) -> Noise:
    """The 1-sigmas of an arm as `noises` names them."""
    if joint(arm, 0) in sigmas:
        each = [sigma for name, sigma in sigmas.items() if name.startswith(joint(arm, 0)[:-1])]
        return replace(before, joint_rad=float(np.sqrt(np.square(each).mean())))
    return replace(before, robot_m=sigmas[place(arm)], robot_rad=sigmas[turn(arm)])


def _moved(T: Matrix, points: Matrix) -> Matrix:
    return points @ T[:3, :3].T + T[:3, 3]


def _rms(off: NDArray[np.float64]) -> float:
    return float(np.sqrt((off**2).sum(axis=1).mean()))
