"""A mobile base of Dynamixel X servos in velocity mode on one serial bus."""

import struct
from math import ceil

import numpy as np

from hardware.arms.control_table import (
    BUS_WATCHDOG,
    GOAL_VELOCITY,
    HARDWARE_ERROR_STATUS,
    OPERATING_MODE,
    RAD_PER_COUNT,
    RAD_S_PER_UNIT,
    REALTIME_TICK,
    TICK_MODULUS,
    TICK_NS,
    TORQUE_ENABLE,
    VELOCITY_LIMIT,
    VELOCITY_MODE,
    WATCHDOG_REFLEX,
    WATCHDOG_TRIPPED,
)
from hardware.arms.dynamixel_bus import DynamixelBus, Reading, hardware_errors
from hardware.bases.kinematics import WheelKinematics, fastest
from hardware.clock.unwrap import Counters
from hardware.config import DynamixelBaseConfig
from hardware.interfaces import DeviceError, DeviceRefused, ReflexError
from hardware.samples import BaseSample, DeviceInfo, Vector, monotonic_ns

_WATCHDOG_MS = 20  # unit of Bus Watchdog(98)
# Realtime Tick(120), Moving to Present Current, Present Velocity(128), Present Position(132).
_BLOCK = struct.Struct("<H6xii")
_HEALTH = BUS_WATCHDOG - HARDWARE_ERROR_STATUS + 1
_HEALTH_EVERY = 10  # reads


