"""Lines of PROTOCOL.md: bytes in, fields out; fields in, bytes out. Needs no hardware."""

from array import array

_LONGEST = 128
_LF = 10


def _table() -> "array[int]":
    table = array("H")
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
        table.append(crc & 0xFFFF)
    return table


_TABLE = _table()


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE."""
    crc = 0xFFFF
    for byte in data:
        crc = ((crc << 8) & 0xFFFF) ^ _TABLE[(crc >> 8) ^ byte]
    return crc


def line(body: str) -> bytes:
    """The body with its CRC and its LF."""
    data = body.encode()
    return b"%s*%04X\n" % (data, crc16(data))


class LineReader:
    """Takes the host's bytes one by one; keeps no more than the longest line."""

    def __init__(self) -> None:
        self._held = bytearray(_LONGEST)
        self._length = 0
        self.errors = 0

    def feed(self, byte: int) -> "list[str] | None":
        """The fields of the line that this byte ends, if it is a good one."""
        if byte != _LF:
            if self._length < _LONGEST:
                self._held[self._length] = byte
                self._length += 1
            return None
        length, self._length = self._length, 0
        if length == 0:
            return None
        fields = _parse(bytes(self._held[:length]))
        if fields is None:
            self.errors += 1
        return fields


def _parse(text: bytes) -> "list[str] | None":
    if len(text) >= _LONGEST or len(text) < 6 or text[-5:-4] != b"*":
        return None
    body = text[:-5]
    if text[-4:] != b"%04X" % crc16(body):
        return None
    for byte in body:
        if not 0x20 <= byte <= 0x7E:
            return None
    return body.decode().split(" ")


def number(text: str) -> "int | None":
    """An unsigned decimal, or None."""
    return int(text) if text.isdigit() else None
