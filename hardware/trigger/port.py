"""A serial port as a raw file descriptor: no line discipline, no hidden buffering, no polling thread.

pyserial's `read(n)` waits for n bytes or its time-out; clock pings need the instant of the first byte.
"""

import fcntl
import os
import select
import termios
import tty
from contextlib import suppress

from hardware.interfaces import DeviceLost
from hardware.samples import monotonic_ns

_WRITE_LIMIT_MS = 500


class RawPort:
    """Works on ttyACM, ttyUSB and pseudo terminals; one owner at a time."""

    def __init__(self, device: str, path: str) -> None:
        self._device, self._path = device, path
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as error:
            raise DeviceLost(device, f"cannot open {path}: {error.strerror}; {_REMEDY}") from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            tty.setraw(self._fd, termios.TCSANOW)
            termios.tcflush(self._fd, termios.TCIOFLUSH)
        except BlockingIOError as error:
            os.close(self._fd)
            raise DeviceLost(device, f"{path} is in use by another program; close that") from error
        except (OSError, termios.error) as error:
            os.close(self._fd)
            raise DeviceLost(device, f"{path} is no serial port: {error}; {_REMEDY}") from error
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLIN)

    def write(self, data: bytes) -> int:
        """Send all; returns the host time just before. Raises DeviceLost."""
        t_ns = monotonic_ns()
        try:
            while data:
                with suppress(BlockingIOError):
                    data = data[os.write(self._fd, data) :]
                if data and not self._writable():
                    raise DeviceLost(self._device, f"{self._path} takes no more data; {_REMEDY}")
        except OSError as error:
            raise self._lost(error) from error
        return t_ns

    def read(self, timeout_s: float) -> tuple[bytes, int]:
        """What there is, and the host time at which it was read; b"" when nothing came in time."""
        if not self._poll.poll(max(timeout_s, 0.0) * 1e3):
            return b"", monotonic_ns()
        try:
            data = os.read(self._fd, 4096)
        except BlockingIOError:
            return b"", monotonic_ns()
        except OSError as error:
            raise self._lost(error) from error
        t_ns = monotonic_ns()
        if not data:
            raise DeviceLost(self._device, f"{self._path} was closed at the other end; {_REMEDY}")
        return data, t_ns

    def close(self) -> None:
        """Close; harmless when closed."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _writable(self) -> bool:
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT)
        return bool(poll.poll(_WRITE_LIMIT_MS))

    def _lost(self, error: OSError) -> DeviceLost:
        return DeviceLost(self._device, f"{self._path} is gone ({error.strerror}); {_REMEDY}")


_REMEDY = "check the trigger box's USB cable and the rig's trigger.port"
