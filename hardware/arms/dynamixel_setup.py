"""Servos of a follower arm made ready: what their EEPROM must say, and torque that never makes them jump.

A servo that already holds the arm is never told to let go: if its EEPROM must change first, that is refused.
"""

import time
from typing import Final

import numpy as np

from hardware.arms.control_table import (
    BUS_WATCHDOG,
    COUNTS_PER_TURN,
    CURRENT_LIMIT,
    CURRENT_POSITION_MODE,
    DRIVE_MODE,
    EXTENDED_POSITION_MODE,
    GOAL_CURRENT,
    GOAL_POSITION,
    HARDWARE_ERROR_STATUS,
    HOMING_OFFSET,
    MAX_POSITION_LIMIT,
    MIN_POSITION_LIMIT,
    NO_SECONDARY_ID,
    OPERATING_MODE,
    POSITION_D_GAIN,
    POSITION_I_GAIN,
    POSITION_MODE,
    POSITION_P_GAIN,
    PRESENT_POSITION,
    PROFILE_ACCELERATION,
    PROFILE_VELOCITY,
    REVERSE_MODE,
    SECONDARY_ID,
    TORQUE_ENABLE,
    WATCHDOG_REFLEX,
    WATCHDOG_TRIPPED,
)
from hardware.arms.dynamixel_bus import DynamixelBus, hardware_errors
from hardware.arms.dynamixel_joints import Counts, Joints, turned, within
from hardware.arms.servo_models import MODELS
from hardware.config import DynamixelFollowerConfig, ServoGripperConfig
from hardware.interfaces import DeviceRefused, DeviceTimeout, ReflexError

_TWINS_COUNTS: Final = 40  # 3.5 deg: further apart, two servos of a joint work against each other
_BOOT_S: Final = 3.0  # most that a servo is waited for after a reboot


