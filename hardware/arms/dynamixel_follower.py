"""A follower arm of Dynamixel X servos in position mode, as on ALOHA."""

import random
import struct
import time
from collections import deque
from math import ceil, isfinite, nan
from typing import Final

import numpy as np

from hardware.arms.control_table import (
    GOAL_POSITION,
    RAD_PER_COUNT,
    RAD_S_PER_UNIT,
    REALTIME_TICK,
    TICK_MODULUS,
    TICK_NS,
    WATCHDOG_UNIT_NS,
)
from hardware.arms.dynamixel_bus import DynamixelBus, Reading
from hardware.arms.dynamixel_joints import joints_of
from hardware.arms.dynamixel_setup import ServoSetup
from hardware.arms.models import arm_model
from hardware.arms.servo_models import MODELS
from hardware.clock.bracket import DITHER_NS
from hardware.clock.unwrap import Counters
from hardware.config import DynamixelFollowerConfig
from hardware.interfaces import DeviceError, DeviceRefused, DeviceTimeout
from hardware.samples import ArmSample, DeviceInfo, GripperSample, Read, Vector, monotonic_ns

# Realtime Tick(120), Moving to Present PWM, Present Current(126), Present Velocity(128), Present Position(132).
_BLOCK = struct.Struct("<H4xhii")
_WATCHDOG_NS: Final = 200_000_000
_SILENT_NS: Final = _WATCHDOG_NS  # without a state for this long the arm is taken to be lost; it has stopped by itself
_PERHAPS_TRIPPED_NS: Final = _WATCHDOG_NS // 2  # between two of our instructions; the bus may delay either
_WINDOW: Final = 100  # cycles of success_rate
_GRASP_SHARE: Final = 0.8  # of the gripper's current limit, that it takes to call it grasped
_GRASP_M: Final = 0.003  # and so far it must be from the opening that it was told


