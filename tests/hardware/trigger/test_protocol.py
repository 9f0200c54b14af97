import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.trigger import protocol
from hardware.trigger.protocol import (
    REASONS,
    Counters,
    Done,
    Edge,
    Flash,
    Garbled,
    Hello,
    Message,
    Parser,
    Period,
    Pong,
    Refused,
    parse,
)
from hardware.virtual.box_wire import crc16

DOCUMENT = (Path(protocol.__file__).parent / "PROTOCOL.md").read_text()
EXAMPLES = re.findall(r"^[A-Z].*\*[0-9A-F]{4}$", DOCUMENT, re.MULTILINE)

HOST = {
    "HELLO 1": protocol.hello(),
    "STOP": protocol.stop(),
    "CFG L 0 60000 100": protocol.configure("listen", 0, 60.0, 100),
    "CFG D 7 60000 100": protocol.configure("drive", 7, 60.0, 100),
    "CFG D 0 60000 100": protocol.configure("drive", 0, 60.0, 100),
    "CFG L 0 60000 100 14": protocol.configure("listen", 0, 60.0, 100, (0, 1, 2, 3)),
    "CFG L 0 60000 100 14 1": protocol.configure("listen", 0, 60.0, 100, (3, 2, 1), falling=True),
    "START": protocol.start(),
    "P 41": protocol.ping(41),
    "LED 500 2000": protocol.led(500, 2000),
    "LED 2000000 1": protocol.led(2_000_000, 1),
    "SWEEP 3000 16000": protocol.sweep(3000, 16_000),
    "SWEEP 0 0": protocol.sweep(0, 0),
    "STAT": protocol.status(),
}
BOX: dict[str, Message] = {
    "HELLO 1 rp2040 e6614c311b7f3b2e 1.0.0 125000000": Hello(1, "rp2040", "e6614c311b7f3b2e", "1.0.0", 125_000_000),
    "OK STOP": Done("STOP"),
    "OK CFG": Done("CFG"),
    "ERR CFG channel": Refused("CFG", "channel"),
    "PERIOD 2083333": Period(2_083_333),
    "OK START": Done("START"),
    "R 41 81234567 81234611": Pong(41, 81_234_567_000, 81_234_611_000),
    "E 17 0 1 81250001 248": Edge(17, 0, True, 81_250_001_248),
    "E 17 0 0 81250101 248": Edge(17, 0, False, 81_250_101_248),
    "E 3 2 1 81250402 0": Edge(3, 2, True, 81_250_402_000),
    "OK LED": Done("LED"),
    "ERR LED range": Refused("LED", "range"),
    "OK SWEEP": Done("SWEEP"),
    "F 17 81250001 248 3000": Flash(17, 81_250_001_248, 3_000_000),
    "STAT 18 0 0 0": Counters(18, 0, 0, 0),
}
SAID = [BOX[body] for line in EXAMPLES if (body := line.rpartition("*")[0]) in BOX]


def messages(parser: Parser, data: bytes, t_ns: int = 0) -> list[Message]:
    return [message for message, _ in parser.feed(data, t_ns)]


def test_every_example_of_the_document_is_said_or_understood_byte_for_byte() -> None:
    for line in EXAMPLES:
        body = line.rpartition("*")[0]
        if body in HOST:
            assert HOST[body] == line.encode() + b"\n"
        else:
            assert parse(line.encode()) == BOX[body]
    assert {line.rpartition("*")[0] for line in EXAMPLES} == HOST.keys() | BOX.keys()


def test_every_line_and_every_reason_of_the_document_has_an_example_or_a_meaning() -> None:
    verbs = set(re.findall(r"^\| `([A-Z]+)", DOCUMENT, re.MULTILINE))
    assert verbs == {body.split(" ")[0] for body in HOST.keys() | BOX.keys()}
    row = next(line for line in DOCUMENT.splitlines() if line.startswith("| `ERR"))
    assert set(re.findall(r"`([a-z]+)`", row)) == REASONS.keys()


def test_both_ends_compute_the_documented_check_value() -> None:
    assert "`0x29B1`" in DOCUMENT
    assert crc16(b"123456789") == 0x29B1
    assert crc16(b"STAT") == int(protocol.status()[-5:], 16)


STREAM = "".join(f"{line}\n" for line in EXAMPLES if not isinstance(parse(line.encode()), Garbled)).encode()


@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_it_does_not_matter_how_the_stream_is_cut_up(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(STREAM)]
    parser = Parser()
    found = [m for a, b in pairwise(at) for m in messages(parser, STREAM[a:b])]
    assert found == SAID


@given(st.binary(max_size=400))
def test_garbage_costs_only_the_line_that_it_is_in(garbage: bytes) -> None:
    parser = Parser()
    first = messages(parser, garbage)
    rest = messages(parser, b"\n" + STREAM)
    assert all(isinstance(m, Garbled) for m in first)
    assert rest[-len(SAID) :] == SAID
    assert all(isinstance(m, Garbled) for m in rest[: -len(SAID)])


@given(st.sampled_from(EXAMPLES), st.data())
def test_one_flipped_bit_is_always_noticed(line: str, data: st.DataObject) -> None:
    raw = bytearray(line.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert isinstance(parse(bytes(raw)), Garbled)


def test_each_message_carries_the_time_of_its_first_byte() -> None:
    line = protocol_line("OK STOP")
    parser = Parser()
    assert list(parser.feed(line[:3], 100)) == []
    assert list(parser.feed(line[3:] + line + line[:4], 200)) == [(Done("STOP"), 100), (Done("STOP"), 200)]
    assert list(parser.feed(line[4:5], 300)) == []
    assert list(parser.feed(line[5:], 400)) == [(Done("STOP"), 200)]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "E 1 0 1 5",
        "F 1 5 0",
        "PERIOD",
        "E 1 0 2 5 0",
        "E -1 0 1 5 0",
        "E 1 0 1 5 x",
        "R 1 2 3 4",
        "STAT 1 2 3",
        "HELLO 1 a b c d",
        "NEW 1",
        "OK  STOP",
    ],
)
def test_a_whole_line_that_the_document_does_not_know_is_garbled(body: str) -> None:
    line = protocol_line(body).rstrip(b"\n")
    assert parse(line) == Garbled(line)


def test_a_line_that_never_ends_is_not_kept() -> None:
    parser = Parser()
    for _ in range(1000):
        assert messages(parser, b"x" * 100) == []
    garbled, done = messages(parser, b"\n" + protocol_line("OK STOP"))
    assert isinstance(garbled, Garbled)
    assert len(garbled.line) <= protocol.LONGEST_LINE
    assert done == Done("STOP")


def protocol_line(body: str) -> bytes:
    return f"{body}*{crc16(body.encode()):04X}\n".encode()
