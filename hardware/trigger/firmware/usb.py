"""The USB serial port as MicroPython gives it: standard input and output, never waited for."""

import select
import sys


class UsbPort:
    """Bytes in one by one; bytes out as far as there is room."""

    def __init__(self) -> None:
        self._source, self._sink = sys.stdin.buffer, sys.stdout.buffer
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(sys.stdin, select.POLLIN)
        self._writable.register(sys.stdout, select.POLLOUT)

    def read(self) -> int:
        """The next byte; -1: none has come."""
        byte = self._source.read(1) if self._readable.poll(0) else None
        return byte[0] if byte else -1

    def write(self, data: bytes) -> int:
        """How many of the bytes were taken."""
        return self._sink.write(data) or 0 if self._writable.poll(0) else 0
