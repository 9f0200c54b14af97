"""A virtual rig knows its truth: how far off a result really is."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from calibration.board import BOARDS, Board
from calibration.poses import Matrix, apart, inverse
from calibration.result import IntrinsicsResult, MountResult, RigResult
from collector.control import Client
from hardware.config import RigConfig

Truth = Mapping[str, Any]
"""The daemon's answer to the verb `truth`."""


def truth_of(client: Client, config: RigConfig) -> Truth | None:
    """Of a virtual rig; None of a real one, which nobody knows."""
    return None if config.virtual is None else client.call("truth")


def board_in(truth: Truth, which: str) -> Board:
    """The board that lies on the `table`, or the one that is `held`."""
    return BOARDS.validate_python(truth["boards"][which])


def lens_errors(truth: Truth, result: IntrinsicsResult) -> dict[str, float]:
    """What is estimated less what is true: px, and fx in percent."""
    K, found = np.array(truth["cameras"][result.camera]["K"]), np.array(result.K)
    off = found - K
    return {
        "fx_px": float(off[0, 0]), "fy_px": float(off[1, 1]), "cx_px": float(off[0, 2]), "cy_px": float(off[1, 2]),
        "fx_percent": float(100.0 * off[0, 0] / K[0, 0]),
    }  # fmt: skip


def mount_errors(truth: Truth, result: MountResult) -> dict[str, float]:
    """How far the camera really is from where it was found: mm, deg."""
    return _off(_place(truth, result.camera, result.kind, result.arm), np.array(result.T), "")


def rig_errors(truth: Truth, result: RigResult) -> dict[str, float]:
    """The same of every camera of a rig, and of where the arms' bases stand to the first one's: mm, deg."""
    out: dict[str, float] = {}
    boards = {arm: np.array(T) for arm, T in truth["T_base_board"].items()}
    for name, told in result.mounts.items():
        out |= _off(_place(truth, name, told["kind"], told["of"]), np.array(told["T"]), f"{name}_")
    first = next(iter(result.bases), "")
    for arm, T in result.bases.items():
        if arm != first:
            out |= _off(boards[first] @ inverse(boards[arm]), np.array(T), f"base_{arm}_")
    return out


def _place(truth: Truth, camera: str, kind: str, frame: str) -> Matrix:
    key = "T_ee_camera" if kind == "hand-eye" else "T_base_camera"
    return np.array(truth["cameras"][camera][key][frame])


def _off(true: Matrix, found: Matrix, prefix: str) -> dict[str, float]:
    metres, radians = apart(true, found)
    return {f"{prefix}mm": 1e3 * metres, f"{prefix}deg": float(np.degrees(radians))}
