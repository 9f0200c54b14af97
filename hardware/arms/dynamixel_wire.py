"""The wire of a Dynamixel bus: one instruction and its answer through the official SDK, and how long bytes take."""

import termios
import time
from collections.abc import Callable
from typing import TypeVar

import serial
from dynamixel_sdk import COMM_SUCCESS, PacketHandler

from hardware.arms.dynamixel_port import BlockingPort, remedy
from hardware.interfaces import DeviceLost, DeviceRefused, DeviceTimeout

_SETUP_MARGIN_MS = 250.0  # nothing hurries yet; a later answer would be taken for that of another register
_FRAME = 4  # error, id and CRC around each servo's data in a fast answer
_HEADER = 8  # bytes before the first servo's error byte
_ALERT = 0x80  # of the error byte; the rest is an error number (e-manual, docs/en/dxl/protocol2, "Error")

T = TypeVar("T")


class DynamixelWire:
    """Open from construction on; `tries` is how often an instruction is sent for lack of an answer.

    Raises DeviceLost, DeviceRefused (baud rate).
    """

    def __init__(self, name: str, path: str, baud: int, tries: int) -> None:
        self._name, self._path, self._baud, self._tries = name, path, baud, tries
        self.sdk = PacketHandler(2.0)
        self.alerts: tuple[int, ...] = ()
        """Servos whose part of the last whole answer to a fast read carried the alert bit (a hardware error)."""
        self.port = self._open()

    def _open(self) -> BlockingPort:
        port = BlockingPort(self._path, _SETUP_MARGIN_MS)
        try:
            if port.setBaudRate(self._baud):
                return port
        except serial.SerialException as error:
            raise DeviceLost(self._name, f"cannot open {self._path}: {remedy(error)}") from error
        raise DeviceRefused(self._name, f"baud {self._baud} is not one that the SDK knows; use 1000000 or 4000000")

    def ask(self, id: int, what: str, call: Callable[[], tuple[T, int, int]]) -> T:
        """One instruction with retries: its value. Of the error byte only the alert bit may be set."""
        for attempt in range(self._tries):
            value, result, error = self.guarded(call)
            if result == COMM_SUCCESS and attempt:
                # Answers to the tries before may still come; the next instruction, of another register perhaps, would
                # take them for its own. What came by then is cleared.
                time.sleep(self.port.margin_ms * 1e-3)
            if result == COMM_SUCCESS and error & 0x7F:
                raise DeviceRefused(self._name, f"servo {id} refused {what}: {self.sdk.getRxPacketError(error & 0x7F)}")
            if result == COMM_SUCCESS:
                return value
        raise DeviceTimeout(
            self._name,
            f"servo {id} does not answer on {self._path} at {self._baud} bit/s;"
            " check power, bus cable, ID and baud rate",
        )

    def guarded(self, call: Callable[[], T]) -> T:
        """A call to the SDK. Raises DeviceLost when the port has gone."""
        try:
            return call()
        except (OSError, termios.error) as error:
            raise DeviceLost(
                self._name, f"{self._path} went away ({error}); plug the adapter in again and reopen"
            ) from error

    def fast_sync_read(self, ids: list[int], address: int, length: int) -> list[bytes] | None:
        """`length` bytes from `address` on of all `ids` at once; None when the answer is late or damaged."""
        return self.guarded(lambda: self._fast_sync_read(ids, address, length))

    def _fast_sync_read(self, ids: list[int], address: int, length: int) -> list[bytes] | None:
        sdk, port, size = self.sdk, self.port, _HEADER + len(ids) * (length + _FRAME)
        if sdk.syncReadTx(port, address, length, ids, len(ids), True) != COMM_SUCCESS:
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
        if good:
            self.alerts = tuple(block[1] for block in blocks if block[0] & _ALERT)
        return [block[2:] for block in blocks] if good else None

    def bracket(self, length: int, servos: int, joints: int) -> tuple[int, int] | None:
        """Bounds of the instants at which the first `joints` servos were latched, host ns; None when the answer came
        faster than the baud allows, so that it cannot be this instruction's.

        Servos latch after the whole instruction has passed the wire, which cannot begin before the write;
        and before the last joint's data byte is sent, after which the rest of the answer must still pass.
        True for any delay of the adapter, the kernel or this process, all of which only widen it.
        """
        sent = 14 + servos
        after = length + 2 + (servos - joints) * (length + _FRAME)
        t_lo_ns = self.port.t_write_ns + self.wire_ns(sent)
        t_hi_ns = self.port.t_read_ns - self.wire_ns(after)
        return (t_lo_ns, t_hi_ns) if t_lo_ns <= t_hi_ns else None

    def wire_ns(self, size: int) -> int:
        """Time of `size` bytes on the wire, ns."""
        return size * 10_000_000_000 // self._baud  # ten bits a byte
