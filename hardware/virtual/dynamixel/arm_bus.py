"""The far end of a servo arm: its bus behind a pty, and the arm that its servos move.

Faults of the bus and its servos strike a follower by the name of its stream, `arms/<name>`.
"""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from hardware.arms.models import ArmModel, arm_model
from hardware.arms.servo_models import MODELS
from hardware.config import DynamixelFollowerConfig, RigConfig
from hardware.samples import Vector, monotonic_ns
from hardware.virtual.dynamixel.bus import VirtualBus
from hardware.virtual.dynamixel.chain import ServoChain
from hardware.virtual.dynamixel.power import power_up
from hardware.virtual.dynamixel.servo import Servo
from hardware.virtual.dynamixel.servo_arm import JointHorn, Mount, ServoArm
from hardware.virtual.fci.contact import Cell
from hardware.virtual.operator import Operator
from hardware.virtual.truth import MotionLog, Told, TruthLog
from hardware.virtual.world import FollowerState, World, seed_for

_OFFSET_RAD = 0.08  # of each joint from home at power-up, at most
_OVERLOAD = 5  # bit of Hardware Error Status(70)
_NO_GRIPPER = (0.0, 1.0, 0.08)


def mounts(config: DynamixelFollowerConfig) -> list[Mount]:
    """Motors of the joints in order, then of the gripper, then second motors; these face the first ones."""
    found = [
        Mount(joint, sign, offset, MODELS[model].motor)
        for joint, (sign, offset, model) in enumerate(zip(config.signs, config.offsets_rad, config.models, strict=True))
    ]
    joints = dict(zip(config.ids, found, strict=True))
    if config.gripper is not None:
        found.append(Mount(len(config.ids), 1, 0.0, MODELS[config.gripper.model].motor))
    faced = [joints[leads] for leads in config.shadows.values()]
    return [*found, *(Mount(m.joint, -m.sign, -m.offset_rad, m.motor) for m in faced)]


def _models(config: DynamixelFollowerConfig) -> list[tuple[int, str]]:
    """ID and servo model of every motor, in the order of `mounts`."""
    of = dict(zip(config.ids, config.models, strict=True))
    gripper = [] if config.gripper is None else [(config.gripper.id, config.gripper.model)]
    return [*of.items(), *gripper, *((id, of[leads]) for id, leads in config.shadows.items())]


class ArmBody:
    """The arm in the cell: its servos' watchdogs and overloads, its place in the world, its motion in the truth."""

    def __init__(self, follower: str, config: DynamixelFollowerConfig, world: World) -> None:
        rng = np.random.default_rng(seed_for(world.config, f"arms/{follower}"))
        model, now = arm_model(config.arm), monotonic_ns()
        q = self._start(model, rng)
        grip = config.gripper
        gripper = _NO_GRIPPER if grip is None else (grip.closed_rad, grip.open_rad, grip.max_width)
        self.arm = ServoArm(model, mounts(config), q, gripper, Cell(Operator(world, config.leader), now), now)
        self.servos = [
            power_up(world, f"arms/{follower}", id, name, config.baud, JointHorn(self.arm, index))
            for index, (id, name) in enumerate(_models(config))
        ]
        self._follower, self._world = follower, world
        folder = world.config.truth_dir
        self._log = MotionLog(Path(folder), follower, model.joints) if folder else None

    @staticmethod
    def _start(model: ArmModel, rng: np.random.Generator) -> Vector:
        return model.home + rng.uniform(-_OFFSET_RAD, _OFFSET_RAD, model.joints)

    def advance(self, t_ns: int) -> None:
        """The arm moves on, as its servos are told and as the world lets it."""
        arm = self.arm
        for servo in self.servos:
            servo.watch(t_ns)
        arm.blocked = self._world.fault("arm_blocked", self._follower, t_ns)
        for _ in range(arm.due(t_ns)):
            arm.step()
            self._note(arm)
            self._world.publish(self._follower, FollowerState(arm.t_ns, arm.joints, arm.width, arm.cube))
        for index in arm.overloaded:
            self.servos[index].fail(_OVERLOAD, t_ns)

    def close(self) -> None:
        """Write what is held of the truth."""
        if self._log is not None:
            self._log.close()

    def _note(self, arm: ServoArm) -> None:
        if self._log is not None:
            told = Told.POSITION if self._obeys(self.servos) else Told.NOTHING
            n = len(arm.joints)
            self._log.append(arm.t_ns, arm.t_ns // 1_000_000, told, arm.command, arm.joints, arm.dq[:n])

    @staticmethod
    def _obeys(servos: list[Servo]) -> bool:
        return servos[0].torque


def serve_arm(rig: RigConfig, follower: str, world: World, ready: Callable[[str], None], stop: threading.Event) -> None:
    """Serve the bus of a servo arm until `stop` is set; `ready` gets the pty's path."""
    config = rig.followers[follower]
    assert isinstance(config, DynamixelFollowerConfig)
    folder = world.config.truth_dir
    with ExitStack() as stack:
        body = ArmBody(follower, config, world)
        stack.callback(body.close)
        truth, own = None, dict[int, TruthLog]()
        if folder:
            truth = stack.enter_context(TruthLog(Path(folder), f"arms/{follower}"))
        if folder and config.gripper is not None:
            own[config.gripper.id] = stack.enter_context(TruthLog(Path(folder), f"grippers/{follower}"))
        chain = ServoChain(body.servos)
        VirtualBus(f"arms/{follower}", chain, config.ids, world, truth, own=own, body=body).run(ready, stop)
