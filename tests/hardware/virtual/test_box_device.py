"""The far end on its own: what PROTOCOL.md demands of a box, at times that the test chooses."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from hardware.virtual.box_device import VirtualBox
from hardware.virtual.box_wire import crc16
from hardware.virtual.led import Flashes
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
    stopped = ask(box, later, "STOP")
    assert stopped[-1] == ["OK", "STOP"]
    edges += [fields for fields in stopped if fields[0] == "E"]
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
        ("CFG L 0 99 100", "ERR CFG rate"),
        ("CFG L 0 60000 9000", "ERR CFG pulse"),
        ("CFG D 0 240000 4500", "ERR CFG pulse"),
        ("CFG L 0 60000 100 16", "ERR CFG channel"),
        ("CFG L 0 60000 100 14 1", "OK CFG"),
        ("START", "ERR START config"),
        ("LED 0 2000000", "ERR LED range"),
        ("LED 0 0", "OK LED"),
        ("SWEEP 3000 16000", "OK SWEEP"),
        ("SWEEP 0 0", "OK SWEEP"),
        ("SWEEP 3000 0", "ERR SWEEP range"),
        ("SWEEP 2000000 16000", "ERR SWEEP range"),
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


def of(verb: str, heard: list[list[str]]) -> list[list[int]]:
    """The numbers of all lines of a verb."""
    return [list(map(int, fields[1:])) for fields in heard if fields[0] == verb]


@pytest.mark.parametrize("first", ["START", "SWEEP"])
def test_each_flash_is_told_with_its_edge_and_its_time(world: World, first: str) -> None:
    box, now = VirtualBox(RIG, world, None), world.epoch_ns + SECOND
    world.start_sync_line(now - SECOND // 2)
    sweep = "SWEEP 3000 12000"
    ask(box, now, "CFG L 0 60000 100", *(["START", sweep] if first == "START" else [sweep, "START"]))
    heard = said(box, now + 2 * SECOND)
    edges = {seq: us * 1000 + ns for seq, _, _, us, ns in of("E", heard)}
    flashes = of("F", heard)
    assert len(flashes) > 100
    renderer, pulses, crystal = Flashes(world, SyncLine(RIG, world)), SyncLine(RIG, world), box_crystal(world)
    for seq, us, ns, width in flashes:
        on_ns = us * 1000 + ns
        assert width == 3000
        assert -20 <= on_ns - edges[seq] < 12_000_000
        host_ns = crystal.host_ns(on_ns)
        assert renderer.share_lit(host_ns + 1000, host_ns + 2_999_000) == 1.0
        assert renderer.share_lit(host_ns - 1_000_000, host_ns - 1000) == 0.0
    assert pulses.since_ns


def test_a_sweep_ends_with_width_0_and_with_stop(world: World) -> None:
    box, now = started(world)
    world.start_sync_line(now)
    for end in ("SWEEP 0 0", "STOP"):
        ask(box, now, "START", "SWEEP 2000 9000")
        assert of("F", said(box, now + SECOND))
        ask(box, now + SECOND, end)
        now += 2 * SECOND
        said(box, now - SECOND // 2)
        assert not of("F", said(box, now))


def test_led_at_a_fixed_phase_is_told_as_well(world: World) -> None:
    box, now = started(world)
    world.start_sync_line(now)
    heard = ask(box, now, "LED 500 2000") + said(box, now + SECOND)
    edges = {seq: us * 1000 + ns for seq, _, _, us, ns in of("E", heard)}
    flashes = of("F", heard)
    assert len(flashes) > 50
    assert all(abs(us * 1000 + ns - edges[seq] - 500_000) < 100 and width == 2000 for seq, us, ns, width in flashes)


def test_falling_edges_are_told_when_asked_for_with_the_number_of_their_rising_one(world: World) -> None:
    box, now = VirtualBox(RIG, world, None), world.epoch_ns + SECOND
    ask(box, now, "CFG L 0 60000 100 0 1", "START")
    world.start_sync_line(now)
    edges = of("E", said(box, now + SECOND))
    rising, falling = ({e[0]: e[3] * 1000 + e[4] for e in edges if e[2] == kind} for kind in (1, 0))
    assert len(rising) > 50 and set(falling) <= set(rising) and len(falling) >= len(rising) - 1
    assert all(fell - rising[seq] == pytest.approx(100_000, abs=50) for seq, fell in falling.items())


def test_a_driving_box_tells_the_period_that_it_makes(world: World) -> None:
    box, now = VirtualBox(make_rig("drive", QUICK), world, None), world.epoch_ns + SECOND
    assert ask(box, now, "CFG D 0 60000 100") == [["PERIOD", "2083333"], ["OK", "CFG"]]
    ask(box, now, "START")
    edges = of("E", said(box, now + 5 * SECOND))
    period_ns = (edges[-1][3] * 1000 + edges[-1][4] - edges[0][3] * 1000 - edges[0][4]) / (len(edges) - 1)
    assert period_ns == pytest.approx(2083333 * 8, abs=0.2)


def test_a_flash_whose_edge_is_lost_is_not_told(world: World) -> None:
    box, now = started(world)
    world.start_sync_line(now)
    world.inject("edge_drop", "trigger", now, 1.0)
    heard = ask(box, now, "LED 500 2000") + said(box, now + 2 * SECOND)
    edges, flashes = of("E", heard), of("F", heard)
    assert flashes and {f[0] for f in flashes} <= {e[0] for e in edges}


class TestFaults:
    def run(self, world: World, kind: str, size: float = 0.0, for_s: float = 0.1) -> list[list[str]]:
        """Two seconds, with the fault about 1 s after the start of the line."""
        box, now = started(world)
        world.start_sync_line(now)
        world.inject(kind, "trigger", now + SECOND, for_s, size)
        heard: list[list[str]] = []
        for tenth in range(1, 21):
            heard += said(box, now + tenth * SECOND // 10)
        return heard

    def test_a_lost_message_leaves_a_gap_and_a_missed_pulse_none(self, world: World) -> None:
        seqs = [e[0] for e in of("E", self.run(world, "edge_drop"))]
        assert seqs[-1] - len(seqs) + 1 == 6

    def test_a_missed_pulse_leaves_no_gap_but_a_hole_in_time(self, world: World) -> None:
        edges = of("E", self.run(world, "edge_miss"))
        assert [e[0] for e in edges] == list(range(len(edges)))
        assert max(b[3] - a[3] for a, b in pairwise(edges)) == pytest.approx(7 * 16_667, abs=10)

    def test_a_doubled_edge_comes_so_much_later(self, world: World) -> None:
        us = [e[3] for e in of("E", self.run(world, "edge_double", 2000))]
        gaps = [b - a for a, b in pairwise(us)]
        assert sum(abs(gap - 2000) < 5 for gap in gaps) == 6

    def test_late_edges_come_late(self, world: World) -> None:
        us = [e[3] for e in of("E", self.run(world, "edge_late", 500))]
        gaps = [b - a for a, b in pairwise(us)]
        assert max(gaps) == pytest.approx(17_167, abs=5) and min(gaps) == pytest.approx(16_167, abs=5)

    def test_noise_damages_some_lines(self, world: World) -> None:
        box, now = started(world)
        world.start_sync_line(now)
        world.inject("line_noise", "trigger", now, 10.0, 0.5)
        box.live(now + SECOND)
        lines = box.take_due(now + 2 * SECOND).split(b"\n")[:-1]
        bad = sum(line[-4:] != b"%04X" % crc16(line[:-5]) for line in lines)
        assert 0.25 * len(lines) < bad < 0.75 * len(lines)

    def test_usb_asymmetry_delays_what_the_host_says(self, world: World) -> None:
        box, now = VirtualBox(RIG, world, None), world.epoch_ns + SECOND
        world.inject("usb_asymmetry", "trigger", now, 10.0, 1000)
        ((rx, _),) = [fields[1:] for fields in of("R", ask(box, now, "P 1"))]
        assert rx * 1000 - box_crystal(world).device_ns(now) > 1_000_000

    def test_after_a_reset_it_must_be_set_up_again_and_counts_from_0(self, world: World) -> None:
        box, now = started(world)
        world.start_sync_line(now)
        ask(box, now, "SWEEP 3000 16000")
        said(box, now + SECOND)
        reset = now + SECOND + SECOND // 2
        world.inject("box_reset", "trigger", reset)
        heard = said(box, now + 3 * SECOND)
        assert all(fields[0] in "E F STAT".split() for fields in heard) and len(of("E", heard)) <= 31
        assert ask(box, now + 3 * SECOND, "START") == [["ERR", "START", "config"]]
        again = ask(box, now + 4 * SECOND, "CFG L 0 60000 100", "START", "P 1")
        assert again[:2] == [["OK", "CFG"], ["OK", "START"]]
        ((_, rx, _),) = of("R", again)
        assert rx == pytest.approx((now + 4 * SECOND - reset) / 1000, abs=500)
        edges = of("E", said(box, now + 5 * SECOND))
        assert edges[0][0] == 0 and edges[0][3] < 3_000_000
        assert not of("F", said(box, now + 6 * SECOND))

    def test_it_hears_nothing_while_it_boots(self, world: World) -> None:
        box, now = started(world)
        world.inject("box_reset", "trigger", now)
        assert ask(box, now + SECOND // 10, "HELLO 1") == []
        assert ask(box, now + SECOND, "HELLO 1")[0][0] == "HELLO"
