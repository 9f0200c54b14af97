"""Planned poses at full speed against the FR3's position-dependent velocity limits, in virtual time.

Each set is planned about another pose of the arm, led through teleoperation's gates and limits, and followed by the
virtual robot's joints under our joint impedance. With `--silent-ms` the robot's connection and what leads fall silent
at random, for an exponential time of this mean, as on a machine that other work keeps busy; the robot holds its last
torque meanwhile, and brakes after 20 ms as the virtual one does. Exit 1 where a limit is passed.

`python -m benchmarks.calibration_motion [--sets 100] [--poses 6] [--silent-ms 0]`
"""

import argparse
import sys
from dataclasses import dataclass

import numpy as np

from calibration.board import CharucoBoard
from calibration.errors import CalibrationError
from calibration.lens import Lens
from calibration.poses import from_twist, inverse
from calibration.reach import plan_board_poses, plan_poses
from collector.playback import PosesOrder, poses_track
from collector.processes.replay import Player
from collector.teleop.engage import State
from collector.teleop.reference import Teleop
from hardware.arms.franka_control import within_limits
from hardware.arms.franka_gains import FIRM
from hardware.arms.limits import velocity_bounds
from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.samples import Vector
from hardware.virtual.fci.dynamics import Joints
from tests.episodes import rig_config

MS = 1_000_000
START_NS = 10**12
MODEL = arm_model("fr3")
BOARD = CharucoBoard(columns=6, rows=4, square_m=0.06, marker_m=0.042, dictionary="DICT_4X4_50")
LENS = Lens("pinhole", np.array([[430.0, 0, 320], [0, 430, 240], [0, 0, 1]]), np.zeros(0), (640, 480))
T_EE_CAMERA = from_twist(np.array([0.07, 0.0, -0.10, 0.0, 0.0, np.pi / 2]))
PATIENT = {"success_rate": 0.05, "hold_ms": 2000, "fault_ms": 4000}
SILENT_MS = 20  # then a real robot has stopped itself and a patient virtual one brakes
EVERY_MS = 700  # between silences
OVER = 0.1  # rad/s of measured velocity above the limit: joint_velocity_violation, hardware/virtual/fci/robot.py
LONGEST_MS = 400_000


@dataclass(slots=True)
class Worst:
    """Of one set. share: of the limit where the joint is, of what was sent. room: of the measured velocity, rad/s."""

    poses: int
    seconds: float = 0.0
    share: float = 0.0
    room: float = np.inf
    end_rad: float = np.inf


def planned(seed: int, count: int) -> tuple[Vector, list[Vector]]:
    """Where the arm stands and its poses: for a camera on the hand, and, every other set, for one in the cell."""
    rng = np.random.default_rng(seed)
    middle = BOARD.points().mean(axis=0)
    while True:
        q = MODEL.home + rng.uniform(-0.4, 0.4, 7)
        hand = MODEL.end_effector(q)
        lean, ahead = rng.uniform(-0.3, 0.3, 3), rng.uniform(0.4, 0.6)
        try:
            if seed % 2:
                held = from_twist(np.array([0.0, 0.0, 0.05, np.pi, 0.0, 0.0]))
                held[:3, 3] -= held[:3, :3] @ middle
                camera = hand @ held @ inverse(from_twist(np.array([-0.15, -0.1, ahead + 0.4, *lean])))
                return q, plan_board_poses(MODEL, q, camera, held, BOARD, LENS, count)
            seen = from_twist(np.array([0.0, 0.0, ahead, *lean]))
            seen[:3, 3] -= seen[:3, :3] @ middle
            return q, plan_poses(MODEL, q, T_EE_CAMERA, hand @ T_EE_CAMERA @ seen, BOARD, LENS, count)
        except CalibrationError:
            continue  # too little is within reach from there


def driven(seed: int, count: int, silent_ms: float) -> Worst:
    """One set, from where the arm stands to rest at its last pose, or to the first violation."""
    rng = np.random.default_rng(1000 + seed)
    rig = RigConfig.model_validate(rig_config(("front",)) | {"teleop": PATIENT})
    stands, goals = planned(seed, count)
    order = PosesOrder(poses={"right": tuple(tuple(map(float, q)) for q in goals)}, rest_s=0.1, speed=1.0)
    player = Player(poses_track(order, rig, "right", stands), order, "right")
    teleop = Teleop(rig.teleop, MODEL, 5 * MS, stands, 0.08, MS)
    arm, tau, worst = Joints(stands, 15.0), np.zeros(7), Worst(len(goals))
    leads_at = answers_at = quiet = rests = 0
    follows = False
    for ms in range(LONGEST_MS):
        now = START_NS + ms * MS
        if silent_ms and ms >= answers_at and rng.random() < 1 / EVERY_MS:
            answers_at = ms + int(rng.exponential(silent_ms))
        if silent_ms and ms >= leads_at and rng.random() < 1 / EVERY_MS:
            leads_at = ms + int(rng.exponential(2 * silent_ms))
        if ms % 5 == 0 and ms >= leads_at:
            teleop.on_leader(player.sample(now))
        if ms % 100 == 0:
            teleop.heartbeat(now)
        quiet = 0 if ms >= answers_at else quiet + 1
        if not quiet:
            sent = teleop.update(now, arm.q, arm.dq, 1.0, None)
            if sent.state is State.FOLLOW and not follows:
                player.obey("play", {"t0_ns": now}, now)
            elif sent.state is State.HOLD:  # after a long silence: it goes on from there, as the procedure does
                player.obey("release", {}, now)
                teleop.request("release")
            elif sent.state is State.IDLE and ms % 50 == 0:
                teleop.request("approach")
            follows = sent.state is State.FOLLOW
            gains = FIRM if sent.stiffness == 1.0 else FIRM.share(sent.stiffness)
            tau = within_limits(gains.stiffness * (sent.q - arm.q) + gains.damping * (sent.dq - arm.dq), tau)
            lower, upper = velocity_bounds(sent.q)
            worst.share = max(worst.share, float(np.max(np.maximum(sent.dq / upper, sent.dq / lower))))
        arm.brake(np.zeros(7)) if quiet > SILENT_MS else arm.apply(tau, np.zeros(7))
        lower, upper = velocity_bounds(arm.q)
        worst.room = min(worst.room, float(np.min(np.minimum(upper - arm.dq, arm.dq - lower))))
        worst.seconds = ms * 1e-3
        rests = rests + 1 if follows and player.status()["replay"]["state"] == "done" else 0
        if rests > 300 or worst.room < -OVER:
            break
    worst.end_rad = float(np.abs(arm.q - goals[-1]).max())
    return worst


def main() -> int:
    """Print the worst of all sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--poses", type=int, default=6)
    parser.add_argument("--silent-ms", type=float, default=0.0)
    asked = parser.parse_args()
    all_of = [driven(seed, asked.poses, asked.silent_ms) for seed in range(asked.sets)]
    share, room = max(one.share for one in all_of), min(one.room for one in all_of)
    print(f"{len(all_of)} sets, {sum(one.poses for one in all_of)} poses, {sum(one.seconds for one in all_of):.0f} s")
    print(f"sent: at most {100 * share:.1f} % of the velocity limit where the joint is")
    print(f"measured: {room:.2f} rad/s below the limit at least; passed in {sum(one.room < 0 for one in all_of)} sets")
    print(f"at the end {1e3 * max(one.end_rad for one in all_of):.2f} mrad off at most")
    return int(share > 1.0 or room < 0.0)


if __name__ == "__main__":
    sys.exit(main())
