"""Robot poses and corners with known truth: cameras and boards on hands and in cells, and the noise of both."""

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.board import CharucoBoard
from calibration.lens import Lens
from calibration.mounting_fit import Kind
from calibration.poses import Matrix, from_twist, inverse, to_twist
from calibration.reach import spread
from calibration.view import View

BOARD = CharucoBoard(columns=10, rows=7, square_m=0.025, marker_m=0.018)
"""54 corners."""
LENS = Lens("pinhole", np.array([[615.0, 0, 424], [0, 615, 240], [0, 0, 1]]), np.zeros(0), (848, 480))
T_CAMERA = from_twist(np.array([0.07, 0.005, -0.10, 0.0, 0.21, 1.55]))
"""Of the hand-eye: T_ee_camera; of the extrinsics the same numbers stand for T_base_camera."""
T_BOARD = from_twist(np.array([0.5, 0.1, 0.0, 3.08, 0.05, 0.1]))


@dataclass(frozen=True, slots=True)
class Case:
    """How poses are drawn: each angle uniform to both sides; noise: 1-sigma of every axis."""

    poses: int = 20
    degrees: float = 30.0
    robot_m: float = 3e-4
    robot_rad: float = np.radians(0.05)
    pixel: float = 0.2


@dataclass(frozen=True, slots=True)
class Scene:
    """What a solver is given, and `T_base_ee_true`, which it is not."""

    kind: Kind
    views: list[View]
    T_base_ee: Matrix
    T_base_ee_true: Matrix
    lens: Lens = field(default=LENS)
    board: CharucoBoard = field(default=BOARD)


def boards_in_view(rng: np.random.Generator, case: Case, board: CharucoBoard = BOARD, lens: Lens = LENS) -> Matrix:
    """T_camera_board (k, 4, 4): turned by up to `degrees` about each axis, 0.35 to 0.55 m away, all of it in view.

    Of three times as many those whose attitudes are farthest apart, as the planner of a capture chooses them.
    """
    points = board.points()
    out: list[Matrix] = []
    while len(out) < 3 * case.poses:
        pose = np.eye(4)
        pose[:3, :3] = Rotation.from_rotvec(np.radians(rng.uniform(-case.degrees, case.degrees, 3))).as_matrix()
        at = np.array([rng.uniform(-0.06, 0.06), rng.uniform(-0.03, 0.03), rng.uniform(0.35, 0.55)])
        pose[:3, 3] = at - pose[:3, :3] @ points.mean(axis=0)
        seen = lens.project(moved(pose, points))
        if ((seen > 5) & (seen < np.array(lens.size) - 5)).all():
            out.append(pose)
    drawn = np.stack(out)
    return drawn[spread(to_twist(drawn)[:, 3:], case.poses)]


def scene(seed: int, case: Case | None = None, kind: Kind = "hand-eye") -> Scene:
    """One set of poses with its noise."""
    case = case or Case()
    rng = np.random.default_rng(seed)
    boards = boards_in_view(rng, case)
    if kind == "hand-eye":
        true = T_BOARD @ inverse(boards) @ inverse(T_CAMERA)
    else:
        true = T_CAMERA @ boards @ inverse(T_BOARD)
    views = [view(rng, f"{i}.png", pose, case.pixel) for i, pose in enumerate(boards)]
    return Scene(kind, views, disturbed(rng, true, case), true)


def view(
    rng: np.random.Generator, name: str, pose: Matrix, pixel: float, board: CharucoBoard = BOARD, lens: Lens = LENS
) -> View:
    """The corners of a board at T_camera_board that are in the picture."""
    points = board.points()
    seen = lens.project(moved(pose, points))
    inside = ((seen > 2) & (seen < np.array(lens.size) - 2)).all(axis=1) & (moved(pose, points)[:, 2] > 0.05)
    ids = np.flatnonzero(inside)
    return View(name, lens.size, ids, seen[ids] + rng.normal(0, pixel, (len(ids), 2)))


def disturbed(rng: np.random.Generator, poses: Matrix, case: Case) -> Matrix:
    """Robot poses as the robot tells them."""
    noise = np.concatenate(
        [rng.normal(0, case.robot_m, (len(poses), 3)), rng.normal(0, case.robot_rad, (len(poses), 3))], axis=1
    )
    return poses @ from_twist(noise)


def moved(pose: Matrix, points: Matrix) -> Matrix:
    """Points (n, 3) of b in a by T_a_b."""
    return points @ pose[:3, :3].T + pose[:3, 3]
