"""The leader arm: Dynamixel X servos read together by Fast Sync Read, that may push the operator's hand."""

import struct
from contextlib import suppress

import numpy as np

from hardware.arms.adapter import latency_timer
from hardware.arms.control_table import (
    COUNTS_PER_TURN,
    PRESENT_TEMPERATURE,
    RAD_PER_COUNT,
    RAD_S_PER_UNIT,
    REALTIME_TICK,
    TICK_MODULUS,
    TICK_NS,
)
from hardware.arms.dynamixel_bus import DynamixelBus
from hardware.arms.dynamixel_currents import Currents
from hardware.clock.unwrap import Counters
from hardware.config import DynamixelLeaderConfig, GripConfig, ThumbstickConfig
from hardware.interfaces import DeviceError, DeviceLost, DeviceRefused
from hardware.samples import DeviceInfo, LeaderSample, Vector, monotonic_ns

# Realtime Tick(120), Moving to Present Current, Present Velocity(128), Present Position(132).
_BLOCK = struct.Struct("<H6xii")
_LOOK_NS = 1_000_000_000  # how often the temperature is read


class DynamixelLeader:
    """A GELLO-style leader on one serial bus. Satisfies LeaderArm.

    Opening checks every servo (answers, model, firmware, hardware error) and sets Return Delay Time to 0; with a
    `feel.mode` other than free the joints' servos then are in current mode with torque on.
    A servo's whole turns are lost with its power. `middle`: (n,) rad, of what each joint of the follower can do (0 by
    default): at the start each joint is taken to be within half a turn of it, since none goes further; from then on it
    is followed.
    Raises DeviceLost, DeviceTimeout or DeviceRefused, naming the servo.
    """

    def __init__(self, name: str, config: DynamixelLeaderConfig, middle: Vector | None = None) -> None:
        self._name, self._config = name, config
        self._ids = list(_models(config))[: len(_models(config)) - len(config.shadows)]
        self._signs = np.array(config.signs, float)
        self._offsets = np.array(config.offsets_rad)
        start = self._offsets if middle is None else self._offsets + self._signs * middle
        self._counts = np.round(start / RAD_PER_COUNT)
        self._ticks = Counters(TICK_MODULUS, TICK_NS)
        self._temperature, self._next_look_ns = float("nan"), 0
        self._currents: Currents | None = None
        self._bus = DynamixelBus(name, config.port, config.baud, config.retries, config.usb_out_us)
        try:
            self._firmware = self._bus.check(_models(config), config.shadows)
            if config.feel.mode != "free":
                self._currents = Currents(name, self._bus, config)
        except DeviceError:
            self._bus.close()
            raise

    @property
    def retries(self) -> int:
        """Reads that were tried again so far."""
        return self._bus.retries

    @property
    def temperature(self) -> float:
        """Of the hottest servo, deg C, read once a second; NaN before."""
        return self._temperature if self._currents is None else self._currents.temperature

    @property
    def feel_off(self) -> str:
        """Why all torque was ended, until the leader is opened again; empty while it is on or was never asked for."""
        return "" if self._currents is None else self._currents.ended

    def info(self) -> DeviceInfo:
        """Model, port, servo firmware and bus options."""
        config = self._config
        options = self._bus.options | {"ids": ",".join(map(str, self._ids)), "feel": config.feel.mode}
        if self._currents is not None:
            options["torque_nm"] = f"{self._currents.torque_nm:g}"
        if found := latency_timer(config.port):
            options["latency_timer_ms"] = f"{found[1]:g}"
        return DeviceInfo(self._name, "dynamixel", config.model, self._bus.adapter, self._firmware, options)

    def read(self) -> LeaderSample:
        """Read all servos now. Raises DeviceTimeout after the configured retries, DeviceLost."""
        n, currents = len(self._config.ids), self._currents
        if currents is not None:
            currents.before_read()
        reading = self._bus.read_state(self._ids, REALTIME_TICK, _BLOCK.size, n)
        ticks, velocities, positions = zip(*(_BLOCK.unpack_from(block) for block in reading.blocks), strict=True)
        raw = np.array(positions[:n], float)
        self._counts = raw + COUNTS_PER_TURN * np.round((self._counts - raw) / COUNTS_PER_TURN)
        q: Vector = self._signs * (self._counts * RAD_PER_COUNT - self._offsets)
        dq: Vector = self._signs * np.array(velocities[:n]) * RAD_S_PER_UNIT
        servo_ticks = self._ticks.unwrap(np.array(ticks[:n], np.int64), reading.t_ns)
        grip, stick = self._aside([count * RAD_PER_COUNT for count in positions[n:]])
        stamp = reading.stamp(int(servo_ticks[0]))
        tau = None if currents is None else currents.tau
        self._look()
        return LeaderSample(
            self._name, stamp, reading.t_lo_ns, reading.t_hi_ns, q, dq, grip, servo_ticks, stick, tau
        )  # fmt: skip

    def feel(self, tau: Vector) -> None:
        """Torque (n,) Nm to the operator's hand, positive as the follower's q. Raises DeviceLost, DeviceRefused."""
        if self._currents is None:
            raise DeviceRefused(self._name, "it was opened without torque; set feel.mode to spring or gravity")
        self._currents.give(tau)

    def close(self) -> None:
        """Torque off, port released."""
        currents, self._currents = self._currents, None
        if currents is not None:
            with suppress(DeviceLost):
                currents.close()
        self._bus.close()

    def _aside(self, angles: list[float]) -> tuple[float | None, Vector | None]:
        """Grip and thumbstick from the angles (rad) of the servos behind the joints."""
        grip, stick = self._config.grip, self._config.thumbstick
        return (
            None if grip is None else _closed(grip, angles[0]),
            None if stick is None else _deflection(stick, np.array(angles[-2:])),
        )

    def _look(self) -> None:
        if self._currents is not None:
            self._currents.look()
        elif monotonic_ns() >= self._next_look_ns:
            self._next_look_ns = monotonic_ns() + _LOOK_NS
            if found := self._bus.peek(self._ids, PRESENT_TEMPERATURE, 1):
                self._temperature = float(max(block[0] for block in found))


def _models(config: DynamixelLeaderConfig) -> dict[int, str]:
    """Model of every servo by ID: joints, grip, thumbstick, and last the shadows, which are never read."""
    models = dict.fromkeys(config.ids, config.model)
    if config.grip is not None:
        models[config.grip.id] = config.grip.model or config.model
    if config.thumbstick is not None:
        models |= dict.fromkeys(config.thumbstick.ids, config.thumbstick.model or config.model)
    return {**models, **dict.fromkeys(config.shadows, config.model)}


def _closed(config: GripConfig, angle: float) -> float:
    """Trigger angle (rad, any turn) as 0 open .. 1 closed."""
    middle = (config.open_rad + config.closed_rad) / 2
    angle += 2 * np.pi * round((middle - angle) / (2 * np.pi))
    return min(max((angle - config.open_rad) / (config.closed_rad - config.open_rad), 0.0), 1.0)


def _deflection(config: ThumbstickConfig, angles: Vector) -> Vector:
    """Stick angles (2,) (rad, any turn) as -1..1; 0 within the deadband, and rising from 0 at its edge."""
    off = angles - np.array(config.center_rad)
    off -= 2 * np.pi * np.round(off / (2 * np.pi))
    share = np.clip(off / np.array(config.range_rad), -1.0, 1.0)
    beyond = np.maximum(np.abs(share) - config.deadband, 0.0)
    return np.sign(share) * beyond / max(1.0 - config.deadband, 1e-9)