class DynamixelFollower:
    """Satisfies `FollowerArm`; `read` sets the pace, `rate_hz` cycles a second.

    Opening checks every servo and puts its EEPROM right where it differs: operating modes, Secondary ID and turning
    direction of second servos. No servo's torque changes by that. While started, each servo stops by itself where
    it is, with torque on, 200 ms after the last instruction (Bus Watchdog; in position mode it brakes), so the arm
    stays up when the host dies. It has no brakes: `stop` and `close` leave it holding too. To lower it, hold it and
    switch its power off.

    Stiffness in `command` is ignored: these gains carry the arm's weight.
    Raises DeviceLost, DeviceTimeout or DeviceRefused, naming the servo.
    """

    def __init__(self, name: str, config: DynamixelFollowerConfig) -> None:
        self._name, self._config, self._grip = name, config, config.gripper
        self._model = arm_model(config.arm)
        if self._model.joints != config.joints:
            raise DeviceRefused(name, f"{config.arm} has {self._model.joints} joints, ids names {config.joints}")
        self._ids = [*config.ids, *([] if self._grip is None else [self._grip.id]), *config.shadows]
        motors = [MODELS[model].motor for model in config.models]
        self._nm: Vector = np.array([motor.current_unit * motor.nm_a for motor in motors])
        self._twins = [config.ids.index(leads) for leads in config.shadows.values()]
        self._period_ns = round(1e9 / config.rate_hz)
        self._next_ns = self._heard_ns = self._failed = 0
        self._dice = random.Random(monotonic_ns())
        self._answered: deque[bool] = deque(maxlen=_WINDOW)
        self._ticks = Counters(TICK_MODULUS, TICK_NS)
        self._gripper: GripperSample | None = None
        self._goal_width = nan
        self._started = self._was_silent = False
        self.clipped = 0
        """Commands of single joints that were cut to the joint limits; the teleoperation should leave none."""
        self._joints = joints_of(config, self._model.limits)
        self._bus = DynamixelBus(name, config.port, config.baud, config.retries, config.usb_out_us)
        self._setup = ServoSetup(name, self._bus, config)
        try:
            self._firmware = self._bus.check(self._setup.models(), holding=True)
            self._joints = self._setup.configure(self._joints)
        except DeviceError:
            self._bus.close()
            raise

    @property
    def retries(self) -> int:
        """Reads that failed since opening."""
        return self._failed

    def info(self) -> DeviceInfo:
        """Model, adapter, servo firmware and bus options."""
        config = self._config
        options = self._bus.options | {
            "ids": ",".join(map(str, self._ids)),
            "models": ",".join(config.models),
            "modes": ",".join(map(str, self._joints.modes)),
            "rate_hz": f"{config.rate_hz:g}",
            "position_gains": ",".join(map(str, config.position_gains)),
            "watchdog_ms": str(_WATCHDOG_NS // 1_000_000),
        }
        return DeviceInfo(self._name, "dynamixel", config.arm, self._bus.adapter, self._firmware, options)

    def observe(self) -> ArmSample:
        """The state now, without control."""
        self._heard_ns = monotonic_ns()
        return self._await_state()

    def start(self) -> ArmSample:
        """Hold where it is, without a jump. Raises ReflexError, DeviceRefused (a joint outside its limits)."""
        self._joints = self._setup.start(self._joints, ceil(_WATCHDOG_NS / WATCHDOG_UNIT_NS))
        self._started, self._was_silent = True, False
        self._answered.clear()
        self._next_ns = self._heard_ns = monotonic_ns()
        return self.read()

    def read(self) -> ArmSample:
        """Wait for the next cycle and read all servos.

        Cycles without an answer are passed over and counted in success_rate. Raises ReflexError (a servo switched
        itself off, or stopped because this computer was silent), DeviceTimeout (no answer for 200 ms), DeviceLost.
        """
        self._pace()
        return self._await_state()

    def command(self, q: Vector, dq: Vector, width: float | None = None, stiffness: float = 1.0) -> None:
        """Goals for this cycle: (n,) rad, cut to the joint limits as a last resort; gripper opening in m."""
        if not self._started:
            raise DeviceRefused(self._name, "command before start; call start() first")
        if not np.isfinite(q).all():
            raise DeviceRefused(self._name, f"a joint was told to go to {q.tolist()}; the last goals stay")
        self._note_silence()
        counts, cut = self._joints.counts(q)
        self.clipped += cut
        goals = dict(zip(self._config.ids, counts.tolist(), strict=True))
        if self._grip is not None and width is not None and isfinite(width):
            self._goal_width = min(max(width, 0.0), self._grip.max_width)
            open_share = self._goal_width / self._grip.max_width
            rad = self._grip.closed_rad + open_share * (self._grip.open_rad - self._grip.closed_rad)
            goals[self._grip.id] = round(rad / RAD_PER_COUNT)
        self._bus.sync_write(GOAL_POSITION, {id: goal.to_bytes(4, "little", signed=True) for id, goal in goals.items()})

    def gripper(self) -> GripperSample | None:
        """The gripper as it was read with the last state; None without one."""
        return self._gripper

    def stop(self) -> None:
        """The arm goes on holding what it was told last; without brakes it must."""
        if self._started:
            self._started = False
            self._setup.stop()

    def recover(self) -> None:
        """Reboot the servos that have switched themselves off; until `start` these have no torque."""
        self._started = False
        self._setup.recover()

    def close(self) -> None:
        """Release the port; the arm goes on holding."""
        try:
            self.stop()
        except DeviceError:
            pass  # the bus is gone: the servos' watchdog has them hold where they are
        finally:
            self._bus.close()

    # -- states ------------------------------------------------------------------------------------

    def _pace(self) -> None:
        now = monotonic_ns()
        late = (now - self._next_ns) // self._period_ns
        if late > 0:
            self._answered.extend([False] * min(late, _WINDOW))
            self._next_ns += late * self._period_ns
        elif (wait := self._next_ns + self._dice.randint(-DITHER_NS, DITHER_NS) - now) > 0:
            time.sleep(wait * 1e-9)
        self._next_ns += self._period_ns

    def _await_state(self) -> ArmSample:
        while True:
            self._note_silence()
            for _ in range(self._config.retries + 1):
                reading = self._bus.read_block(self._ids, REALTIME_TICK, _BLOCK.size, self._counted)
                if reading is not None:
                    self._heard_ns = monotonic_ns()
                    self._answered.append(True)
                    return self._sample(reading)
                self._failed += 1
            if monotonic_ns() - self._heard_ns > _SILENT_NS:
                raise DeviceTimeout(
                    self._name,
                    f"its servos have not answered for {_SILENT_NS // 1_000_000} ms; they hold by themselves."
                    " Check the arm's power and its bus cable",
                )
            self._pace()

    def _note_silence(self) -> None:
        """Before an instruction: may the servos' watchdog have stopped them? Their goals are locked then."""
        self._was_silent |= self._started and monotonic_ns() - self._bus.t_sent_ns > _PERHAPS_TRIPPED_NS

    @property
    def _counted(self) -> int:
        """Servos whose latch the bracket must hold: all but the second ones."""
        return len(self._ids) - len(self._twins)

    def _sample(self, reading: Reading) -> ArmSample:
        if self._bus.alerts:
            self._setup.raise_errors()
        if self._was_silent:
            self._was_silent = not self._setup.raise_stopped()
        n = self._config.joints
        ticks, currents, velocities, positions = zip(*(_BLOCK.unpack_from(b) for b in reading.blocks), strict=True)
        signs = self._joints.signs
        q: Vector = self._joints.q(np.array(positions[:n], np.float64))
        current = np.array(currents[:n], np.float64)
        np.add.at(current, self._twins, currents[self._counted :])  # two servos of a joint turn one way
        servo_ticks = self._ticks.unwrap(np.array(ticks[:n], np.int64), reading.t_ns)
        if self._grip is not None:
            self._gripper = self._gripper_sample(reading, ticks[n], positions[n], currents[n])
        return ArmSample(
            arm=self._name,
            stamp=reading.stamp(int(servo_ticks[0])),
            q=q,
            dq=signs * np.array(velocities[:n]) * RAD_S_PER_UNIT,
            tau_J=signs * current * self._nm,
            tau_ext=np.full(n, nan),
            O_F_ext_hat_K=np.full(6, nan),
            K_F_ext_hat_K=np.full(6, nan),
            O_T_EE=self._model.end_effector(q).T.ravel(),
            success_rate=sum(self._answered) / len(self._answered),
            read=Read(reading.t_lo_ns, reading.t_hi_ns, servo_ticks),
        )

    def _gripper_sample(self, reading: Reading, tick: int, position: int, current: int) -> GripperSample:
        grip = self._grip
        assert grip is not None
        share = (position * RAD_PER_COUNT - grip.closed_rad) / (grip.open_rad - grip.closed_rad)
        width = share * grip.max_width
        force = abs(current) * MODELS[grip.model].motor.current_unit * 1e3 / grip.current_ma
        grasped = force >= _GRASP_SHARE and width - self._goal_width > _GRASP_M
        return GripperSample(self._name, reading.stamp(tick), reading.t_lo_ns, reading.t_hi_ns, width, grasped)
