"""Scripted robot poses for a capture: the board stays in view, the hand turns far about all axes, travel is short.

First a few small moves where nothing is known yet; with the rough place of camera and board that they give, a plan.
Joints are (n,) rad, in the order to go to them; the arm is to rest at each.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.board import CharucoBoard, ChessBoard
from calibration.errors import CalibrationError
from calibration.lens import Lens
from calibration.poses import Matrix, Vector, from_twist, inverse
from calibration.reach_views import Wanted, wanted
from hardware.arms.models import ArmModel

_LIMIT_MARGIN = 0.12  # rad to a joint's end
_FARTHEST_JOINT = 1.9  # rad from where the arm stands now: no other elbow
_TRIES_PER_POSE = 40
_STANDS_M = 0.01  # an arm that stands is not quite still
_ALONG = np.linspace(0.0, 1.0, 9)[1:-1, None]


@dataclass(frozen=True, slots=True)
class Room:
    """Where the hand may go.

    lowest_m: the base frame's z that nothing on it comes below; near_base_m: from the arm's own column; tilt_deg,
    roll_deg: how far the board is turned before the camera; aside_m: how far a board on the hand is moved across the
    picture; box: least and greatest x, y, z, (3,) m each in the base frame, that the grasp point keeps between;
    nearest: a camera on the hand goes as near as the board fills its picture, not only about as far as it is.
    """

    lowest_m: float = 0.08
    near_base_m: float = 0.20
    tilt_deg: float = 35.0
    roll_deg: float = 40.0
    aside_m: float = 0.2
    box: tuple[Vector, Vector] | None = None
    nearest: bool = True

    def holds(self, T_base_ee: Matrix) -> bool:
        """Whether the grasp point of this hand is in the box, if there is one."""
        return self.box is None or bool(
            (T_base_ee[:3, 3] >= self.box[0]).all() and (T_base_ee[:3, 3] <= self.box[1]).all()
        )


def why_not_from(model: ArmModel, q_now: Vector, room: Room) -> str:
    """Why no poses are planned from where the arm stands, or ''."""
    hand = model.end_effector(q_now)
    if room.box is None or room.holds(hand):
        return ""
    axis = int(np.argmax(np.maximum(room.box[0] - hand[:3, 3], hand[:3, 3] - room.box[1])))
    least, most = room.box[0][axis], room.box[1][axis]
    return (
        f"the hand stands at {'xyz'[axis]} = {hand[axis, 3]:.2f} m, and teleop.workspace leaves {least:.2f} .."
        f" {most:.2f} m for poses that are surely reached: begin farther inside of it, or widen it"
    )


def first_moves(model: ArmModel, q_now: Vector, degrees: float = 8.0) -> list[Vector]:
    """Where the arm stands, then small turns of the hand about its own axes, those out of reach left out."""
    here = model.end_effector(q_now)
    out = [q_now]
    diagonal = math.sqrt(0.5)
    for axis in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (diagonal, diagonal, 0)):
        for sign in (1, -1):
            goal = here @ from_twist(np.array([0, 0, 0, *(sign * math.radians(degrees) * np.array(axis))]))
            q = _joints(model, goal, q_now)
            if q is not None:
                out.append(q)
    return out


def plan_poses(
    model: ArmModel,
    q_now: Vector,
    T_ee_camera: Matrix,
    T_base_board: Matrix,
    board: CharucoBoard | ChessBoard,
    lens: Lens,
    count: int = 20,
    room: Room | None = None,
) -> list[Vector]:
    """For a camera on the hand and a board in the cell: about `count` joint way-points, nearest next.

    Raises CalibrationError where fewer than half of them are within reach.
    """
    ee_board = inverse(T_base_board)

    def goal(T_camera_board: Matrix) -> Matrix:
        return inverse(T_ee_camera @ T_camera_board @ ee_board)

    now = inverse(model.end_effector(q_now) @ T_ee_camera) @ T_base_board
    on_hand = T_ee_camera[:3, 3][None]
    return _plan(model, q_now, now, goal, on_hand, board, lens, count, replace(room or Room(), aside_m=math.inf))


def plan_board_poses(
    model: ArmModel,
    q_now: Vector,
    T_base_camera: Matrix,
    T_ee_board: Matrix,
    board: CharucoBoard | ChessBoard,
    lens: Lens,
    count: int = 20,
    room: Room | None = None,
) -> list[Vector]:
    """The same for a camera in the cell and a board on the hand."""
    board_ee = inverse(T_ee_board)

    def goal(T_camera_board: Matrix) -> Matrix:
        return T_base_camera @ T_camera_board @ board_ee

    now = inverse(T_base_camera) @ model.end_effector(q_now) @ T_ee_board
    on_hand = board.points() @ T_ee_board[:3, :3].T + T_ee_board[:3, 3]
    return _plan(model, q_now, now, goal, on_hand, board, lens, count, replace(room or Room(), nearest=False))


def _plan(
    model: ArmModel,
    q_now: Vector,
    T_camera_board: Matrix,
    goal: Callable[[Matrix], Matrix],
    on_hand: Matrix,
    board: CharucoBoard | ChessBoard,
    lens: Lens,
    count: int,
    room: Room,
) -> list[Vector]:
    if reason := why_not_from(model, q_now, room):
        raise CalibrationError(reason)
    lowest, near_base = _nearest(model, q_now, on_hand)  # where it stands, it may stand
    room = replace(
        room, lowest_m=min(room.lowest_m, lowest - _STANDS_M), near_base_m=min(room.near_base_m, near_base - _STANDS_M)
    )
    found: list[tuple[Wanted, Vector]] = []
    for nearest in (True, False) if room.nearest else (False,):  # as far as it is, where the arm does not come near
        tries = wanted(
            T_camera_board, board, lens, _TRIES_PER_POSE * count,
            tilt_deg=room.tilt_deg, roll_deg=room.roll_deg, aside_m=room.aside_m, nearest=nearest,
        )  # fmt: skip
        found += _reached(model, q_now, goal, on_hand, room, tries, 4 * count)
        if len(found) >= 2 * count:
            break
    if len(found) < max(count // 2, 6):
        raise CalibrationError(
            f"only {len(found)} poses keep the board in view within the arm's reach"
            f"{' and teleop.workspace' if room.box else ''}: put board and hand nearer the"
            " middle of where the arm works, about as far from the camera as the board is long, and begin there"
        )
    chosen = spread(np.stack([want.features for want, _ in found]), count)
    return _ordered(model, q_now, [found[i][1] for i in chosen], on_hand, room)


def _reached(
    model: ArmModel, q_now: Vector, goal: Callable[[Matrix], Matrix], on_hand: Matrix, room: Room,
    tries: Iterable[Wanted], most: int,
) -> list[tuple[Wanted, Vector]]:  # fmt: skip
    """Those that the arm comes to, `most` of them."""
    found: list[tuple[Wanted, Vector]] = []
    for want in tries:
        hand = goal(want.T_camera_board)
        q = _joints(model, hand, q_now) if room.holds(hand) else None
        if q is not None and _clear(model, q, on_hand, room) and _way_clear(model, q_now, q, on_hand, room):
            found.append((want, q))
        if len(found) >= most:
            break
    return found


def _joints(model: ArmModel, goal: Matrix, q_now: Vector) -> Vector | None:
    if np.linalg.norm(goal[:3, 3]) > _longest(model, q_now):
        return None
    try:
        q = model.inverse(goal, q_now)
    except ValueError:
        return None
    low, high = model.limits.q_min + _LIMIT_MARGIN, model.limits.q_max - _LIMIT_MARGIN
    inside = bool(((q >= np.minimum(low, q_now)) & (q <= np.maximum(high, q_now))).all())
    return q if inside and float(np.abs(q - q_now).max()) <= _FARTHEST_JOINT else None


def _longest(model: ArmModel, q: Vector) -> float:
    """No hand comes farther than all links in a line, m."""
    joints = np.vstack([model.frames(q)[:, :3, 3], model.end_effector(q)[:3, 3]])
    return float(np.linalg.norm(np.diff(joints, axis=0), axis=1).sum())


def _clear(model: ArmModel, q: Vector, on_hand: Matrix, room: Room) -> bool:
    """Whether the wrist, the hand and what is fixed to it are above the table, beside the column and in the box."""
    lowest, near_base = _nearest(model, q, on_hand)
    return lowest >= room.lowest_m and near_base >= room.near_base_m and room.holds(model.end_effector(q))


def _nearest(model: ArmModel, q: Vector, on_hand: Matrix) -> tuple[float, float]:
    """How high over the base frame's ground, and how far from the arm's own column, m."""
    hand = model.end_effector(q)
    there = np.vstack([model.frames(q)[-3:, :3, 3], hand[:3, 3], on_hand @ hand[:3, :3].T + hand[:3, 3]])
    return float(there[:, 2].min()), float(np.hypot(there[3:, 0], there[3:, 1]).min())


def _way_clear(model: ArmModel, begin: Vector, end: Vector, on_hand: Matrix, room: Room) -> bool:
    return all(_clear(model, q, on_hand, room) for q in begin + _ALONG * (end - begin))


def spread(told: NDArray[np.float64], count: int) -> list[int]:
    """Rows of features (n, f) that are farthest apart: the most outlying first, then ever the loneliest."""
    chosen = [int(np.argmax(np.linalg.norm(told - told.mean(axis=0), axis=1)))]
    lonely = np.linalg.norm(told - told[chosen[0]], axis=1)
    while len(chosen) < min(count, len(told)):
        chosen.append(int(np.argmax(lonely)))
        lonely = np.minimum(lonely, np.linalg.norm(told - told[chosen[-1]], axis=1))
    return chosen


def _ordered(model: ArmModel, q_now: Vector, joints: list[Vector], on_hand: Matrix, room: Room) -> list[Vector]:
    """Nearest next from where the arm stands, then crossings undone; by where the way is not clear, over `q_now`."""
    q = np.vstack([q_now, *joints])
    far = np.abs(q[:, None] - q[None]).max(axis=2)
    order = _nearest_next(far)
    order = _uncrossed(order, far)
    out: list[Vector] = []
    at = q_now
    for i in order[1:]:
        if not _way_clear(model, at, q[i], on_hand, room):
            out.append(q_now)
        out.append(q[i])
        at = q[i]
    return out


def _nearest_next(far: NDArray[np.float64]) -> list[int]:
    order, left = [0], set(range(1, len(far)))
    while left:
        order.append(min(left, key=lambda i: (far[order[-1], i], i)))
        left.remove(order[-1])
    return order


def _uncrossed(order: list[int], far: NDArray[np.float64]) -> list[int]:
    """2-opt with the first fixed and the last free."""
    better = True
    while better:
        better = False
        for i in range(1, len(order) - 1):
            for j in range(i + 1, len(order)):
                behind = far[order[i], order[j + 1]] - far[order[j], order[j + 1]] if j + 1 < len(order) else 0.0
                if far[order[i - 1], order[j]] - far[order[i - 1], order[i]] + behind < -1e-9:
                    order[i : j + 1] = reversed(order[i : j + 1])
                    better = True
    return order
