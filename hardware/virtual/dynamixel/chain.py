"""Servos on one half-duplex wire: who answers which instruction, when, and when each servo latched. Pure.

Latch model (the vendor publishes none): in fast reads every servo latches as soon as it has parsed the
instruction; in plain sync and bulk reads each latches when its turn to answer comes. A servo that is
missing ends the answer there, since those behind it wait for its bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from hardware.arms.control_table import RAM_AREA
from hardware.virtual.dynamixel.servo import Servo
from hardware.virtual.dynamixel.wire import (
    BROADCAST,
    Code,
    Error,
    Instruction,
    fast_status,
    status,
)

BITS_PER_BYTE = 10  # start bit, eight data bits, stop bit
_LEVEL: dict[int, int] = {Code.PING: 0, Code.READ: 1}  # least Status Return Level(68) that answers it; else 2


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes on the wire, when their last bit is out and when each servo latched, host ns."""

    data: bytes
    t_done_ns: int
    latches: dict[int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """Registers asked of one servo."""

    id: int
    address: int
    length: int


def read_blocks(instruction: Instruction) -> list[Block]:
    """What a sync or bulk read (fast or not) asks for, in the order of the answers."""
    params = instruction.params
    if instruction.code in (Code.SYNC_READ, Code.FAST_SYNC_READ):
        address, length = _word(params, 0), _word(params, 2)
        return [Block(id, address, length) for id in params[4:]]
    return [Block(params[at], _word(params, at + 1), _word(params, at + 3)) for at in range(0, len(params) - 4, 5)]


def wire_ns(size: int, baud: int) -> int:
    """Time that `size` bytes take at `baud` bit/s."""
    return size * BITS_PER_BYTE * 1_000_000_000 // baud


class ServoChain:
    """The servos of a bus, in the order of the wire."""

    def __init__(self, servos: list[Servo]) -> None:
        self.servos = servos

    def answer(self, instruction: Instruction, t_ns: int, baud: int) -> Answer | None:
        """Act on an instruction whose last bit came at `t_ns`, sent at `baud`; None when nobody answers."""
        heard = {servo.id: servo for servo in self.servos if servo.hears(baud, t_ns)}
        if instruction.id != BROADCAST:
            if instruction.intact:
                for servo in _shadows(heard, instruction.id):
                    _execute(servo, instruction, t_ns + servo.parse_ns, shadow=True)
            servo = heard.get(instruction.id)
            return None if servo is None else _alone(servo, instruction, t_ns, baud)
        if not instruction.intact:
            return None
        match instruction.code:
            case Code.PING:
                return _in_turn([(heard[id], None) for id in sorted(heard)], t_ns, baud)
            case Code.SYNC_READ | Code.BULK_READ:
                return _in_turn(_up_to_missing(read_blocks(instruction), heard), t_ns, baud)
            case Code.FAST_SYNC_READ | Code.FAST_BULK_READ:
                blocks = read_blocks(instruction)
                expected = sum(block.length + 4 for block in blocks)
                return _at_once(_up_to_missing(blocks, heard), expected, t_ns, baud)
            case Code.SYNC_WRITE | Code.BULK_WRITE:
                for id, address, data in _writes(instruction):
                    if id in heard:
                        heard[id].write(address, data, t_ns + heard[id].parse_ns)
                    for servo in _shadows(heard, id) if address >= RAM_AREA else ():
                        servo.write(address, data, t_ns + servo.parse_ns)
            case Code.FACTORY_RESET if instruction.params == b"\xff":
                pass  # not accepted by broadcast since firmware 42 (e-manual, "Factory Reset")
            case _:
                for servo in heard.values():
                    _execute(servo, instruction, t_ns + servo.parse_ns)
        return None


def _shadows(heard: dict[int, Servo], id: int) -> list[Servo]:
    """Servos that obey `id` as their Secondary ID, silently (e-manual, "Secondary(Shadow) ID(12)")."""
    return [servo for servo in heard.values() if servo.secondary_id == id != servo.id]


def _alone(servo: Servo, instruction: Instruction, t_ns: int, baud: int) -> Answer | None:
    latch = t_ns + servo.parse_ns
    id, level, delay = servo.id, servo.return_level, servo.return_delay_ns
    result = _execute(servo, instruction, latch) if instruction.intact else Error.CRC
    if level < _LEVEL.get(instruction.code, 2):
        return None
    packet = _status(servo, id, result)
    return Answer(packet, latch + delay + wire_ns(len(packet), baud), {id: latch})


def _in_turn(asked: Sequence[tuple[Servo, Block | None]], t_ns: int, baud: int) -> Answer | None:
    out, latches, t_free = bytearray(), dict[int, int](), t_ns
    for servo, block in asked:
        latch = t_free + servo.parse_ns
        result = servo.identity if block is None else servo.read(block.address, block.length, latch)
        packet = _status(servo, servo.id, result)
        out += packet
        latches[servo.id] = latch
        t_free = latch + servo.return_delay_ns + wire_ns(len(packet), baud)
    return Answer(bytes(out), t_free, latches) if out else None


def _at_once(asked: list[tuple[Servo, Block]], expected: int, t_ns: int, baud: int) -> Answer | None:
    if not asked:
        return None
    latches = {servo.id: t_ns + servo.parse_ns for servo, _ in asked}
    parts: list[tuple[int, int, bytes]] = []
    for servo, block in asked:
        result = servo.read(block.address, block.length, latches[servo.id])
        error, data = (result, bytes(block.length)) if isinstance(result, Error) else (Error.NONE, result)
        parts.append((servo.id, servo.error_byte(error), data))
    packet = fast_status(parts, expected)
    t_first = max(latches.values()) + asked[0][0].return_delay_ns
    return Answer(packet, t_first + wire_ns(len(packet), baud), latches)


def _status(servo: Servo, id: int, result: bytes | Error) -> bytes:
    error, data = (result, b"") if isinstance(result, Error) else (Error.NONE, result)
    return status(id, servo.error_byte(error), data)


def _up_to_missing(blocks: list[Block], heard: dict[int, Servo]) -> list[tuple[Servo, Block]]:
    def answers(block: Block) -> bool:
        return block.id in heard and heard[block.id].return_level > 0

    return [(heard[block.id], block) for block in takewhile(answers, blocks)]


def _execute(servo: Servo, instruction: Instruction, t_ns: int, *, shadow: bool = False) -> bytes | Error:
    """Carry out an instruction meant for one servo: the data it answers, or its error number.

    shadow: it came by the Secondary ID, which does not reach the EEPROM.
    """
    params = instruction.params
    if shadow and instruction.code in (Code.WRITE, Code.REG_WRITE) and _word(params, 0) < RAM_AREA:
        return Error.ACCESS
    match instruction.code:
        case Code.PING:
            return servo.identity
        case Code.READ:
            return servo.read(_word(params, 0), _word(params, 2), t_ns)
        case Code.WRITE:
            return servo.write(_word(params, 0), params[2:], t_ns)
        case Code.REG_WRITE:
            return servo.reg_write(_word(params, 0), params[2:])
        case Code.ACTION:
            return servo.action(t_ns)
        case Code.FACTORY_RESET:
            return servo.factory_reset(params[0] if params else 0, t_ns)
        case Code.REBOOT:
            return servo.reboot(t_ns)
        case Code.CLEAR:
            return servo.clear(params, t_ns)
        case _:
            return Error.INSTRUCTION


def _writes(instruction: Instruction) -> list[tuple[int, int, bytes]]:
    """(id, address, data) of each servo in a sync or bulk write."""
    params = instruction.params
    writes: list[tuple[int, int, bytes]] = []
    if instruction.code == Code.SYNC_WRITE:
        address, length = _word(params, 0), _word(params, 2)
        for at in range(4, len(params) - length, length + 1):
            writes.append((params[at], address, params[at + 1 : at + 1 + length]))
        return writes
    at = 0
    while at + 5 <= len(params):
        length = _word(params, at + 3)
        writes.append((params[at], _word(params, at + 1), params[at + 5 : at + 5 + length]))
        at += 5 + length
    return writes


def _word(params: bytes, at: int) -> int:
    return int.from_bytes(params[at : at + 2], "little")
