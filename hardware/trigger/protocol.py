"""The host's side of PROTOCOL.md without any I/O: bytes to messages, requests to bytes."""

from binascii import crc_hqx  # with 0xFFFF to begin with, this is CRC-16/CCITT-FALSE
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

VERSION: Final = 1
LONGEST_LINE: Final = 128


@dataclass(frozen=True, slots=True)
class Hello:
    """Who the box is; `fclk_hz` is its capture clock."""

    version: int
    model: str
    uid: str
    firmware: str
    fclk_hz: int


@dataclass(frozen=True, slots=True)
class Done:
    """The command `verb` was carried out."""

    verb: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The command `verb` was not carried out; `reason` is the box's word for why."""

    verb: str
    reason: str


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge at box time `t_ns`; `seq` counts the edges captured since power-up."""

    seq: int
    channel: int
    rising: bool
    t_ns: int


@dataclass(frozen=True, slots=True)
class Flash:
    """The LED went on at box time `t_ns` for `width_ns`; edge `seq` set it off."""

    seq: int
    t_ns: int
    width_ns: int


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to ping `id`: box ns at receipt and at reply."""

    id: int
    rx_ns: int
    tx_ns: int


@dataclass(frozen=True, slots=True)
class Counters:
    """The box's counters since START."""

    edges: int
    dropped: int
    fifo_overflows: int
    crc_errors: int


@dataclass(frozen=True, slots=True)
class Period:
    """What a driving box makes of the rate asked for: its period in cycles of `Hello.fclk_hz`."""

    cycles: int


@dataclass(frozen=True, slots=True)
class Garbled:
    """A line that was damaged on its way, or that this version does not know."""

    line: bytes


Reply = Hello | Done | Refused
Event = Edge | Flash | Pong | Counters | Period | Garbled
Message = Reply | Event

REASONS: Final = {
    "mode": "it knows no such mode",
    "channel": "it has no such channel",
    "rate": "it cannot make this trigger.rate_hz",
    "pulse": "trigger.pulse_us is out of its range, or longer than the period",
    "running": "it is running",
    "config": "it has not been configured",
    "range": "a time is out of its range",
}
"""What a box means by the word in `Refused.reason`."""


def hello() -> bytes:
    """Ask who is there."""
    return _line(f"HELLO {VERSION}")


def configure(
    mode: Literal["listen", "drive"],
    channel: int,
    rate_hz: float,
    pulse_us: int,
    further: tuple[int, ...] = (),
    falling: bool = False,
) -> bytes:
    """Set what START will do; `further` channels are captured besides, `falling` tells falling edges too."""
    letter = "L" if mode == "listen" else "D"
    mask = sum(1 << n for n in {*further} - {channel})
    extras = [mask, int(falling)] if falling else [mask] if mask else []
    return _line(" ".join(map(str, ["CFG", letter, channel, round(rate_hz * 1000), pulse_us, *extras])))


def start() -> bytes:
    """Begin to capture, and in DRIVE mode to pulse."""
    return _line("START")


def stop() -> bytes:
    """End capturing and pulsing."""
    return _line("STOP")


def ping(id: int) -> bytes:
    """A clock ping; `id` is below 2**32."""
    return _line(f"P {id}")


def led(phase_us: int, width_us: int) -> bytes:
    """Light the LED after each rising edge; width 0 turns it off."""
    return _line(f"LED {phase_us} {width_us}")


def sweep(width_us: int, span_us: int) -> bytes:
    """Light the LED at a random phase after each rising edge; width 0 turns it off."""
    return _line(f"SWEEP {width_us} {span_us}")


def status() -> bytes:
    """Ask for the counters."""
    return _line("STAT")


class Parser:
    """Turns the byte stream into messages, however it is cut up and whatever is mixed into it."""

    def __init__(self) -> None:
        self._partial = b""
        self._began_ns = 0

    def feed(self, data: bytes, t_ns: int) -> Iterator[tuple[Message, int]]:
        """Messages that these bytes, read at `t_ns`, complete; each with its first byte's read time."""
        *lines, rest = (self._partial + data).split(b"\n")
        began_ns = self._began_ns if self._partial else t_ns
        self._partial = rest[:LONGEST_LINE]
        self._began_ns = t_ns if lines else began_ns
        return self._messages(lines, began_ns, t_ns)

    @staticmethod
    def _messages(lines: list[bytes], first_ns: int, t_ns: int) -> Iterator[tuple[Message, int]]:
        for n, line in enumerate(lines):
            if line:
                yield parse(line), t_ns if n else first_ns


def parse(line: bytes) -> Message:
    """One line without its LF."""
    body, _, crc = line.rpartition(b"*")
    if len(line) >= LONGEST_LINE or crc != b"%04X" % crc_hqx(body, 0xFFFF):
        return Garbled(line)
    try:
        return _message(body.decode("ascii").split(" "))
    except ValueError:
        return Garbled(line)


def _message(fields: list[str]) -> Message:
    match fields:
        case ["E", seq, channel, "0" | "1" as edge, t_us, ns]:
            t_ns = _number(t_us) * 1000 + _number(ns)
            return Edge(_number(seq), _number(channel), edge == "1", t_ns)
        case ["F", seq, t_us, ns, width_us]:
            t_ns = _number(t_us) * 1000 + _number(ns)
            return Flash(_number(seq), t_ns, _number(width_us) * 1000)
        case ["R", id, rx_us, tx_us]:
            return Pong(_number(id), _number(rx_us) * 1000, _number(tx_us) * 1000)
        case ["STAT", edges, dropped, fifo, crc]:
            return Counters(_number(edges), _number(dropped), _number(fifo), _number(crc))
        case ["PERIOD", cycles]:
            return Period(_number(cycles))
        case ["OK", verb]:
            return Done(verb)
        case ["ERR", verb, reason]:
            return Refused(verb, reason)
        case ["HELLO", version, model, uid, firmware, fclk]:
            return Hello(_number(version), model, uid, firmware, _number(fclk))
        case _:
            raise ValueError(fields[0])


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(text)
    return int(text)


def _line(body: str) -> bytes:
    data = body.encode("ascii")
    return b"%s*%04X\n" % (data, crc_hqx(data, 0xFFFF))
