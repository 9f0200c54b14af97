"""Where the second board is: nowhere to be seen, in the operator's hand or a follower's, or flat on the table."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.config import RigConfig
from hardware.virtual import cell
from hardware.virtual.board_hand import HeldBoard
from hardware.virtual.board_order import BoardOrder, Holder
from hardware.virtual.world import FollowerState, World

_LAID_AT = 0.35  # of the picture's height
_LAID_MOST_M = 0.5  # along the table from the camera: a servo arm reaches it
_LAID_ASIDE_M = 0.15  # to the left, where the hand does not hide it
_PLATE_M = 0.003  # it is that thick


@dataclass(frozen=True, slots=True)
class Boards:
    """`held`: by the number of the camera; `gripped`: T_flange_board by the number of the follower."""

    world: World
    held: tuple[HeldBoard, ...]
    gripped: tuple[Matrix, ...]
    places: tuple[cell.Place, ...]

    @staticmethod
    def of(rig: RigConfig, world: World) -> "Boards":
        """Of a rig and its world."""
        places = cell.layout(rig).places
        return Boards(
            world,
            tuple(HeldBoard(cell.intrinsics(rig, n), (c.width, c.height)) for n, c in rig.cameras.items()),
            tuple(cell.gripped_board(rig, name) for name in rig.followers),
            tuple(places[name] for name in rig.followers),
        )

    def at(self, t_ns: int, states: Mapping[str, FollowerState]) -> Matrix | None:
        """T_world_board (4, 4) of cell.HELD_BOARD at an instant at which the followers are so; None: put away."""
        order = self.world.board.last
        if t_ns < order.since_ns:
            return None
        match order.holder:
            case "table":
                return None
            case "held":
                return order.anchor @ self.held[order.by].pose((t_ns - order.since_ns) * 1e-9)
            case "laid":
                return order.anchor
            case "gripped":
                place, name = self.places[order.by], self.world.followers[order.by].name
                model = place.station.model
                q = states[name].q if name in states else model.home
                return place.base @ model.flange(q) @ self.gripped[order.by]


def hand_over(rig: RigConfig, world: World, holder: Holder, who: str, t_ns: int) -> None:
    """From `t_ns` on the board is a camera's (`held`, `laid`) or a follower's (`gripped`), or nobody's (`table`)."""
    by, anchor = 0, np.eye(4)
    match holder:
        case "table":
            pass
        case "held" | "laid":
            by = list(rig.cameras).index(who)
            carrier = cell.mount(rig, who).follower
            state = world.state_at(carrier, t_ns) if carrier else None
            q = state.q if state else np.zeros(0)
            if carrier and state is None:
                q = cell.layout(rig).places[carrier].station.model.home
            anchor = cell.camera_pose(rig, who, q)
            anchor = _laid(anchor, cell.intrinsics(rig, who), rig.cameras[who].height) if holder == "laid" else anchor
        case "gripped":
            by = list(rig.followers).index(who)
    world.board.give(BoardOrder(t_ns, holder, by, anchor))


def _laid(T_world_camera: Matrix, K: Matrix, height: int) -> Matrix:
    """T_world_board (4, 4), flat, upright for a camera, where the hand does not hide all of it."""
    ray = T_world_camera[:3, :3] @ np.linalg.solve(K, (K[0, 2], _LAID_AT * height, 1.0))
    away = -T_world_camera[2, 3] / min(ray[2], -1e-6)
    far = min(1.0, _LAID_MOST_M / float(np.linalg.norm(away * ray[:2])))
    pose = np.eye(4)
    right = T_world_camera[:2, 0] / np.linalg.norm(T_world_camera[:2, 0])
    pose[:3, :3] = np.array([(right[0], right[1], 0.0), (right[1], -right[0], 0.0), (0.0, 0.0, -1.0)]).T
    pose[:2, 3] = T_world_camera[:2, 3] + far * away * ray[:2] - _LAID_ASIDE_M * right
    pose[2, 3] = _PLATE_M
    pose[:3, 3] -= pose[:3, :2] @ (np.array(cell.HELD_BOARD.size_m) / 2)
    return pose
