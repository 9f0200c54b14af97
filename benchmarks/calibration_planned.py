"""Scripted hand-eye poses on the virtual rig's own pictures: as near as the board fills them, or about as far as it is.

`python -m benchmarks.calibration_planned [--seeds 10]`; exit 1 where nearer is not better.
"""

import argparse
import sys

import numpy as np

from benchmarks.calibration_rendered import photographed, rig
from calibration.board import BOARDS
from calibration.detect import Unseen, detect
from calibration.lens import Lens
from calibration.mounting import solve_mount
from calibration.poses import apart, inverse
from calibration.reach import Room, first_moves, plan_poses
from calibration.view import View
from hardware.arms.models import arm_model
from hardware.samples import Vector
from hardware.virtual.cell_truth import cell_truth
from hardware.virtual.scene import Scene
from hardware.virtual.world import FollowerState
from tests.calibration.synthetic_mounts import Case, disturbed

ARM = arm_model("fr3")
CASES = {"robot as good as the virtual one": Case(robot_m=1e-5, robot_rad=2e-5), "robot 0.3 mm / 0.05 deg": Case()}


def captured(seed: int, case: Case, *, nearest: bool) -> Vector:
    """Hold-out mm and deg, true error mm and deg, and the board's median distance, m."""
    config, _, _ = rig()
    truth, scene, rng = cell_truth(config), Scene(config, "wrist"), np.random.default_rng(seed)
    board, camera = BOARDS.validate_python(truth["boards"]["table"]), config.cameras["wrist"]
    lens = Lens("pinhole", np.array(truth["cameras"]["wrist"]["K"]), np.zeros(0), (camera.width, camera.height))
    T_ee_camera, lies = (np.array(truth["cameras"]["wrist"]["T_ee_camera"]["right"]), truth["T_base_board"]["right"])
    stands = ARM.home + rng.uniform(-0.08, 0.08, 7)
    room = Room(nearest=nearest)
    way = [*first_moves(ARM, stands), *plan_poses(ARM, stands, T_ee_camera, np.array(lies), board, lens, 20, room)]
    views: list[View] = []
    hands: list[Vector] = []
    for number, q in enumerate(way):
        sharp = np.empty((lens.size[1], lens.size[0], 3), np.uint8)
        scene.render(sharp, None, {"right": FollowerState(0, q, 0.08, np.array([0.2, 0.5, 0.02]))}, 0.0, None)
        seen = detect(photographed(sharp, rng), board, f"{number}")
        if not isinstance(seen, Unseen):
            views.append(seen)
            hands.append(ARM.end_effector(q))
    poses = np.stack(hands)
    found = solve_mount(
        "hand-eye", views, disturbed(rng, poses, case), lens, board, camera="wrist", arm="right", intrinsics_uuid=""
    )
    metres, radians = apart(np.array(found.T), T_ee_camera)
    boards = inverse(poses @ T_ee_camera) @ np.array(lies)
    far = np.linalg.norm((boards @ np.append(board.points().mean(axis=0), 1.0))[:, :3], axis=1)
    return np.array([found.holdout_mm, found.holdout_deg, 1e3 * metres, np.degrees(radians), np.median(far)])


def main() -> int:
    """Print medians of both; 1 where nearer is not better."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    seeds = range(parser.parse_args().seeds)
    worse = False
    for name, case in CASES.items():
        both = [np.median([captured(s, case, nearest=near) for s in seeds], axis=0) for near in (False, True)]
        for how, told in zip(("about as far as it is", "as near as it fills"), both, strict=True):
            print(f"{name}, {how}: hold-out {told[0]:.3f} mm / {told[1]:.3f} deg,", end=" ")
            print(f"true error {told[2]:.3f} mm / {told[3]:.3f} deg, at {told[4]:.2f} m")
        worse |= bool(both[1][1] > both[0][1])
    return int(worse)


if __name__ == "__main__":
    sys.exit(main())
