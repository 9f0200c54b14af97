"""Two servo arms as on ALOHA, whose joints are told in whole counts: what a rig's capture gives, with known truth.

Way-points: planned once by calibration.reach in the virtual cell of configs/rigs/aloha_bimanual.yaml, for each arm
before a board on the table, and with one in its hand before the front camera.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from calibration.board import CharucoBoard
from calibration.lens import Lens
from calibration.poses import Matrix, inverse
from calibration.rig_parts import CELL, RigBoard, RigCamera, RigSight
from calibration.slack import COUNT_RAD, hand_jacobian
from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.load import load
from hardware.virtual import cell
from tests.calibration.synthetic_mounts import view

RIG = load(RigConfig, Path("configs/rigs/aloha_bimanual.yaml"))
MODEL = arm_model("viperx300s")
BOARD = CharucoBoard(columns=7, rows=5, square_m=0.06, marker_m=0.042, dictionary="DICT_5X5_100")
PIXEL = 0.05
COUNTS = np.array([0.0, 1.0, 1.0, 1.0, 1.0, 0.4])
"""Width of what a joint's angle is off by at rest, in counts: weight holds shoulder, elbow, forearm and wrist anywhere
between two of them, the waist stands on one (measured on hardware.virtual.dynamixel.servo_arm)."""
_SWAY = 0.03  # rad that no two captures rest alike by
_BESIDE = 10  # looks of the front camera at a board on the table


@dataclass(frozen=True, slots=True)
class ServoScene:
    """What a solver is given."""

    cameras: dict[str, RigCamera]
    boards: dict[str, RigBoard]
    sights: list[RigSight]
    T_base_ee: dict[str, Matrix]
    J_ee: dict[str, Matrix]


@cache
def bases() -> dict[str, Matrix]:
    """T_first_base (4, 4) by arm."""
    places = cell.layout(RIG).places
    first = places[next(iter(RIG.followers))].base
    return {arm: inverse(first) @ places[arm].base for arm in RIG.followers}


@cache
def mounts() -> dict[str, Matrix]:
    """T_ee_camera of the cameras on hands, T_base_camera of the front one."""
    first = cell.layout(RIG).places[next(iter(RIG.followers))].base
    found = {f"wrist_{arm}": inverse(MODEL.tool) @ cell.mount(RIG, f"wrist_{arm}").pose for arm in RIG.followers}
    return {"front": inverse(first) @ cell.mount(RIG, "front").pose, **found}


@cache
def lens(camera: str) -> Lens:
    """As the cell has it."""
    config = RIG.cameras[camera]
    return Lens("pinhole", cell.intrinsics(RIG, camera), np.zeros(0), (config.width, config.height))


def servo_scene(seed: int, offset_rad: float = 0.0) -> ServoScene:
    """One capture. `offset_rad`: 1-sigma of what each inner joint's zero is off by."""
    rng, way = np.random.default_rng(seed), np.load(Path(__file__).parent / "viperx_poses.npz")
    first = cell.layout(RIG).places[next(iter(RIG.followers))].base
    moments = sum(len(way[f"{arm}_{kind}"]) for arm in bases() for kind in ("laid", "held"))
    told = {arm: np.full((moments, 4, 4), np.nan) for arm in bases()}
    J_ee = {arm: np.full((moments, 6, 6), np.nan) for arm in bases()}
    sights: list[RigSight] = []
    boards: dict[str, RigBoard] = {}
    moment = 0
    for arm, base in bases().items():
        off = np.append(np.insert(rng.normal(0, offset_rad, 4), 0, 0.0), 0.0)
        held = inverse(MODEL.tool) @ cell.gripped_board(RIG, arm)
        for kind, on in (("laid", CELL), ("held", arm)):
            boards[f"{kind} {arm}"] = RigBoard(BOARD, on)
            for number, q in enumerate(way[f"{arm}_{kind}"]):
                true = q + rng.uniform(-_SWAY, _SWAY, 6)
                q = true + off + rng.uniform(-0.5, 0.5, 6) * COUNTS * COUNT_RAD
                told[arm][moment], J_ee[arm][moment] = MODEL.end_effector(q), hand_jacobian(MODEL, q[None])[0]
                hand = base @ MODEL.end_effector(true)
                board = inverse(first) @ way[f"{arm}_board"] if on == CELL else hand @ held
                looks = {"front": mounts()["front"]} if on == arm or number < _BESIDE else {}
                looks |= {f"wrist_{arm}": hand @ mounts()[f"wrist_{arm}"]} if on == CELL else {}
                for camera, T in looks.items():
                    seen = view(rng, f"{camera}{moment}", inverse(T) @ board, PIXEL, BOARD, lens(camera))
                    if len(seen.ids) >= len(BOARD.points()) // 2:
                        sights.append(RigSight(camera, f"{kind} {arm}", moment, seen))
                moment += 1
    cameras = {"front": RigCamera(lens("front"), "extrinsics")}
    cameras |= {f"wrist_{arm}": RigCamera(lens(f"wrist_{arm}"), "hand-eye", arm) for arm in bases()}
    return ServoScene(cameras, boards, sights, told, J_ee)
