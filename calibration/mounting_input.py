"""What a mount is solved from, checked: enough pictures, robot poses that go with them and turn enough."""

from collections.abc import Sequence

import numpy as np

from calibration.board import CharucoBoard, ChessBoard, require_one_way_round
from calibration.diversity import LEAST_POSES, Diversity, diversity
from calibration.errors import CalibrationError
from calibration.hand_eye import disagreement
from calibration.lens import Lens
from calibration.mounting_fit import Kind, Taken
from calibration.placement import LEAST_CORNERS, Placement, place
from calibration.poses import Matrix, inverse
from calibration.view import View

_BELONG_DEG = 1.0
"""Hand and camera turn by the same angle between two poses; one picture tells it to some 0.1 deg."""
_SHIFTS = (-1, 1, -2, 2)


def take(
    kind: Kind,
    views: Sequence[View],
    T_base_ee: Matrix,
    lens: Lens,
    board: CharucoBoard | ChessBoard,
    J_ee: Matrix | None = None,
) -> tuple[Taken, Diversity, list[str]]:
    """What can be used, how much it turns, and notes on what was left out.

    Raises CalibrationError: a board that may as well be upside down, numbers that do not match, poses that are none,
    pictures of another size, too few views, too little turning for any solution, pictures and poses of different
    instants.
    """
    require_one_way_round(board)
    poses = _checked(views, T_base_ee, lens)
    notes: list[str] = []
    points = board.points()
    found: list[Placement | None] = [place(view, board, lens, points) for view in views]
    kept: list[int] = []
    for i, (view, placed) in enumerate(zip(views, found, strict=True)):
        if placed is None:
            notes.append(f"{view.name}: left out, it shows fewer than {LEAST_CORNERS} corners or all on one line")
        else:
            kept.append(i)
    _enough(len(kept))
    boards = np.stack([each.T_camera_board for each in found if each is not None])
    J_ee = None if J_ee is None else J_ee[kept]
    taken = Taken(kind, poses[kept], [views[i] for i in kept], boards, points, lens, J_ee)
    moved = diversity(taken.T_base_ee)
    if not moved.solvable:
        raise CalibrationError(f"these robot poses cannot tell where the camera is: {moved.advice}")
    good = _together(taken, notes)
    taken = taken.only(good)
    moved = diversity(taken.T_base_ee)
    if not moved.solvable:
        raise CalibrationError(f"the robot poses that are left cannot tell where the camera is: {moved.advice}")
    return taken, moved, notes


def _checked(views: Sequence[View], T_base_ee: Matrix, lens: Lens) -> Matrix:
    poses = np.asarray(T_base_ee, np.float64)
    if poses.ndim != 3 or poses.shape[1:] != (4, 4) or len(poses) != len(views):
        raise CalibrationError(
            f"{len(views)} pictures and robot poses of shape {poses.shape}: give each picture the (4, 4) pose of its"
            " instant"
        )
    bad = [views[i].name for i in np.flatnonzero(~np.isfinite(poses).all(axis=(1, 2))).tolist()]
    if bad:
        raise CalibrationError(
            f"robot pose of {_listed(bad)} is no number (NaN): the arm gave no state there; leave those pictures out"
        )
    turned = poses[:, :3, :3]
    off = np.abs(turned @ np.swapaxes(turned, 1, 2) - np.eye(3)).max(axis=(1, 2))
    bad = [views[i].name for i in np.flatnonzero((off > 1e-3) | (np.linalg.det(turned) < 0)).tolist()]
    if bad:
        raise CalibrationError(
            f"robot pose of {_listed(bad)} is no rigid motion: give O_T_EE in metres, its rows in order"
        )
    sizes = sorted({(int(view.size[0]), int(view.size[1])) for view in views})
    if [size for size in sizes if size != lens.size]:
        told = ", ".join(f"{w}x{h}" for w, h in sizes)
        raise CalibrationError(
            f"pictures of {told} and a lens for {lens.size[0]}x{lens.size[1]}: calibrate the lens in the mode that is"
            " used, or take pictures in the mode that it holds for"
        )
    _enough(len(views))
    return poses


def _enough(count: int) -> None:
    if count < LEAST_POSES:
        raise CalibrationError(
            f"{count} robot poses whose picture shows the board, and at least {LEAST_POSES} are needed: take about 20,"
            " turned 30 deg to each side about all three axes"
        )


def _together(taken: Taken, notes: list[str]) -> list[int]:
    """Rows whose picture and pose turn alike. Raises CalibrationError where most do not."""
    off = np.degrees(_disagreement(taken, 0))
    if float(np.median(off)) <= _BELONG_DEG:
        good = off <= 3 * _BELONG_DEG
        for i in np.flatnonzero(~good).tolist():
            notes.append(
                f"{taken.views[i].name}: left out, the camera turned {off[i]:.1f} deg otherwise than the arm: picture"
                " and pose are not of one instant, or the board was seen wrongly"
            )
        _enough(int(good.sum()))
        return np.flatnonzero(good).tolist()
    said = ""
    for shift in _SHIFTS:
        if len(taken.views) > 2 * abs(shift) + 3 and float(np.median(np.degrees(_disagreement(taken, shift)))) < 0.5:
            said = f"; they agree when each picture takes the pose {abs(shift)} {'later' if shift > 0 else 'earlier'}"
            break
    raise CalibrationError(
        f"pictures and robot poses do not belong together: between poses the camera turns {np.median(off):.1f} deg"
        f" otherwise than the arm{said}; take both while the arm rests, of the arm that carries the camera or"
        " the board, and do not move the other meanwhile"
    )


def _disagreement(taken: Taken, shift: int) -> Matrix:
    hand = taken.T_base_ee if taken.kind == "hand-eye" else inverse(taken.T_base_ee)
    boards = taken.T_camera_board
    if shift > 0:
        hand, boards = hand[shift:], boards[:-shift]
    elif shift < 0:
        hand, boards = hand[:shift], boards[-shift:]
    return disagreement(hand, boards)


def _listed(names: list[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
