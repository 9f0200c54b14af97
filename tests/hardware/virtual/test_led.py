"""Box and renderer work the LED's flashes out for themselves, and must come to the same."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.virtual.led import Flash, Flashes
from hardware.virtual.sync_line import SyncLine
from hardware.virtual.world import LedOrder, World
from hardware.virtual_config import VirtualConfig
from tests.virtual_cameras import make_rig

RIG = make_rig()
MS = 1_000_000


@contextmanager
def flashing(width_us: int, phase_us: int, span_us: int, seed: int = 0) -> Generator[tuple[World, SyncLine, int]]:
    """A line that pulses, and from 0.1 s on an LED that flashes."""
    world = World.create(VirtualConfig(seed=seed), ())
    world.start_sync_line(world.epoch_ns + 10 * MS)
    since = world.epoch_ns + 100 * MS
    world.order_flashes(LedOrder(since, width_us, phase_us, span_us))
    yield world, SyncLine(RIG, world), since
    world.close(unlink=True)


def by_pulse(world: World, line: SyncLine, n: int) -> list[Flash | None]:
    flashes = Flashes(world, line)
    return [flashes.of_pulse(k, line.edge_ns(k)) for k in range(n)]


@settings(max_examples=25)
@given(width=st.integers(1, 10_000), phase=st.integers(0, 40_000), span=st.integers(1, 20_000), seed=st.integers(0, 9))
def test_each_pulse_sets_off_one_flash_unless_the_led_is_busy(width: int, phase: int, span: int, seed: int) -> None:
    with flashing(width, phase, span, seed) as (world, line, since):
        found = by_pulse(world, line, 60)
        busy_ns = 0
        for k, flash in enumerate(found):
            pulse_ns = line.edge_ns(k)
            assert (flash is not None) == (pulse_ns > since and pulse_ns >= busy_ns)
            if flash:
                assert 0 <= flash.on_ns - pulse_ns - phase * 1000 < span * 1000
                assert flash.off_ns - flash.on_ns == width * 1000
                busy_ns = flash.off_ns


@settings(max_examples=25)
@given(opens=st.lists(st.integers(120, 900), min_size=1, max_size=8), exposure_us=st.integers(100, 15_000))
def test_share_lit_is_that_of_the_flashes_whoever_asks_and_when(opens: list[int], exposure_us: int) -> None:
    with flashing(3000, 0, 16_000) as (world, line, _):
        truth = [f for f in by_pulse(world, line, 70) if f]
        renderer = Flashes(world, line)
        for ms in sorted(opens):
            start, end = world.epoch_ns + ms * MS, world.epoch_ns + ms * MS + exposure_us * 1000
            lit = sum(max(0, min(f.off_ns, end) - max(f.on_ns, start)) for f in truth)
            assert renderer.share_lit(start, end) == pytest.approx(lit / (end - start))


def test_flashes_of_an_order_that_has_ended_are_still_known() -> None:
    with flashing(3000, 0, 16_000) as (world, line, _):
        renderer = Flashes(world, line)
        last = [f for f in by_pulse(world, line, 20) if f][-1]
        renderer.share_lit(world.epoch_ns, line.edge_ns(3))
        world.order_flashes(LedOrder(line.edge_ns(19) + MS, 0, 0, 1))
        assert renderer.share_lit(last.on_ns, last.off_ns) == 1.0
        assert renderer.share_lit(last.off_ns, last.off_ns + 500 * MS) == 0.0


def test_phases_spread_over_the_span_and_differ_between_seeds() -> None:
    phases: list[list[int]] = []
    for seed in (0, 1):
        with flashing(1000, 0, 15_000, seed) as (world, line, _):
            found = by_pulse(world, line, 600)
            phases.append([f.on_ns - line.edge_ns(f.pulse) for f in found if f])
    for drawn in phases:
        assert min(drawn) < 0.5 * MS and max(drawn) > 14.5 * MS
        assert sum(drawn) / len(drawn) == pytest.approx(7.5 * MS, rel=0.1)
    assert phases[0][:20] != phases[1][:20]


def test_pulses_that_the_box_misses_flash_nothing_and_late_ones_flash_late() -> None:
    with flashing(1000, 500, 1) as (world, line, _):
        world.inject("edge_miss", "trigger", line.edge_ns(20) - MS, 0.010)
        world.inject("edge_late", "trigger", line.edge_ns(25) - MS, 0.010, 300)
        found = by_pulse(world, line, 30)
        late = found[25]
        assert found[19] and found[20] is None and found[21]
        assert late and late.on_ns - line.edge_ns(25) == 800_000
