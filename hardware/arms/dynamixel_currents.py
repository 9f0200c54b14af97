"""Torque of a leader's joints: Dynamixel servos in current mode, watched.

A torque is positive as the follower's q, so the servo's is that times the joint's sign. It ends by itself: the
Bus Watchdog drops the current of a host that is silent, heat and a servo that lost its torque end all of it.
"""

import math
import struct

import numpy as np

from hardware.arms.control_table import (
    BUS_WATCHDOG,
    CURRENT_LIMIT,
    CURRENT_MODE,
    GOAL_CURRENT,
    HARDWARE_ERROR_STATUS,
    OPERATING_MODE,
    PRESENT_TEMPERATURE,
    TORQUE_ENABLE,
    WATCHDOG_TRIPPED,
    WATCHDOG_UNIT_NS,
)
from hardware.arms.dynamixel_bus import DynamixelBus, hardware_errors
from hardware.arms.servo_models import MODELS
from hardware.config import DynamixelLeaderConfig
from hardware.interfaces import DeviceRefused
from hardware.samples import Vector, monotonic_ns

WATCHDOG_UNITS = 5  # 100 ms
_WATCHDOG_NS = WATCHDOG_UNITS * WATCHDOG_UNIT_NS
_RAMP_NS = 500_000_000  # from armed to full torque: no hand is startled
_LOOK_NS = 330_000_000  # temperature, torque and watchdog are looked at in turn, each once a second
_CLOSE_TRIES = 3
_CURRENT = struct.Struct("<h")

# Goal Current of one Nm in the register's own unit, from GELLO's driver (gello/dynamixel/driver.py); the stall figures
# serve for the other models.
_RAW_PER_NM = {"xc330-t288": 1158.73, "xm430-w210": 371.7}


class Currents:
    """The joints' servos, in current mode and with torque on from construction, until `close` or what `ended` says.

    Raises DeviceRefused for a model without current mode.
    """

    def __init__(self, name: str, bus: DynamixelBus, config: DynamixelLeaderConfig) -> None:
        motor = MODELS[config.model].motor
        if math.isnan(motor.current_unit):
            raise DeviceRefused(
                name,
                f"servo model {config.model} has no current mode, so feel.mode {config.feel.mode} cannot be;"
                " set feel.mode to free",
            )
        self._bus, self._feel, self._ids = bus, config.feel, list(config.ids)
        self._all = [*config.ids, *config.shadows]
        raw_per_nm = _RAW_PER_NM.get(config.model) or 1.0 / (motor.nm_a * motor.current_unit)
        doubled = np.array([1 + list(config.shadows.values()).count(id) for id in config.ids])
        self.torque_nm = min(config.feel.torque_nm, motor.stall_nm / 2)
        self._raw_per_nm: Vector = np.array(config.signs) * raw_per_nm / doubled
        self._limit: Vector = np.minimum(self._enter(), np.floor(self.torque_nm * np.abs(self._raw_per_nm)))
        self._armed_ns = self._next_look_ns = monotonic_ns()
        self._looks = 0
        self.ended = ""
        self.temperature = float("nan")
        self.tau: Vector = np.zeros(len(self._ids))

    def give(self, tau: Vector) -> None:
        """Torque (n,) Nm, clipped, slowly rising after a start; what is not finite counts as none."""
        if self.ended:
            return
        share = min(1.0, (monotonic_ns() - self._armed_ns) / _RAMP_NS)
        raw = np.nan_to_num(tau, nan=0.0, posinf=0.0, neginf=0.0) * self._raw_per_nm
        self._send(np.round(share * np.minimum(np.maximum(raw, -self._limit), self._limit)))

    def before_read(self) -> None:
        """Arm the watchdog again when this process was itself silent for too long."""
        if not self.ended and monotonic_ns() - self._bus.t_sent_ns > 0.8 * _WATCHDOG_NS:
            self._arm()

    def look(self) -> None:
        """After each read: now and then one look at the servos."""
        now = monotonic_ns()
        if now < self._next_look_ns:
            return
        self._next_look_ns = now + _LOOK_NS
        self._looks += 1
        match self._looks % 3:
            case 1:
                self._look_at_temperature()
            case 2:
                self._look_at_torque()
            case _:
                self._look_at_watchdog()

    def close(self) -> None:
        """All torque off; the watchdog drops the current where this cannot."""
        for _ in range(_CLOSE_TRIES):
            self._off()
            found = self._bus.peek(self._all, TORQUE_ENABLE, 1)
            if found is not None and not any(block[0] for block in found):
                return

    # -- switching ---------------------------------------------------------------------------------

    def _enter(self) -> Vector:
        """Current mode, watchdog, torque on; the joints' Current Limits (n,)."""
        for id in self._all:
            self._bus.write(id, TORQUE_ENABLE, 0)
            self._bus.configure(id, OPERATING_MODE, CURRENT_MODE)
            self._bus.write(id, BUS_WATCHDOG, 0)
            self._bus.write(id, GOAL_CURRENT, 0)
            self._bus.write(id, BUS_WATCHDOG, WATCHDOG_UNITS)
        limits = np.array([self._bus.read(id, CURRENT_LIMIT) for id in self._ids], float)
        for id in self._all:
            self._bus.write(id, TORQUE_ENABLE, 1)
        return limits

    def _arm(self) -> None:
        self._bus.sync_write(BUS_WATCHDOG, dict.fromkeys(self._all, b"\0"))
        self._send(np.zeros(len(self._ids)))
        self._bus.sync_write(BUS_WATCHDOG, dict.fromkeys(self._all, bytes([WATCHDOG_UNITS])))
        self._armed_ns = monotonic_ns()

    def _send(self, raw: Vector) -> None:
        values = {id: _CURRENT.pack(int(value)) for id, value in zip(self._ids, raw.tolist(), strict=True)}
        self._bus.sync_write(GOAL_CURRENT, values)
        self.tau = raw / self._raw_per_nm

    def _end(self, reason: str) -> None:
        self.ended = reason
        self._off()

    def _off(self) -> None:
        self.tau = np.zeros(len(self._ids))
        self._bus.sync_write(TORQUE_ENABLE, dict.fromkeys(self._all, b"\0"))

    # -- looking -----------------------------------------------------------------------------------

    def _look_at_temperature(self) -> None:
        found = self._bus.peek(self._all, PRESENT_TEMPERATURE, 1)
        if found is None:
            return
        degrees = [block[0] for block in found]
        self.temperature = float(max(degrees))
        if self.temperature >= self._feel.off_c and not self.ended:
            hot = self._all[degrees.index(max(degrees))]
            self._end(
                f"servo {hot} has {self.temperature:.0f} deg C, {self._feel.off_c:.0f} is the limit:"
                " all torque is off; let it cool and reset"
            )

    def _look_at_torque(self) -> None:
        found = self._bus.peek(self._all, TORQUE_ENABLE, HARDWARE_ERROR_STATUS - TORQUE_ENABLE + 1)
        for id, block in zip(self._all, found or (), strict=False):
            if self.ended and block[0]:
                self._off()  # nobody answers a sync write: the last one was lost
                return
            if not self.ended and not block[0]:
                why = hardware_errors(block[-1]) or "it restarted; check its supply"
                self._end(f"servo {id} lost its torque ({why}): all torque is off; remove the cause and reset")

    def _look_at_watchdog(self) -> None:
        found = self._bus.peek(self._all, BUS_WATCHDOG, 1)
        if not self.ended and any(block[0] == WATCHDOG_TRIPPED for block in found or ()):
            self._arm()
