"""What a calibration of the virtual rig should find: its boards, lenses and mounts, as plain JSON values."""

from typing import Any

import cv2
import numpy as np

from hardware.arms.kinematics import Matrix
from hardware.config import RigConfig
from hardware.virtual.cell import BOARD, HELD_BOARD, BoardSpec, board_pose, intrinsics, layout, mount


def cell_truth(rig: RigConfig) -> dict[str, Any]:
    """`boards`: table and held, as a description file has them; `cameras`: K, T_ee_camera or T_base_camera by arm;

    `T_base_board`: of the table's, by arm.
    """
    bases = {name: np.asarray(np.linalg.inv(place.base), np.float64) for name, place in layout(rig).places.items()}
    return {
        "boards": {"table": _described(BOARD), "held": _described(HELD_BOARD)},
        "cameras": {name: _camera(rig, name, bases) for name in rig.cameras},
        "T_base_board": {arm: (base @ board_pose()).tolist() for arm, base in bases.items()},
    }


def _camera(rig: RigConfig, name: str, bases: dict[str, Matrix]) -> dict[str, Any]:
    fixed = mount(rig, name)
    told: dict[str, Any] = {"K": intrinsics(rig, name).tolist()}
    if fixed.follower is not None:
        tool = layout(rig).places[fixed.follower].station.model.tool
        return told | {"T_ee_camera": {fixed.follower: (np.linalg.inv(tool) @ fixed.pose).tolist()}}
    return told | {"T_base_camera": {arm: (base @ fixed.pose).tolist() for arm, base in bases.items()}}


def _described(board: BoardSpec) -> dict[str, Any]:
    return {
        "kind": "charuco", "columns": board.columns, "rows": board.rows, "square_m": board.square_m,
        "marker_m": board.marker_m, "dictionary": _DICTIONARIES[board.dictionary], "legacy": False,
    }  # fmt: skip


_DICTIONARIES = {
    int(getattr(cv2.aruco, name)): name for name in dir(cv2.aruco) if name.startswith("DICT_") and "X" in name
}
