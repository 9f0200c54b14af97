"""The far end of a mobile base's bus: its wheels on servos in velocity mode, and where they carry it.

The wheels do not slip, so the base's pose follows from their angles. The drawn cell does not move with it.
"""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hardware.bases.kinematics import WheelKinematics, integrate
from hardware.config import DynamixelBaseConfig, RigConfig
from hardware.samples import Vector, monotonic_ns
from hardware.virtual.dynamixel.bus import VirtualBus
from hardware.virtual.dynamixel.chain import ServoChain
from hardware.virtual.dynamixel.power import power_up
from hardware.virtual.dynamixel.servo_horn import Drive, Motion, Wheel
from hardware.virtual.truth import MotionLog, Told, TruthLog
from hardware.virtual.world import World


class BaseBody:
    """The base on its wheels, at rest at the origin at `t_ns`. `motion`: where its way is logged."""

    def __init__(self, config: DynamixelBaseConfig, t_ns: int, motion: MotionLog | None) -> None:
        self._kinematics = WheelKinematics(config.wheels, config.axes)
        self._signs = np.array([wheel.sign for wheel in config.wheels], np.float64)
        self._wheels = [Wheel(0.0, t_ns) for _ in config.wheels]
        self._t_ns, self._rolled = t_ns, np.zeros(len(config.wheels))
        self._motion, self._steps = motion, 0
        self.pose: Vector = np.zeros(3)
        """(3,) x, y m and heading rad on the ground, when last told anything."""

    def horns(self) -> list["Rolling"]:
        """Each wheel's horn, in the order of the configuration."""
        return [Rolling(wheel, self) for wheel in self._wheels]

    def advance(self, t_ns: int) -> None:
        """Move on to `t_ns`. Commands come so often that the way between two of them is an arc."""
        seconds = (t_ns - self._t_ns) * 1e-9
        if seconds <= 0:
            return
        motions = [wheel.at(t_ns) for wheel in self._wheels]
        rolled = self._signs * [motion.rad for motion in motions]
        self.pose = integrate(self.pose, self._kinematics.twist((rolled - self._rolled) / seconds), seconds)
        self._t_ns, self._rolled = t_ns, rolled
        if self._motion is not None:
            twist = np.nan_to_num(self._kinematics.twist(self._signs * [motion.rad_s for motion in motions]))
            self._motion.append(t_ns, self._steps, Told.NOTHING, twist, self.pose, twist)
        self._steps += 1


class Rolling:
    """A wheel's horn that carries the base."""

    def __init__(self, wheel: Wheel, body: BaseBody) -> None:
        self._wheel, self._body = wheel, body

    def drive(self, t_ns: int, drive: Drive) -> None:
        """The motor is told something else: first go as far as it took the base."""
        self._body.advance(t_ns)
        self._wheel.drive(t_ns, drive)

    def at(self, t_ns: int) -> Motion:
        """How it turns at a host instant."""
        return self._wheel.at(t_ns)


def serve_base(rig: RigConfig, base: str, world: World, ready: Callable[[str], None], stop: threading.Event) -> None:
    """Serve the bus of `base` until `stop` is set; `ready` gets the pty's path."""
    config, folder = rig.bases[base], world.config.truth_dir
    truth = TruthLog(Path(folder), f"bases/{base}") if folder else None
    motion = MotionLog(Path(folder), f"bases-{base}", 3) if folder else None
    body = BaseBody(config, monotonic_ns(), motion)
    servos = [
        power_up(world, f"bases/{base}", wheel.id, config.model, config.baud, horn)
        for wheel, horn in zip(config.wheels, body.horns(), strict=True)
    ]
    ids = [wheel.id for wheel in config.wheels]
    try:
        VirtualBus(base, ServoChain(servos), ids, world, truth, dead="base_dead").run(ready, stop)
    finally:
        if truth is not None and motion is not None:
            truth.close()
            motion.close()
