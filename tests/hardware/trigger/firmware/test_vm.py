"""The whole firmware on a real MicroPython VM: only the chip's registers, pins and state machines are stood in for."""

import re
from binascii import crc_hqx
from itertools import pairwise
from pathlib import Path

import pytest

from hardware.trigger import protocol
from tests.hardware.trigger.firmware.vm import Chip, chip

DOCUMENT = (Path(protocol.__file__).parent / "PROTOCOL.md").read_text()
EXAMPLES = re.findall(r"^[A-Z].*\*[0-9A-F]{4}$", DOCUMENT, re.MULTILINE)
TIMES = re.compile(r"R 41 \d+ \d+|STAT \d+ 0 0 0")


def line(body: str) -> str:
    return f"{body}*{crc_hqx(body.encode(), 0xFFFF):04X}"


def answer(box: Chip, unasked: str = "STAT") -> str:
    """The next line that answers something."""
    while (said := box.read_line()).startswith(unasked):
        pass
    body = said.rpartition("*")[0]
    assert line(body) == said
    return body


def ask(box: Chip, body: str) -> str:
    box.write(f"{line(body)}\n".encode())
    return answer(box, "-" if body == "STAT" else "STAT")


def edges(box: Chip, count: int) -> list[protocol.Edge]:
    found: list[protocol.Edge] = []
    while len(found) < count:
        message = protocol.parse(box.read_line().encode())
        assert isinstance(message, protocol.Edge | protocol.Counters)
        found += [message] if isinstance(message, protocol.Edge) else []
    return found


def test_the_documents_dialogue_is_held_byte_for_byte(tmp_path: Path) -> None:
    said = ("E", "F")  # not an answer to anything
    with chip(tmp_path) as box:
        for example in EXAMPLES:
            body = example.rpartition("*")[0]
            verb = body.split(" ")[0]
            if verb in said:
                continue
            if verb in ("OK", "ERR", "R", "PERIOD") or re.match(r"HELLO 1 |STAT \d", body):
                told = answer(box, "-" if verb == "STAT" else "STAT")
                assert told == body or (TIMES.fullmatch(told) and TIMES.fullmatch(body))
                continue
            if verb == "CFG":
                assert ask(box, "STOP") == "OK STOP"
            box.write(f"{example}\n".encode())


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("CFG X 0 60000 100", "ERR CFG mode"),
        ("CFG L 4 60000 100", "ERR CFG channel"),
        ("CFG L 0 60000 100 16", "ERR CFG channel"),
        ("CFG L 0 99 100", "ERR CFG rate"),
        ("CFG L 0 240001 100", "ERR CFG rate"),
        ("CFG L 0 60000 0", "ERR CFG pulse"),
        ("CFG D 0 240000 4500", "ERR CFG pulse"),
        ("CFG L 0 60000 100 0 2", "ERR CFG range"),
        ("START", "ERR START config"),
        ("LED 0 1000001", "ERR LED range"),
        ("SWEEP 1 1000001", "ERR SWEEP range"),
        ("HELLO 7", "HELLO 1 rp2040 e6614c311b7f3b2e 1.0.0 125000000"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_documents_word(body: str, answer: str, tmp_path: Path) -> None:
    with chip(tmp_path) as box:
        assert ask(box, body) == answer


def test_a_running_box_takes_no_configuration(tmp_path: Path) -> None:
    with chip(tmp_path) as box:
        assert ask(box, "CFG L 0 60000 100") == "OK CFG"
        assert ask(box, "START") == "OK START"
        assert ask(box, "CFG L 0 60000 100") == "ERR CFG running"
        assert ask(box, "START") == "OK START"
        assert ask(box, "STOP") == "OK STOP"
        assert ask(box, "CFG L 1 60000 100") == "OK CFG"


def test_lines_that_are_damaged_or_unknown_are_counted_and_not_answered(tmp_path: Path) -> None:
    bad = [
        "STOP*AF2F",
        "STOP",
        line("NEW 1"),
        line("P x"),
        line("P 4294967296"),
        line("LED 1"),
        line("CFG L 0 60000"),
        line("CFG L 0 60000 x"),
        line("STOP  "),
        line("x" * 130),
    ]
    with chip(tmp_path) as box:
        box.write("".join(f"{b}\n" for b in bad).encode() + b"\n\n")
        assert ask(box, "STAT") == f"STAT 0 0 0 {len(bad)}"
        box.write(b"half a li\n")
        assert ask(box, "STAT") == f"STAT 0 0 0 {len(bad) + 1}"


def test_edges_go_on_while_the_low_half_of_the_timer_wraps(tmp_path: Path) -> None:
    with chip(tmp_path, start_us=2**32 - 150_000, master_hz=60) as box:
        assert ask(box, "CFG L 0 60000 100") == "OK CFG"
        assert ask(box, "START") == "OK START"
        times = [edge.t_ns for edge in edges(box, 25)]
    assert times[0] < 2**32 * 1000 < times[-1]
    assert {round((b - a) / 1e6, 2) for a, b in pairwise(times)} <= {16.66, 16.67}


def test_only_the_channels_and_edges_asked_for_are_told(tmp_path: Path) -> None:
    with chip(tmp_path, master_hz=100) as box:
        assert ask(box, "CFG L 3 60000 100 1 1") == "OK CFG"
        assert ask(box, "START") == "OK START"
        found = [(e.seq, e.channel, e.rising) for e in edges(box, 9)]
    assert found == [(n // 2, 0, n % 2 == 0) for n in range(9)]


def test_edges_that_nobody_fetched_in_time_are_counted_and_leave_a_gap(tmp_path: Path) -> None:
    with chip(tmp_path, master_hz=100, fifo=8) as box:
        assert ask(box, "CFG L 0 60000 100") == "OK CFG"
        assert ask(box, "START") == "OK START"
        edges(box, 3)
        box.freeze(0.3)
        found = edges(box, 20)
        box.write(f"{line('STAT')}\n".encode())
        while not isinstance(status := protocol.parse(box.read_line().encode()), protocol.Counters):
            pass
        box.write(f"{line('STOP')}\n".encode())
        while box.read_line() != line("OK STOP"):
            pass
        assert ask(box, "STAT") != "STAT 0 0 0 0", "they are forgotten at START, not at STOP"
    assert status.fifo_overflows >= 1
    assert {b.seq - a.seq for a, b in pairwise(found)} == {1, 2}, "how many were lost, nobody knows: it counts as one"
