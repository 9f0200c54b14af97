"""The PIO programs, cycle by cycle."""

from bisect import bisect_right
from itertools import accumulate, pairwise
from random import Random

import pytest

from hardware.trigger.firmware import led, pulses
from hardware.trigger.firmware.capture import capture
from tests.hardware.trigger.firmware.pio import changes, run


def captured(edges: list[int], x: int = 0xFFFFFFFF) -> list[tuple[int, int]]:
    """What is captured of a line that changes at these cycles, low at first: (counts since the start, level)."""
    words: list[int] = []
    for state in run(capture, lambda cycle: bisect_right(edges, cycle) & 1, edges[-1] + 60, x):
        if state.receive_fifo:
            words.append(state.receive_fifo.popleft())
    first, *rest = [((x - (word >> 1)) & 0x7FFFFFFF, word & 1) for word in words]
    assert first[1] == 0, "a line that is low at the start is told once, as low"
    return rest


def check(edges: list[int], found: list[tuple[int, int]]) -> None:
    assert [level for _, level in found] == [1 - n % 2 for n in range(len(edges))]
    for (counts, _), edge in zip(found, edges, strict=True):
        # The edge is seen at the first look at or after it: counts - 1.5 < edge / 2 <= counts - 0.5.
        assert 2 * counts - 3 < edge <= 2 * counts - 1


def test_no_cycle_is_lost_in_a_thousand_pulses() -> None:
    dice = Random(1)
    gaps = [dice.randint(12, 60) for _ in range(2000)]
    edges = [40 + t for t in accumulate(gaps)]
    check(edges, captured(edges))


def test_a_counter_that_loses_two_cycles_a_pulse_would_be_noticed() -> None:
    edges = [40 + 30 * n for n in range(40)]
    found = [(counts - n // 2, level) for n, (counts, level) in enumerate(captured(edges))]
    with pytest.raises(AssertionError):
        check(edges, found)


@pytest.mark.parametrize("x", range(20, 90, 3))
def test_the_counter_wraps_without_a_trace(x: int) -> None:
    edges = [50, 80, 130, 160, 210, 240, 300]
    check(edges, captured(edges, x))


def test_pulses_have_exactly_their_width_and_period() -> None:
    high, low = pulses.counts(1_000_000, 100, 16_667)
    assert (high, low) == (97, 16_564)
    found = changes(run(pulses.pulses, cycles=36_000, isr=high, osr=low))
    rises = [t for t, level in found if level]
    falls = [t for t, level in found if not level]
    assert {b - a for a, b in pairwise(rises)} == {16_667}
    assert {b - a for a, b in zip(rises, falls, strict=False)} == {100}


@pytest.mark.parametrize(("phase_us", "width_us"), [(2, 1), (3, 5), (50, 20), (700, 300), (0, 4)])
@pytest.mark.parametrize("edge", [31, 32, 33])
def test_the_led_is_lit_exactly_its_phase_after_the_edge_for_exactly_its_width(
    phase_us: int, width_us: int, edge: int
) -> None:
    states = run(led.led, lambda cycle: int(cycle >= edge), cycles=4000)
    found: list[tuple[int, int]] = []
    fed = False
    level = 0
    for state in states:
        if not fed:
            state.transmit_fifo.extend(led.counts(phase_us, width_us))
            fed = True
        if (now := state.pin_values >> 1 & 1) != level:
            level = now
            found.append((state.clock, level))
    (on, up), (off, down) = found
    assert (up, down) == (1, 0)
    assert on - edge == 2 * max(phase_us, led.EARLIEST_US)
    assert off - on == 2 * width_us


def test_an_edge_while_the_led_is_lit_or_waiting_sets_off_none() -> None:
    rises = [50 + 100 * n for n in range(40)]
    phases = [40, 90, 10]
    on: list[int] = []
    level = 0
    for n, state in enumerate(run(led.led, lambda cycle: int((cycle - 50) % 100 < 20), 4000)):
        if n == 0:
            state.transmit_fifo.extend(led.counts(phases[0], 30) + led.counts(phases[1], 30))
        before, level = level, state.pin_values >> 1 & 1
        if level > before:
            on.append(state.clock)
            state.transmit_fifo.extend(led.counts(phases[2], 30) if len(on) == 1 else ())
    set_off = [t - 2 * phase for t, phase in zip(on, phases, strict=True)]
    assert set_off == [50, 250, 550], "lit until 190; until 490; and then no more is fed"
    assert set(set_off) <= set(rises)


def test_nothing_lights_the_led_without_a_phase_to_wait() -> None:
    assert changes(run(led.led, lambda cycle: cycle // 50 & 1, cycles=5000)) == []


def test_all_programs_of_a_pio_fit_into_it() -> None:
    assert [len(p.words) for p in (capture, led.led, pulses.pulses)] == [12, 10, 6]
    assert 12 + 10 + 6 <= 32
