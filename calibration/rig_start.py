"""A first guess of where everything in a rig is: hand-eye where there is one, then from neighbour to neighbour."""

from collections.abc import Sequence

import numpy as np

from calibration.bundle_chain import Angles, Link, motion
from calibration.diversity import diversity
from calibration.errors import CalibrationError
from calibration.mounting_fit import Taken, started
from calibration.placement import mean_pose
from calibration.poses import Matrix, inverse
from calibration.rig_parts import CELL, FREE, Parts, RigSight

Placed = tuple[RigSight, Matrix]
"""A sight and T_camera_board (4, 4) by it alone."""
_LEAST_POSES = 5


def guess(parts: Parts, placed: Sequence[Placed]) -> dict[str, Matrix]:
    """Every unknown motion's start. Raises CalibrationError where something hangs together with nothing else."""
    known = _hand_eyes(parts, placed)
    chains = [(parts.to_camera(s, slack=False), T, parts.to_board(s, slack=False), len(s.view.ids)) for s, T in placed]
    everything = {link for c, _, b, _ in chains for link in (*c, *b) if isinstance(link, str)}
    while True:
        told: dict[str, list[tuple[Matrix, int]]] = {}
        for to_camera, seen, to_board, corners in chains:
            missing = [link for link in (*to_camera, *to_board) if isinstance(link, str) and link not in known]
            if len(missing) == 1:
                told.setdefault(missing[0], []).append((missing_one(to_camera, seen, to_board, known), corners))
        if not told:
            break
        name = max(told, key=lambda each: sum(corners for _, corners in told[each]))  # the broadest link first
        known[name] = mean_pose(np.stack([pose for pose, _ in told[name]]), [corners for _, corners in told[name]])
    if everything - known.keys():
        raise CalibrationError(_loose(parts, placed, known, everything))
    return {name: known[name] for name in sorted(everything)}


def product(links: Sequence[Link], known: dict[str, Matrix], angles: Angles | None = None) -> Matrix:
    """A chain's motions, one after the other."""
    out = np.eye(4)
    for link in links:
        out = out @ motion(link, known, angles or {})
    return out


def missing_one(
    to_camera: Sequence[Link], seen: Matrix, to_board: Sequence[Link], known: dict[str, Matrix],
    angles: Angles | None = None,
) -> Matrix:  # fmt: skip
    """The one motion that is not known, of to_camera * seen = to_board."""
    for links, whole in (
        (to_camera, lambda: product(to_board, known, angles) @ inverse(seen)),
        (to_board, lambda: product(to_camera, known, angles) @ seen),
    ):
        for i, link in enumerate(links):
            if isinstance(link, str) and link not in known:
                before, behind = product(links[:i], known, angles), product(links[i + 1 :], known, angles)
                return inverse(before) @ whole() @ inverse(behind)
    raise AssertionError("no unknown motion in this sight")


def _hand_eyes(parts: Parts, placed: Sequence[Placed]) -> dict[str, Matrix]:
    """Cameras on hands by boards in the cell, boards on hands by cameras in the cell; with the first arm both ends."""
    known: dict[str, Matrix] = {}
    pairs = {(sight.camera, sight.board): 0 for sight, _ in placed}
    for sight, _ in placed:
        pairs[sight.camera, sight.board] += len(sight.view.ids)
    for camera, board in sorted(pairs, key=lambda pair: -pairs[pair]):
        of, on = parts.cameras[camera], parts.boards[board].on
        hand_eye = of.kind == "hand-eye" and on == CELL
        if not hand_eye and (of.kind == "hand-eye" or on in (CELL, FREE)):
            continue
        arm = of.arm if hand_eye else on
        moving, still = (f"camera {camera}", f"board {board}") if hand_eye else (f"board {board}", f"camera {camera}")
        if moving in known:
            continue
        mine = [(sight, T) for sight, T in placed if (sight.camera, sight.board) == (camera, board)]
        hand = parts.T_base_ee[arm][[sight.moment for sight, _ in mine]]
        if len(mine) < _LEAST_POSES or not diversity(hand).solvable:
            continue
        views, boards = [sight.view for sight, _ in mine], np.stack([T for _, T in mine])
        points = parts.boards[board].board.points()
        kind = "hand-eye" if hand_eye else "extrinsics"
        of_camera, of_board = started(Taken(kind, hand, views, boards, points, of.lens))
        known[moving] = of_camera if hand_eye else of_board
        if arm == parts.first and still not in known:
            known[still] = of_board if hand_eye else of_camera
    return known


def _loose(parts: Parts, placed: Sequence[Placed], known: dict[str, Matrix], everything: set[str]) -> str:
    """What hangs together with nothing, and what to show to which camera."""
    loose = sorted(everything - known.keys())
    cameras = [name for name in parts.cameras if f"camera {name}" in loose]
    arms = [name for name in parts.T_base_ee if f"base {name}" in loose]
    seen = sorted({sight.board for sight, _ in placed if sight.camera in cameras})
    tied = [name for name in parts.cameras if name not in cameras] or list(parts.cameras)[:1]
    if arms:
        tied = [name for name in tied if parts.cameras[name].arm not in arms] or tied
        return (
            f"where the base of {_listed(arms)} stands is not told: let a camera of another arm, or one in the cell,"
            f" see the board that {_listed(arms)}'s camera sees, or a board on its hand; or show one board to"
            f" {_listed(tied)} and to its camera"
        )
    if cameras:
        return (
            f"{_listed(cameras)} {'is' if len(cameras) == 1 else 'are'} not tied to the others: show"
            f" {_listed(seen) or 'a board'} to {_listed(cameras)} and to {_listed(tied)} at the same moments, in at"
            " least 5 places, or turn the hand that carries it 30 deg to both sides about two axes before a board that"
            " stands still"
        )
    return f"{_listed(loose)} cannot be placed: show it to a camera whose place is told ({_listed(tied)})"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)
