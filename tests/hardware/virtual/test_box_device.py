"""The far end on its own: what PROTOCOL.md demands of a box, at times that the test chooses."""

from collections.abc import Iterator

import pytest

from hardware.virtual.box_device import VirtualBox, crc16
from hardware.virtual.sync_line import SyncLine, box_crystal
from hardware.virtual.world import World
from hardware.virtual_config import VirtualBoxConfig, VirtualConfig
from tests.virtual_box import make_rig

SECOND = 10**9
QUICK = VirtualConfig(box=VirtualBoxConfig(usb_out_us=(5, 1), usb_in_us=(5, 1), outlier_rate=0))
RIG = make_rig("listen", QUICK)


@pytest.fixture
def world() -> Iterator[World]:
    world = World.create(QUICK, ())
    yield world
    world.close(unlink=True)


def line(body: str) -> bytes:
    return f"{body}*{crc16(body.encode()):04X}\n".encode()


def ask(box: VirtualBox, at_ns: int, *bodies: str) -> list[list[str]]:
    """Say something and give the box 10 ms; what it said, field by field."""
    box.receive(b"".join(map(line, bodies)), at_ns)
    return said(box, at_ns + SECOND // 100)


def said(box: VirtualBox, at_ns: int) -> list[list[str]]:
    box.live(at_ns)
    lines = box.take_due(at_ns).decode().splitlines()
    assert all(line.endswith(f"*{crc16(line[:-5].encode()):04X}") for line in lines)
    return [line[:-5].split(" ") for line in lines]


def started(world: World) -> tuple[VirtualBox, int]:
    box, now = VirtualBox(RIG, world, None), world.epoch_ns + SECOND
    assert ask(box, now, "CFG L 0 60000 100", "START") == [["OK", "CFG"], ["OK", "START"]]
    return box, now + SECOND // 100


def test_a_ping_is_answered_with_the_box_times_of_its_stay(world: World) -> None:
    box, now = VirtualBox(RIG, world, None), world.epoch_ns + 100 * SECOND
    ((verb, id, rx, tx),) = ask(box, now, "P 4294967295")
    assert (verb, id) == ("R", "4294967295")
    read = box_crystal(world).device_ns(now) / 1000
    assert read < int(rx) < int(tx) < read + 1000


def test_edges_are_numbered_across_starts_and_timed_by_its_crystal(world: World) -> None:
    box, now = started(world)
    world.start_sync_line(now)
    edges = [fields for fields in said(box, now + SECOND // 2) if fields[0] == "E"]
    assert [int(e[1]) for e in edges] == list(range(len(edges)))
    assert len(edges) in (29, 30, 31)
    pulses, crystal = SyncLine(RIG, world), box_crystal(world)
    for seq, (_, _, channel, edge, us, ns) in enumerate(edges):
        assert (channel, edge) == ("0", "1")
        box_ns = int(us) * 1000 + int(ns)
        assert abs(box_ns - crystal.device_ns(pulses.edge_ns(seq))) < 100
    later = now + SECOND
    assert ask(box, later, "STOP")[-1] == ["OK", "STOP"]
    again = ask(box, later + SECOND, "START", "STAT")
    assert again[-1] == ["STAT", "0", "0", "0", "0"]
    assert int(said(box, later + 2 * SECOND)[0][1]) == len(edges)


def test_edges_that_the_host_does_not_fetch_are_dropped_and_counted_but_never_answers(world: World) -> None:
    box, now = started(world)
    world.start_sync_line(now)
    for tenth in range(100):
        box.live(now + tenth * SECOND // 10)
    box.receive(line("P 1"), now + 10 * SECOND)
    heard = said(box, now + 11 * SECOND)
    status = [fields for fields in heard if fields[0] == "STAT"][-1]
    assert int(status[2]) > 200
    assert [fields[1] for fields in heard if fields[0] == "R"] == ["1"]


def test_it_reports_once_a_second(world: World) -> None:
    box, now = started(world)
    counts = [len(said(box, now + n * SECOND // 10)) for n in range(50)]
    assert sum(counts) in (4, 5)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("CFG X 0 60000 100", "ERR CFG mode"),
        ("CFG L 4 60000 100", "ERR CFG channel"),
        ("CFG L 0 0 100", "ERR CFG rate"),
        ("CFG L 0 60000 9000", "ERR CFG pulse"),
        ("START", "ERR START config"),
        ("LED 0 2000000", "ERR LED range"),
        ("LED 0 0", "OK LED"),
        ("STOP", "OK STOP"),
    ],
)
def test_what_it_can_and_cannot_do(world: World, body: str, answer: str) -> None:
    box = VirtualBox(RIG, world, None)
    assert ask(box, world.epoch_ns, body) == [answer.split(" ")]


def test_it_is_not_set_up_again_while_it_runs(world: World) -> None:
    box, now = started(world)
    assert ask(box, now, "CFG L 0 30000 100") == [["ERR", "CFG", "running"]]


@pytest.mark.parametrize("junk", [b"P 1*0000\n", b"nonsense\n", b"\xff" * 500 + b"\n", line("JUMP"), line("P x")])
def test_lines_in_error_are_counted_and_not_answered(world: World, junk: bytes) -> None:
    box, now = started(world)
    box.receive(b"\n\n" + junk[:7], now)
    box.receive(junk[7:], now)
    assert ask(box, now, "STAT") == [["STAT", "0", "0", "0", "1"]]


def test_messages_never_overtake_each_other(world: World) -> None:
    slow = VirtualConfig(box=VirtualBoxConfig(outlier_rate=0.5, outlier_ms=20))
    other = World.create(slow, ())
    box, now = VirtualBox(make_rig("listen", slow), other, None), other.epoch_ns
    for id in range(100):
        box.receive(line(f"P {id}"), now + id * 1_000_000)
    ids = [int(fields[1]) for fields in said(box, now + 60 * SECOND)]
    other.close(unlink=True)
    assert ids == list(range(100))
