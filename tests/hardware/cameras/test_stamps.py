import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.cameras.stamps import FrameClock
from hardware.samples import TimeSource

PERIOD_US = 16_667
EXPOSURE_US = 4000
MODULUS = 2**32
RATES = st.floats(-100e-6, 100e-6)
DELAYS = st.lists(st.integers(3_000_000, 60_000_000), min_size=2, max_size=200)


@given(start=st.integers(0, MODULUS - 1), rate=RATES, delays=DELAYS)
def test_stamps_are_within_their_bound_of_mid_exposure(start: int, rate: float, delays: list[int]) -> None:
    """Once one frame came in the believed time, whatever the others do."""
    clock, last_ns = FrameClock(EXPOSURE_US, 8_000_000), 0
    for n, delay in enumerate([8_000_000, *delays]):
        ticks = start + n * PERIOD_US
        end_ns = 10**12 + round(n * PERIOD_US * 1000 * (1 + rate))
        sensor = (ticks - EXPOSURE_US // 2) % MODULUS
        stamp, sensor_ticks = clock.stamp(n, ticks % MODULUS, sensor, end_ns + delay, 0)
        assert stamp.ticks == ticks
        assert sensor_ticks == ticks - EXPOSURE_US // 2
        assert abs(stamp.t_ns - (end_ns - EXPOSURE_US * 500)) <= stamp.u_ns
        assert stamp.t_ns > last_ns
        last_ns = stamp.t_ns
        assert stamp.t_arrival_ns == end_ns + delay
        assert stamp.source is TimeSource.DEVICE


@given(start=st.integers(0, MODULUS - 1), gap_s=st.integers(1, 2000), rate=RATES)
def test_counter_stays_whole_over_long_gaps_and_wraps(start: int, gap_s: int, rate: float) -> None:
    clock = FrameClock(EXPOSURE_US, 8_000_000)
    clock.stamp(0, start, None, 10**12, 0)
    after = start + gap_s * 1_000_000
    arrival = 10**12 + round(gap_s * 1e9 * (1 + rate))
    stamp, sensor_ticks = clock.stamp(1, after % MODULUS, None, arrival, 0)
    assert stamp.ticks == after
    assert sensor_ticks is None


def test_middle_is_half_an_exposure_early_where_the_sensor_stamp_is_missing() -> None:
    with_it, without = FrameClock(EXPOSURE_US, 8_000_000), FrameClock(EXPOSURE_US, 8_000_000)
    a, _ = with_it.stamp(0, 1_000_000, 1_000_000 - EXPOSURE_US // 2, 10**12, 0)
    b, _ = without.stamp(0, 1_000_000, None, 10**12, 0)
    assert a.t_ns == b.t_ns == 10**12 - 8_000_000 - EXPOSURE_US * 500


@given(backlog=st.integers(1, 60), prompt=st.integers(0, 30))
def test_backlog_of_a_busy_host_widens_the_bound_until_one_is_met(backlog: int, prompt: int) -> None:
    clock = FrameClock(EXPOSURE_US, 8_000_000)
    woken = 10**12 + backlog * PERIOD_US * 1000 + 8_000_000
    for n in range(backlog + prompt):
        end_ns = 10**12 + n * PERIOD_US * 1000
        waiting = max(0, backlog - n)
        arrival = max(woken, end_ns + 8_000_000)
        stamp, _ = clock.stamp(n, 10**6 + n * PERIOD_US, None, arrival, waiting * PERIOD_US * 1000)
        assert abs(stamp.t_ns - (end_ns - EXPOSURE_US * 500)) <= stamp.u_ns
        assert waiting or stamp.u_ns < 10_000_000


STEPS_MS = st.one_of(st.floats(-60, 60), st.floats(-20_000, 20_000)).filter(lambda ms: abs(ms) > 1)
PROMPT_NS = st.integers(7_000_000, 10_000_000)


@settings(max_examples=60, deadline=None)
@given(
    at=st.integers(5, 60),
    step_ms=STEPS_MS,
    rate=RATES,
    gaps=st.sets(st.integers(1, 200), max_size=8),
    stall_s=st.floats(0, 0.8),
    delays=st.lists(PROMPT_NS, min_size=220, max_size=220),
)
def test_the_bound_holds_from_the_first_frame_after_the_clock_was_set(
    at: int, step_ms: float, rate: float, gaps: set[int], stall_s: float, delays: list[int]
) -> None:
    """Pulses that never came leave gaps in time, not in the count; the host stands still when the clock is set."""
    clock, last_ns, seq = FrameClock(EXPOSURE_US, 8_000_000), 0, 0
    stall = range(10**12 + at * PERIOD_US * 1000, 10**12 + at * PERIOD_US * 1000 + round(stall_s * 1e9))
    bounds: list[int] = []
    for n, delay in enumerate([8_000_000, *delays]):
        if n in gaps:
            continue
        end_ns = 10**12 + round(n * PERIOD_US * 1000 * (1 + rate))
        ticks = 30_000_000 + n * PERIOD_US + (round(step_ms * 1000) if n >= at else 0)
        arrival = max(end_ns + delay, stall.stop if end_ns in stall else 0)
        stamp, _ = clock.stamp(seq, ticks % MODULUS, None, arrival, 0)
        assert abs(stamp.t_ns - (end_ns - EXPOSURE_US * 500)) <= stamp.u_ns
        assert stamp.t_ns > last_ns
        last_ns, seq = stamp.t_ns, seq + 1
        bounds.append(stamp.u_ns)
    if not gaps & set(range(at, 201)):
        assert bounds[-1] < 10_000_000


def test_a_clock_that_was_set_back_stamps_rightly_at_once() -> None:
    clock = FrameClock(EXPOSURE_US, 8_000_000)
    for n in range(50):
        end_ns = 10**12 + n * PERIOD_US * 1000
        ticks = 30_000_000 + n * PERIOD_US - (5_000_000 if n >= 20 else 0)
        stamp, _ = clock.stamp(n, ticks, None, end_ns + 8_000_000, 0)
        assert stamp.t_ns == pytest.approx(end_ns - EXPOSURE_US * 500, abs=10_000 + 200e-6 * PERIOD_US * 1000 * n)


@pytest.mark.parametrize("other_us", [PERIOD_US * 2, 20_000, 12_000])
def test_another_beat_is_learnt(other_us: int) -> None:
    """The line's rate changes: no step of the clock, and the bound finds back to what it was."""
    clock, end_us, bounds = FrameClock(EXPOSURE_US, 8_000_000), 30_000_000, list[int]()
    for n in range(400):
        stamp, _ = clock.stamp(n, end_us, None, 10**12 + end_us * 1000 + 8_000_000, 0)
        assert abs(stamp.t_ns - (10**12 + end_us * 1000 - EXPOSURE_US * 500)) <= stamp.u_ns
        bounds.append(stamp.u_ns)
        end_us += PERIOD_US if n < 100 else other_us
    assert bounds[99] == bounds[-1]
