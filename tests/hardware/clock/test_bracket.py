import numpy as np
import pytest

from hardware.clock.bracket import stamp_bracketed
from tests.hardware.clock.sim import Int64s, crystal, device

MS = 10**6


def reads(seed: int, n: int = 4000) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """200 Hz reads: bracket, servo tick, true latch. One in fifty is held up on either way."""
    rng = np.random.default_rng(seed)
    clock = crystal(rng, 150.0, 1.9)
    latch = clock.origin_ns + 10**12 + np.arange(n) * 5 * MS + rng.integers(0, MS, n)
    out = 60_000 + rng.exponential(40_000, n) + (rng.random(n) < 0.02) * rng.integers(0, 5 * MS, n)
    back = 80_000 + rng.exponential(120_000, n) + (rng.random(n) < 0.02) * rng.integers(0, 5 * MS, n)
    return latch - out.astype(np.int64), latch + back.astype(np.int64), device(clock, latch)[:, None] // MS, latch


def test_the_latch_is_never_outside_its_bound() -> None:
    for seed in range(40):
        lo, hi, ticks, latch = reads(seed, 1500)
        for ticks_ms in (None, ticks):
            t_ns, u_ns = stamp_bracketed(lo, hi, ticks_ms, 100_000, skew_ns=0)
            assert (np.abs(t_ns - latch) <= u_ns).all()


def test_the_servo_tick_narrows_the_brackets_that_a_slow_answer_widened() -> None:
    lo, hi, ticks, _ = reads(1)
    _, plain = stamp_bracketed(lo, hi, None, 100_000)
    _, narrow = stamp_bracketed(lo, hi, ticks, 100_000, skew_ns=0)
    assert plain.max() > 3 * MS
    assert narrow.max() < 1.5 * MS


@pytest.mark.parametrize("lag_ns", [0, 100_000, 400_000])
def test_joints_latched_later_than_the_one_that_ticked_are_covered_by_the_skew(lag_ns: int) -> None:
    lo, hi, ticks, latch = reads(2)
    t_ns, u_ns = stamp_bracketed(lo, hi + lag_ns, ticks, 100_000, skew_ns=400_000)
    assert (np.abs(t_ns - (latch + lag_ns)) <= u_ns).all()


def test_a_servo_that_restarts_leaves_the_plain_brackets() -> None:
    lo, hi, ticks, _ = reads(3)
    ticks[2000:] -= 7000
    t_ns, u_ns = stamp_bracketed(lo, hi, ticks, 100_000)
    t_plain, u_plain = stamp_bracketed(lo, hi, None, 100_000)
    assert (t_ns == t_plain).all()
    assert (u_ns == u_plain).all()


def test_the_likely_instant_is_taken_where_the_bracket_allows_it() -> None:
    lo, hi = np.array([0, 0]), np.array([1000, 300])
    t_ns, u_ns = stamp_bracketed(lo, hi, None, 400)
    assert t_ns.tolist() == [400, 150]
    assert u_ns.tolist() == [600, 150]


def test_an_empty_recording_stays_empty() -> None:
    empty = np.array([], np.int64)
    t_ns, u_ns = stamp_bracketed(empty, empty, empty, 100)
    assert t_ns.shape == u_ns.shape == (0,)


def test_half_the_bound_is_caught() -> None:
    """Teeth."""
    lo, hi, ticks, latch = reads(4)
    t_ns, u_ns = stamp_bracketed(lo, hi, ticks, 100_000)
    assert (np.abs(t_ns - latch) > u_ns // 2).any()