class ServoSetup:
    """The servos of one arm on an open bus; `config` names them."""

    def __init__(self, name: str, bus: DynamixelBus, config: DynamixelFollowerConfig) -> None:
        self._name, self._bus, self._config = name, bus, config
        self._grip = config.gripper

    def models(self) -> dict[int, str]:
        """ID -> model of every servo: joints, gripper, second servos."""
        models: dict[int, str] = dict(zip(self._config.ids, self._config.models, strict=True))
        if self._grip is not None:
            models[self._grip.id] = self._grip.model
        return models | {id: models[leads] for id, leads in self._config.shadows.items()}

    def configure(self, joints: Joints) -> Joints:
        """The EEPROM as it must be, and the joints with the servos' own limits. Raises DeviceRefused."""
        config = self._config
        modes = dict(zip(config.ids, joints.modes, strict=True))
        for id, mode in modes.items():
            self._set(id, OPERATING_MODE, mode)
            if mode == EXTENDED_POSITION_MODE and (homing := self._bus.read(id, HOMING_OFFSET)):
                # DynamixelSDK issue 584: there a watchdog that trips drives the servo away instead of stopping it.
                raise DeviceRefused(
                    self._name,
                    f"servo {id} turns more than once and has Homing Offset {homing}, with which its watchdog is not"
                    " safe; set it to 0 with DYNAMIXEL Wizard and correct offsets_rad",
                )
        for id, leads in config.shadows.items():
            self._set(id, OPERATING_MODE, modes[leads])
            self._set(id, SECONDARY_ID, leads)
            faces = self._bus.read(leads, DRIVE_MODE) ^ REVERSE_MODE  # the two look at each other
            self._set(id, DRIVE_MODE, self._bus.read(id, DRIVE_MODE) & ~REVERSE_MODE | faces & REVERSE_MODE)
            self._check_twins(id, leads, modes[leads])
        if self._grip is not None:
            self._configure_gripper(self._grip.id, self._grip.model)
        low = np.array([self._bus.read(id, MIN_POSITION_LIMIT) for id in config.ids])
        high = np.array([self._bus.read(id, MAX_POSITION_LIMIT) for id in config.ids])
        return turned(within(joints, low, high), self._positions())

    def start(self, joints: Joints, watchdog: int) -> Joints:
        """Torque on, each servo told first to be where it is; the joints with their turns.

        watchdog: in units of 20 ms. Raises ReflexError, DeviceRefused.
        """
        bus, config = self._bus, self._config
        self.raise_errors()
        leaders = [*config.ids, *([] if self._grip is None else [self._grip.id])]
        for id in self.models():
            bus.write(id, BUS_WATCHDOG, 0)  # clears one that has tripped, too
            bus.write(id, PROFILE_ACCELERATION, 0)  # the reference is limited already
            bus.write(id, PROFILE_VELOCITY, 0)
        self._check_inside(joints, self._positions())
        if self._grip is not None:  # what a watchdog or a reboot has changed
            bus.write(self._grip.id, GOAL_CURRENT, _grip_current(self._grip))
        p, i, d = config.position_gains
        for id in (*config.ids, *config.shadows):
            for address, value in ((POSITION_P_GAIN, p), (POSITION_I_GAIN, i), (POSITION_D_GAIN, d)):
                bus.write(id, address, value)
        for id in leaders:
            self._hold(id, [shadow for shadow, leads in config.shadows.items() if leads == id])
        for id in self.models():
            bus.write(id, BUS_WATCHDOG, watchdog)
        return turned(joints, self._positions())

    def stop(self) -> None:
        """The servos hold what they were told last, however long nobody speaks to them."""
        for id in self.models():
            self._bus.write(id, BUS_WATCHDOG, 0)

    def recover(self) -> None:
        """Reboot the servos that report a hardware error: each drops its torque. Raises DeviceTimeout."""
        for id in self.models():
            if self._bus.read(id, HARDWARE_ERROR_STATUS):
                self._bus.reboot(id)
                self._await(id)

    def raise_errors(self) -> None:
        """Raises ReflexError, named as the servo names its hardware error, if one has any."""
        for id in self.models():
            if bits := self._bus.read(id, HARDWARE_ERROR_STATUS):
                names = hardware_errors(bits)
                raise ReflexError(
                    self._name,
                    names.replace(" ", "_").replace(",_", ","),
                    f"servo {id} has switched itself off ({names}); hold the arm, remove the cause, then reset:"
                    " the servo is rebooted",
                )

    def raise_stopped(self) -> bool:
        """Raises ReflexError, WATCHDOG_REFLEX, if a servo heard nothing for too long; False if that is not known."""
        blocks = self._bus.peek(self.models(), BUS_WATCHDOG, 1)
        for id, block in zip(self.models(), blocks or (), strict=False):
            if block[0] == WATCHDOG_TRIPPED:
                raise ReflexError(
                    self._name,
                    WATCHDOG_REFLEX,
                    f"servo {id} stopped and holds: this computer sent nothing for too long; free its CPU, then reset",
                )
        return blocks is not None

    def _await(self, id: int) -> None:
        until = time.monotonic() + _BOOT_S
        while True:
            try:
                self._bus.read(id, TORQUE_ENABLE)
                return
            except DeviceTimeout:
                if time.monotonic() > until:
                    raise

    def _hold(self, id: int, shadows: list[int]) -> None:
        """One joint. A servo that holds already keeps its goal, or the arm would sag a little at each start."""
        bus = self._bus
        if all(bus.read(of, TORQUE_ENABLE) for of in (id, *shadows)):
            return
        # One goal for all of a joint: what the first one reads, in single-turn mode as it will read with torque on.
        here = bus.read(id, PRESENT_POSITION)
        if bus.read(id, OPERATING_MODE) not in (EXTENDED_POSITION_MODE, CURRENT_POSITION_MODE):
            here %= COUNTS_PER_TURN
        for of in (id, *shadows):
            bus.write(of, GOAL_POSITION, here)
            if (goal := bus.read(of, GOAL_POSITION)) != here:
                raise DeviceRefused(
                    self._name,
                    f"servo {of} keeps goal {goal} instead of its position {here};"
                    " its torque stays off, check its position limits with DYNAMIXEL Wizard",
                )
        for of in (id, *shadows):
            bus.write(of, TORQUE_ENABLE, 1)

    def _positions(self) -> Counts:
        return np.array([self._bus.read(id, PRESENT_POSITION) for id in self._config.ids], np.int64)

    def _check_inside(self, joints: Joints, counts: Counts) -> None:
        joints = turned(joints, counts)
        q = joints.q(counts.astype(np.float64))
        for i, (at, low, high) in enumerate(zip(counts - joints.turns, joints.low, joints.high, strict=True)):
            if not low - 1 <= at <= high + 1:
                raise DeviceRefused(
                    self._name,
                    f"joint {i + 1} (servo {self._config.ids[i]}) stands at {q[i]:.2f} rad, outside its limits;"
                    " move the arm inside by hand, or correct signs and offsets_rad",
                )

    def _check_twins(self, id: int, leads: int, mode: int) -> None:
        apart = self._bus.read(id, PRESENT_POSITION) - self._bus.read(leads, PRESENT_POSITION)
        if mode == POSITION_MODE:  # which turn they are in does not matter
            apart = (apart + COUNTS_PER_TURN // 2) % COUNTS_PER_TURN - COUNTS_PER_TURN // 2
        if abs(apart) > _TWINS_COUNTS:
            right = self._bus.read(id, HOMING_OFFSET) - apart
            raise DeviceRefused(
                self._name,
                f"servos {leads} and {id} of one joint read {abs(apart)} counts apart and would work against each"
                f" other; set Homing Offset of servo {id} to {right} with DYNAMIXEL Wizard",
            )

    def _configure_gripper(self, id: int, model: str) -> None:
        unit = MODELS[model].motor.current_unit
        if unit != unit or self._grip is None:
            raise DeviceRefused(
                self._name, f"gripper {id}: an {model} measures no current and cannot grasp gently; use an xm430-w350"
            )
        self._set(id, OPERATING_MODE, CURRENT_POSITION_MODE)
        self._set(id, SECONDARY_ID, NO_SECONDARY_ID)
        if _grip_current(self._grip) > (limit := self._bus.read(id, CURRENT_LIMIT)):
            raise DeviceRefused(
                self._name, f"gripper {id}: current_ma is over the servo's Current Limit of {limit * unit * 1e3:.0f} mA"
            )

    def _set(self, id: int, address: int, value: int) -> None:
        """A register of the EEPROM, only where it differs: it wears out, and is locked while the servo has torque."""
        if (has := self._bus.read(id, address)) == value:
            return
        if self._bus.read(id, TORQUE_ENABLE):
            raise DeviceRefused(
                self._name,
                f"servo {id} holds the arm, and its register {address} must change from {has} to {value} first;"
                " support the arm, switch its power off and on, then try again",
            )
        self._bus.configure(id, address, value)


def _grip_current(grip: ServoGripperConfig) -> int:
    """Goal Current(102) that grasps as gently as the rig file says."""
    return round(grip.current_ma * 1e-3 / MODELS[grip.model].motor.current_unit)
