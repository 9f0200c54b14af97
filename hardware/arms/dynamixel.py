"""The leader arm: Dynamixel X servos read together by Fast Sync Read, on the official SDK."""

import errno
import struct
import termios
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import serial
from dynamixel_sdk import COMM_SUCCESS, PacketHandler
from numpy.typing import NDArray

from hardware.arms.control_table import (
    COUNTS_PER_TURN,
    FIRMWARE_VERSION,
    HARDWARE_ERROR_STATUS,
    HARDWARE_ERRORS,
    MODELS,
    RAD_PER_COUNT,
    RAD_S_PER_UNIT,
    REALTIME_TICK,
    RETURN_DELAY_TIME,
    TICK_MODULUS,
    TORQUE_ENABLE,
)
from hardware.arms.dynamixel_port import BlockingPort
from hardware.clock.unwrap import unwrap_array
from hardware.config import DynamixelLeaderConfig, GripConfig
from hardware.interfaces import DeviceError, DeviceLost, DeviceRefused, DeviceTimeout
from hardware.samples import DeviceInfo, LeaderSample, Stamp, TimeSource, Vector, monotonic_ns

_SETUP_MARGIN_MS = 50.0
_READ_MARGIN_MS = 40.0  # beyond the wire time: latency timer 1 ms, the rest for a busy host; HOLD comes at 50
# Realtime Tick(120), Moving to Present Current, Present Velocity(128), Present Position(132).
_BLOCK = struct.Struct("<H6xii")
_FRAME = 4  # error, id and CRC around each servo's data in a fast answer
_HEADER = 8  # bytes before the first servo's error byte
_LENGTHS = 4

T = TypeVar("T")


