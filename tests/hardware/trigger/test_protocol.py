import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.trigger import protocol
from hardware.trigger.protocol import (
    Counters,
    Done,
    Edge,
    Garbled,
    Hello,
    Message,
    Parser,
    Pong,
    Refused,
    parse,
)
from hardware.virtual.box_device import crc16

DOCUMENT = (Path(protocol.__file__).parent / "PROTOCOL.md").read_text()
EXAMPLES = re.findall(r"^[A-Z].*\*[0-9A-F]{4}$", DOCUMENT, re.MULTILINE)

SAID_BY_THE_BOX: dict[str, Message] = {
    "HELLO 1 rp2040": Hello(1, "rp2040", "e6614c311b7f3b2e", "1.0.0", 125_000_000),
    "OK STOP": Done("STOP"),
    "OK CFG": Done("CFG"),
    "ERR CFG": Refused("CFG", "channel"),
    "OK START": Done("START"),
    "R 41": Pong(41, 81_234_567_000, 81_234_611_000),
    "E 17": Edge(17, 0, True, 81_250_001_248),
    "OK LED": Done("LED"),
    "STAT 18": Counters(18, 0, 0, 0),
}
SAID_BY_THE_HOST = {
    "HELLO 1": protocol.hello(),
    "STOP": protocol.stop(),
    "CFG L 0 60000 100": protocol.configure("listen", 0, 60.0, 100),
    "CFG D 7 60000 100": protocol.configure("drive", 7, 60.0, 100),
    "START": protocol.start(),
    "P 41": protocol.ping(41),
    "LED 500 2000": protocol.led(500, 2000),
    "STAT": protocol.status(),
}


def messages(parser: Parser, data: bytes, t_ns: int = 0) -> list[Message]:
    return [message for message, _ in parser.feed(data, t_ns)]


def test_every_example_of_the_document_is_said_or_understood_byte_for_byte() -> None:
    for line in EXAMPLES:
        body = line.rpartition("*")[0]
        if body in SAID_BY_THE_HOST:
            assert SAID_BY_THE_HOST[body] == line.encode() + b"\n"
        else:
            (said,) = (m for start, m in SAID_BY_THE_BOX.items() if body.startswith(start))
            assert parse(line.encode()) == said
    assert len(EXAMPLES) == len(SAID_BY_THE_BOX) + len(SAID_BY_THE_HOST)


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
    assert found == list(SAID_BY_THE_BOX.values())


@given(st.binary(max_size=400))
def test_garbage_costs_only_the_line_that_it_is_in(garbage: bytes) -> None:
    parser = Parser()
    first = messages(parser, garbage)
    rest = messages(parser, b"\n" + STREAM)
    assert all(isinstance(m, Garbled) for m in first)
    assert rest[-len(SAID_BY_THE_BOX) :] == list(SAID_BY_THE_BOX.values())
    assert all(isinstance(m, Garbled) for m in rest[: -len(SAID_BY_THE_BOX)])


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