class DynamixelBase:
    """Wheels under the robot. Satisfies MobileBase.

    Opening checks every servo and sets velocity mode; the wheels stay without torque until the first command. From
    then on the servos' own watchdog stops them `watchdog_ms` after the last instruction; `read` tells it as a
    ReflexError named WATCHDOG_REFLEX, once, and the next command starts them again. A hardware error is a ReflexError
    with its own name. Raises DeviceLost, DeviceTimeout or DeviceRefused, naming the servo.
    """

    def __init__(self, name: str, config: DynamixelBaseConfig) -> None:
        self._name, self._config = name, config
        self._ids = [wheel.id for wheel in config.wheels]
        self._signs = np.array([wheel.sign for wheel in config.wheels], np.float64)
        try:
            self._kinematics = WheelKinematics(config.wheels, config.axes)
        except ValueError as error:
            raise DeviceRefused(name, str(error)) from error
        self._counts: tuple[list[int], list[int]] | None = None  # at the last read, and gone since the first
        self._ticks = Counters(TICK_MODULUS, TICK_NS)
        self._reads, self._heard_ns, self._driven = 0, 0, False
        self._bus = DynamixelBus(name, config.port, config.baud, config.retries, config.usb_out_us)
        try:
            self._firmware = self._bus.check(dict.fromkeys(self._ids, config.model))
            self._prepare()
        except DeviceError:
            self._bus.close()
            raise

    @property
    def retries(self) -> int:
        """Reads that were tried again so far."""
        return self._bus.retries

    def info(self) -> DeviceInfo:
        """Model, port, servo firmware and bus options."""
        options = {
            **self._bus.options,
            "ids": ",".join(map(str, self._ids)),
            "axes": ",".join(self._config.axes),
            "watchdog_ms": str(self._watchdog * _WATCHDOG_MS),
        }
        return DeviceInfo(self._name, "dynamixel", self._config.model, self._bus.adapter, self._firmware, options)

    def read(self) -> BaseSample:
        """The wheels now. Raises DeviceTimeout after the configured retries, DeviceLost, ReflexError."""
        self._look_after_health()
        reading = self._bus.read_state(self._ids, REALTIME_TICK, _BLOCK.size)
        self._reads, self._heard_ns = self._reads + 1, monotonic_ns()
        return self._sample(reading)

    def command(self, twist: Vector) -> None:
        """Velocity (3,) until the next one or the watchdog. Raises DeviceLost, DeviceRefused."""
        if not np.isfinite(twist[self._kinematics.axes]).all():
            raise DeviceRefused(self._name, f"a velocity must be finite in {', '.join(self._config.axes)}: {twist}")
        if not self._driven:
            self._take_control()
        self._tell(self._kinematics.wheel_speeds(twist))

    def stop(self) -> None:
        """Wheels at rest, torque off."""
        self._tell(np.zeros(len(self._ids)))
        for id in self._ids:
            self._bus.write(id, BUS_WATCHDOG, 0)
            self._bus.write(id, TORQUE_ENABLE, 0)
        self._driven = False

    def close(self) -> None:
        """Release the port. The watchdog stops wheels that still turn."""
        self._bus.close()

    # -- opening -----------------------------------------------------------------------------------

    def _prepare(self) -> None:
        for wheel, needed in zip(self._config.wheels, fastest(self._config), strict=True):
            self._bus.write(wheel.id, TORQUE_ENABLE, 0)
            self._bus.configure(wheel.id, OPERATING_MODE, VELOCITY_MODE)
            allowed = self._bus.read(wheel.id, VELOCITY_LIMIT) * RAD_S_PER_UNIT
            if needed > allowed:
                raise DeviceRefused(
                    self._name,
                    f"at full speed and turn wheel {wheel.id} must run at {needed:.2f} rad/s, its Velocity Limit(44)"
                    f" is {allowed:.2f}; lower `speed` or `turn`",
                )

    @property
    def _watchdog(self) -> int:
        return ceil(self._config.watchdog_ms / _WATCHDOG_MS)

    def _take_control(self) -> None:
        """From rest: goals are locked while the watchdog's error stands, and 0 clears it."""
        for id in self._ids:
            self._bus.write(id, BUS_WATCHDOG, 0)
            self._bus.write(id, GOAL_VELOCITY, 0)
            self._bus.write(id, TORQUE_ENABLE, 1)
        for id in self._ids:
            self._bus.write(id, BUS_WATCHDOG, self._watchdog)
        self._driven = True

    def _tell(self, speeds: Vector) -> None:
        units = np.rint(self._signs * speeds / RAD_S_PER_UNIT).astype(np.int64).tolist()
        goals = {id: unit.to_bytes(4, "little", signed=True) for id, unit in zip(self._ids, units, strict=True)}
        self._bus.sync_write(GOAL_VELOCITY, goals)
        self._heard_ns = monotonic_ns()

    # -- reading -----------------------------------------------------------------------------------

    def _look_after_health(self) -> None:
        """Hardware errors and the watchdog, now and then, and whenever the watchdog may have struck."""
        silent_ms = (monotonic_ns() - self._heard_ns) * 1e-6
        if self._reads % _HEALTH_EVERY and silent_ms < self._config.watchdog_ms / 2:
            return
        blocks = self._bus.peek(self._ids, HARDWARE_ERROR_STATUS, _HEALTH)
        if blocks is None:  # late or damaged; the read that follows says whether the bus is dead
            return
        for id, block in zip(self._ids, blocks, strict=True):
            if block[0]:
                errors = hardware_errors(block[0])
                raise ReflexError(self._name, errors, f"wheel {id} stopped: {errors}; remove its cause and repower it")
            if self._driven and block[_HEALTH - 1] == WATCHDOG_TRIPPED:
                self._driven = False
                raise ReflexError(
                    self._name,
                    WATCHDOG_REFLEX,
                    f"wheel {id} stopped itself: no instruction for {self._watchdog * _WATCHDOG_MS} ms;"
                    " free the CPU or check the USB cable",
                )

    def _sample(self, reading: Reading) -> BaseSample:
        ticks, velocities, counts = zip(*(_BLOCK.unpack_from(block) for block in reading.blocks), strict=True)
        speeds = self._signs * np.array(velocities) * RAD_S_PER_UNIT
        return BaseSample(
            base=self._name,
            stamp=reading.stamp(int(self._ticks.unwrap(np.array(ticks[:1], np.int64), reading.t_ns)[0])),
            t_lo_ns=reading.t_lo_ns,
            t_hi_ns=reading.t_hi_ns,
            twist=self._kinematics.twist(speeds),
            wheels=self._signs * np.array(self._gone(list(counts))) * RAD_PER_COUNT,
            wheel_speeds=speeds,
        )

    def _gone(self, counts: list[int]) -> list[int]:
        """Counts since the first read; the register wraps at 32 bits, which a wheel never passes half of between."""
        before, gone = self._counts or (counts, [0] * len(counts))
        half = 1 << 31
        gone = [g + (now - was + half) % (2 * half) - half for g, was, now in zip(gone, before, counts, strict=True)]
        self._counts = counts, gone
        return gone