class DynamixelLeader:
    """A GELLO-style leader on one serial bus. Satisfies LeaderArm.

    Opening checks every servo (answers, model, firmware, hardware error) and sets Return Delay Time to 0.
    Raises DeviceLost, DeviceTimeout or DeviceRefused, naming the servo.
    """

    def __init__(self, name: str, config: DynamixelLeaderConfig) -> None:
        self._name, self._config = name, config
        self._model = MODELS[config.model]
        self._ids = list(config.ids) if config.grip is None else [*config.ids, config.grip.id]
        self._signs = np.array(config.signs, float)
        self._offsets = np.array(config.offsets_rad)
        # At the start each joint is taken to be within half a turn of its zero; from then on it is followed.
        self._counts = np.round(self._offsets / RAD_PER_COUNT)
        self._ticks: tuple[NDArray[np.int64], int] | None = None
        self._retries = self._reads = self._failures = 0
        self._sdk = PacketHandler(2.0)
        self._port = self._open()
        try:
            self._firmware = [self._check(id) for id in self._ids]
        except DeviceError:
            self.close()
            raise
        self._port.margin_ms = _READ_MARGIN_MS

    @property
    def retries(self) -> int:
        """Reads that were tried again so far."""
        return self._retries

    def info(self) -> DeviceInfo:
        """Model, port, servo firmware and bus options."""
        options = {
            "baud": str(self._config.baud),
            "ids": ",".join(map(str, self._ids)),
            "return_delay_us": "0",
            "low_latency": "on" if self._port.low_latency else "not supported by the adapter",
        }
        firmware = ",".join(map(str, sorted(set(self._firmware))))
        # Servos have no serial number; the name that udev gives the adapter's port holds the adapter's.
        port = Path(self._config.port)
        serial = port.name if port.parent.name == "by-id" else ""
        return DeviceInfo(self._name, "dynamixel", self._config.model, serial, firmware, options)

    def read(self) -> LeaderSample:
        """Read all servos now. Raises DeviceTimeout after the configured retries, DeviceLost."""
        for attempt in range(self._config.retries + 1):
            self._retries += attempt > 0
            answer = self._exchange()
            if answer is not None:
                return self._sample(answer)
            self._failures += 1
        raise DeviceTimeout(
            self._name,
            f"no valid answer from servos {self._ids} in {self._config.retries + 1} tries;"
            " check the leader's power and its bus cable",
        )

    def close(self) -> None:
        """Release the port."""
        if self._port.is_open:
            self._port.closePort()

    # -- opening -----------------------------------------------------------------------------------

    def _open(self) -> BlockingPort:
        port, config = BlockingPort(self._config.port, _SETUP_MARGIN_MS), self._config
        try:
            if port.setBaudRate(config.baud):
                return port
        except serial.SerialException as error:
            raise DeviceLost(self._name, f"cannot open {config.port}: {_remedy(error)}") from error
        raise DeviceRefused(self._name, f"baud {config.baud} is not one that the SDK knows; use 1000000 or 4000000")

    def _check(self, id: int) -> int:
        """Find out whether a servo is what the rig file says; its firmware version."""
        config, model = self._config, self._model
        number, _ = self._ask(id, "PING", lambda: self._sdk.ping(self._port, id))
        if number != model.number:
            known = next((m.name for m in MODELS.values() if m.number == number), "unknown to Clapboard")
            raise DeviceRefused(
                self._name,
                f"servo {id} has model number {number} ({known}), wanted {model.number}"
                f" ({model.name}); correct `model` or the servo's ID",
            )
        if bits := self._read(id, HARDWARE_ERROR_STATUS):
            names = ", ".join(text for bit, text in HARDWARE_ERRORS.items() if bits >> bit & 1)
            raise DeviceRefused(
                self._name, f"servo {id} reports a hardware error ({names}); remove its cause and repower it"
            )
        firmware = self._read(id, FIRMWARE_VERSION)
        if firmware < model.fast_read_firmware:
            raise DeviceRefused(
                self._name,
                f"servo {id} has firmware {firmware}, Fast Sync Read needs {model.fast_read_firmware};"
                " update it with DYNAMIXEL Wizard",
            )
        if self._read(id, RETURN_DELAY_TIME) != 0:
            # EEPROM: writable only without torque, and wears out, so only when it differs.
            self._write(id, TORQUE_ENABLE, 0)
            self._write(id, RETURN_DELAY_TIME, 0)
            if delay := self._read(id, RETURN_DELAY_TIME):
                raise DeviceRefused(
                    self._name,
                    f"servo {id} keeps Return Delay Time at {2 * delay} us on {config.port};"
                    " set it to 0 with DYNAMIXEL Wizard",
                )
        return firmware

    def _read(self, id: int, address: int) -> int:
        return self._ask(id, f"READ {address}", lambda: self._sdk.read1ByteTxRx(self._port, id, address))[0]

    def _write(self, id: int, address: int, value: int) -> None:
        def write() -> tuple[None, int, int]:
            return None, *self._sdk.write1ByteTxRx(self._port, id, address, value)

        self._ask(id, f"WRITE {address}", write)

    def _ask(self, id: int, what: str, call: Callable[[], tuple[T, int, int]]) -> tuple[T, int]:
        """One instruction with retries: its value and error byte (only the alert bit may be set)."""
        for _ in range(self._config.retries + 1):
            value, result, error = self._guarded(call)
            if result == COMM_SUCCESS and error & 0x7F:
                raise DeviceRefused(
                    self._name, f"servo {id} refused {what}: {self._sdk.getRxPacketError(error & 0x7F)}"
                )
            if result == COMM_SUCCESS:
                return value, error
        raise DeviceTimeout(
            self._name,
            f"servo {id} does not answer on {self._config.port} at {self._config.baud} bit/s;"
            " check power, bus cable, ID and baud rate",
        )

    def _guarded(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except (OSError, termios.error) as error:
            raise DeviceLost(
                self._name, f"{self._config.port} went away ({error}); plug the adapter in again and reopen"
            ) from error

    # -- reading -----------------------------------------------------------------------------------

    def _exchange(self) -> list[bytes] | None:
        """One Fast Sync Read: each servo's data, or None when the answer is late or damaged."""
        # After a failure the next read asks for another length, so that an answer which is only late
        # cannot be taken for that of a later read: its time bracket would be wrong.
        length = _BLOCK.size + self._failures % _LENGTHS
        size = _HEADER + len(self._ids) * (length + _FRAME)
        return self._guarded(lambda: self._fast_sync_read(length, size))

    def _fast_sync_read(self, length: int, size: int) -> list[bytes] | None:
        sdk, port, ids = self._sdk, self._port, self._ids
        sent = sdk.syncReadTx(port, REALTIME_TICK, length, ids, len(ids), True)
        self._reads += 1
        if sent != COMM_SUCCESS:
            return None
        packet, result = sdk.rxPacket(port, True)
        while result == COMM_SUCCESS and len(packet) != size:
            packet, result = sdk.rxPacket(port, True)
        if result != COMM_SUCCESS:
            return None
        raw = bytes(packet)
        blocks = [raw[at : at + length + 2] for at in range(_HEADER, size, length + _FRAME)]
        # An alert bit alone (hardware error) leaves the measured values good.
        good = all(b[0] & 0x7F == 0 and b[1] == id for b, id in zip(blocks, ids, strict=True))
        return [block[2:] for block in blocks] if good else None

    def _sample(self, blocks: list[bytes]) -> LeaderSample:
        ticks, velocities, positions = zip(*(_BLOCK.unpack_from(block) for block in blocks), strict=True)
        n = len(self._config.ids)
        raw = np.array(positions[:n], float)
        self._counts = raw + COUNTS_PER_TURN * np.round((self._counts - raw) / COUNTS_PER_TURN)
        q: Vector = self._signs * (self._counts * RAD_PER_COUNT - self._offsets)
        dq: Vector = self._signs * np.array(velocities[:n]) * RAD_S_PER_UNIT
        grip = None
        if self._config.grip is not None:
            grip = _closed(self._config.grip, positions[n] * RAD_PER_COUNT)
        t_lo_ns, t_hi_ns = self._bracket(len(blocks[0]))
        t_ns = min(t_lo_ns + round(self._config.usb_out_us * 1e3), t_hi_ns)
        servo_ticks = self._unwrap(np.array(ticks[:n], np.int64), t_ns)
        u_ns = max(t_ns - t_lo_ns, t_hi_ns - t_ns)
        seq = self._reads - 1
        stamp = Stamp(t_ns, u_ns, int(servo_ticks[0]), monotonic_ns(), seq, TimeSource.BRACKETED)
        return LeaderSample(self._name, stamp, t_lo_ns, t_hi_ns, q, dq, grip, servo_ticks)

    def _bracket(self, length: int) -> tuple[int, int]:
        """Bounds of the instants at which the joints were latched, host ns.

        Servos latch after the whole instruction has passed the wire, which cannot begin before the write;
        and before the last joint's data byte is sent, after which the rest of the answer must still pass.
        True for any delay of the adapter, the kernel or this process, all of which only widen it.
        """
        n, servos = len(self._config.ids), len(self._ids)
        sent = 14 + servos
        after = length + 2 + (servos - n) * (length + _FRAME)
        t_lo_ns = self._port.t_write_ns + self._wire_ns(sent)
        t_hi_ns = self._port.t_read_ns - self._wire_ns(after)
        if t_hi_ns < t_lo_ns:
            raise DeviceError(
                self._name,
                f"the answer came faster than {self._config.baud} bit/s allows;"
                " the adapter does not run at the configured baud, so its times are not proven",
            )
        return t_lo_ns, t_hi_ns

    def _wire_ns(self, size: int) -> int:
        return size * 10_000_000_000 // self._config.baud  # ten bits a byte

    def _unwrap(self, ticks: NDArray[np.int64], t_ns: int) -> NDArray[np.int64]:
        """Realtime Ticks (n,) in ms, each unwrapped to the value nearest to what the time passed predicts."""
        last, at_ns = self._ticks or (ticks, t_ns)
        expected = last + (t_ns - at_ns) / 1e6
        unwrapped = unwrap_array(ticks, TICK_MODULUS, expected)
        self._ticks = unwrapped, t_ns
        return unwrapped


def _closed(config: GripConfig, angle: float) -> float:
    """Trigger angle (rad, any turn) as 0 open .. 1 closed."""
    middle = (config.open_rad + config.closed_rad) / 2
    angle += 2 * np.pi * round((middle - angle) / (2 * np.pi))
    return min(max((angle - config.open_rad) / (config.closed_rad - config.open_rad), 0.0), 1.0)


def _remedy(error: serial.SerialException) -> str:
    match error.errno:
        case errno.ENOENT:
            return "no such device; plug in the adapter or correct `port`"
        case errno.EACCES | errno.EPERM:
            return "no permission; add yourself to the group of the device (dialout)"
        case errno.EAGAIN | errno.EBUSY:
            return "another program has it; close that first"
        case _:
            return f"{error}; check the adapter"
