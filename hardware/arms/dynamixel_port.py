"""The SDK's serial port, made to wait in poll() and to note when bytes left and came."""

import errno
import os
import select

import serial
from dynamixel_sdk import PortHandler

from hardware.samples import monotonic_ns


class BlockingPort(PortHandler):
    """A port for the SDK's packet handlers.

    The SDK's own port asks again and again with timeout 0 until a packet is whole, which takes a full
    core for as long as the servos are silent; this one sleeps until bytes are there. Its timeouts are the
    wire time plus `margin_ms`, not the 34 ms that the SDK adds, and never follow the wall clock.
    `t_write_ns`: just before the last write; `t_read_ns`: just after the last bytes were read.
    """

    def __init__(self, port_name: str, margin_ms: float) -> None:
        super().__init__(port_name)
        self.margin_ms = margin_ms
        self.low_latency = False
        self.t_write_ns = 0
        self.t_read_ns = 0
        self._fd = -1
        self._poll = select.poll()
        self._buffer = bytearray()

    def setupPort(self, cflag_baud: int) -> bool:
        """Open for this program alone. Raises serial.SerialException."""
        if self.is_open:
            self.closePort()
        self.ser = serial.Serial(self.port_name, self.baudrate, timeout=0, exclusive=True)
        self.is_open = True
        self.tx_time_per_byte = 10_000.0 / self.baudrate  # ms; ten bits a byte
        try:
            self.ser.set_low_latency_mode(True)
            self.low_latency = True
        except (ValueError, OSError):
            self.low_latency = False  # not every adapter has a latency timer
        self._fd, self._poll = self.ser.fileno(), select.poll()
        self._poll.register(self._fd, select.POLLIN)
        self.clearPort()
        return True

    def clearPort(self) -> None:
        """Forget all bytes that have come."""
        self.ser.reset_input_buffer()
        self._buffer.clear()

    def writePort(self, packet: list[int]) -> int:
        """Write now; how many bytes were taken. Raises OSError when the device is gone."""
        data = bytes(packet)
        self.t_write_ns = monotonic_ns()
        return os.write(self._fd, data)

    def readPort(self, length: int) -> bytes:
        """Up to `length` bytes; none only at the packet timeout. Raises OSError when the device is gone."""
        if length > 0 and not self._buffer:
            self._wait()
        taken = bytes(self._buffer[: max(length, 0)])
        del self._buffer[: len(taken)]
        return taken

    def _wait(self) -> None:
        left_ms = max(0.0, self.packet_timeout - self.getTimeSinceStart())
        for _, event in self._poll.poll(left_ms):
            data = os.read(self._fd, 4096) if event & select.POLLIN else b""
            self.t_read_ns = monotonic_ns()
            if not data:
                raise OSError("the serial device went away")
            self._buffer += data

    def setPacketTimeout(self, packet_length: int) -> None:
        """Start waiting for `packet_length` bytes."""
        self.setPacketTimeoutMillis(self.tx_time_per_byte * packet_length + self.margin_ms)

    def getCurrentTime(self) -> float:
        """Host clock in ms, as the SDK counts it."""
        return monotonic_ns() * 1e-6


def remedy(error: serial.SerialException) -> str:
    """Why a port did not open, and what to do."""
    match error.errno:
        case errno.ENOENT:
            return "no such device; plug in the adapter or correct `port`"
        case errno.EACCES | errno.EPERM:
            return "no permission; add yourself to the group of the device (dialout)"
        case errno.EAGAIN | errno.EBUSY:
            return "another program has it; close that first"
        case _:
            return f"{error}; check the adapter"
