"""Protocol 2.0 packets as a servo sees them: bytes in, instructions out; status packets back. Pure.

Source: ROBOTIS e-manual, docs/en/dxl/protocol2 (packets, stuffing, instructions, errors) and
docs/en/dxl/crc (CRC-16, polynomial 0x8005, initial value 0, most significant bit first).
"""

from dataclasses import dataclass
from enum import IntEnum

HEADER = b"\xff\xff\xfd\x00"
BROADCAST = 0xFE
_STATUS = 0x55
_MAX_LENGTH = 1024  # longest packet that the vendor's SDK sends or accepts


class Code(IntEnum):
    """Instruction codes."""

    PING = 0x01
    READ = 0x02
    WRITE = 0x03
    REG_WRITE = 0x04
    ACTION = 0x05
    FACTORY_RESET = 0x06
    REBOOT = 0x08
    CLEAR = 0x10
    SYNC_READ = 0x82
    SYNC_WRITE = 0x83
    FAST_SYNC_READ = 0x8A
    BULK_READ = 0x92
    BULK_WRITE = 0x93
    FAST_BULK_READ = 0x9A


class Error(IntEnum):
    """Error numbers of a status packet; ALERT is or-ed in while a hardware error stands."""

    NONE = 0x00
    RESULT_FAIL = 0x01
    INSTRUCTION = 0x02
    CRC = 0x03
    DATA_RANGE = 0x04
    DATA_LENGTH = 0x05
    DATA_LIMIT = 0x06
    ACCESS = 0x07
    ALERT = 0x80


@dataclass(frozen=True, slots=True)
class Instruction:
    """A received instruction; `size` is its length on the wire in bytes, `intact` says that its CRC fits."""

    id: int
    code: int
    params: bytes
    size: int
    intact: bool


def _crc_row(byte: int) -> int:
    crc = byte << 8
    for _ in range(8):
        crc = (crc << 1) ^ 0x8005 if crc & 0x8000 else crc << 1
    return crc & 0xFFFF


_CRC_TABLE = tuple(_crc_row(byte) for byte in range(256))


def crc16(data: bytes | bytearray, crc: int = 0) -> int:
    """CRC-16 of `data`, going on from `crc`."""
    for byte in data:
        crc = ((crc << 8) & 0xFF00) ^ _CRC_TABLE[(crc >> 8) ^ byte]
    return crc


def stuff(body: bytes) -> bytes:
    """Break up header patterns inside a packet: FF FF FD becomes FF FF FD FD."""
    return body.replace(b"\xff\xff\xfd", b"\xff\xff\xfd\xfd")


def unstuff(body: bytes) -> bytes:
    """Undo `stuff`."""
    return body.replace(b"\xff\xff\xfd\xfd", b"\xff\xff\xfd")


def packet(id: int, body: bytes) -> bytes:
    """A whole packet around an instruction (or status) byte and its parameters."""
    stuffed = stuff(body)
    head = HEADER + bytes([id]) + (len(stuffed) + 2).to_bytes(2, "little") + stuffed
    return head + crc16(head).to_bytes(2, "little")


def status(id: int, error: int, params: bytes = b"") -> bytes:
    """One servo's status packet."""
    return packet(id, bytes([_STATUS, error]) + params)


def fast_status(blocks: list[tuple[int, int, bytes]], expected: int) -> bytes:
    """The one status packet of a fast read: (id, error, data) blocks, each closed by the CRC of all so far.

    Without byte stuffing, as the e-manual says. `expected` is the data length asked for in bytes, all
    servos together with 4 bytes of frame each: the length field announces it even if a servo is missing.
    """
    out = bytearray(HEADER + bytes([BROADCAST]) + (expected + 1).to_bytes(2, "little") + bytes([_STATUS]))
    crc = crc16(out)
    for id, error, data in blocks:
        block = bytes([error, id]) + data
        crc = crc16(block, crc)
        tail = crc.to_bytes(2, "little")
        out += block + tail
        crc = crc16(tail, crc)
    return bytes(out)


class Parser:
    """Finds instructions in a byte stream, however it is cut, and drops what is none."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Instruction]:
        """The instructions that `data` completes, in order."""
        self._buffer += data
        found: list[Instruction] = []
        while (instruction := self._next()) is not None:
            found.append(instruction)
        return found

    def _next(self) -> Instruction | None:
        buffer = self._buffer
        while True:
            start = buffer.find(HEADER)
            if start < 0:
                del buffer[: max(0, len(buffer) - len(HEADER) + 1)]
                return None
            del buffer[:start]
            if len(buffer) < 7:
                return None
            size = int.from_bytes(buffer[5:7], "little") + 7
            if 10 <= size <= _MAX_LENGTH:
                break
            del buffer[:1]
        if len(buffer) < size:
            return None
        raw = bytes(buffer[:size])
        del buffer[:size]
        intact = crc16(raw[:-2]) == int.from_bytes(raw[-2:], "little")
        body = unstuff(raw[7:-2])
        return Instruction(raw[4], body[0], body[1:], size, intact)
