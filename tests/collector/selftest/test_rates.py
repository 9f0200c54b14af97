"""Rates of clocks come with an uncertainty that holds; pulses are counted right whatever is amiss."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.selftest.pulses import read_pulses
from collector.selftest.rates import Rate, arrival_rate, greatest_change, ping_rate
from hardware.rows import EDGE, PING
from tests.take.take import strict_rig

RIG = strict_rig()
SECOND = 1_000_000_000
BEGIN = 7_000 * SECOND
PERIOD = SECOND / 60


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    ppm=st.floats(-200, 200),
    out_us=st.floats(20, 1000),
    back_us=st.floats(20, 1000),
    seconds=st.integers(5, 30),
)
def test_the_rate_by_pings_is_known_as_well_as_it_says(
    seed: int, ppm: float, out_us: float, back_us: float, seconds: int
) -> None:
    """Whatever the way takes at least, and however lopsided it is."""
    rng = np.random.default_rng(seed)
    sent = BEGIN + np.cumsum(rng.integers(80_000_000, 120_000_000, seconds * 10))
    received = sent + (out_us * 1000 + rng.exponential(150_000, len(sent))).astype(np.int64)
    answered = received + 40_000
    pings = np.zeros(len(sent), PING)
    pings["seq"], pings["t_sent_ns"] = np.arange(len(sent)), sent
    for name, t in (("ticks_rx", received), ("ticks_tx", answered)):
        pings[name] = ((t - BEGIN) * (1 + ppm * 1e-6)).astype(np.int64) // 1000 * 1000
    pings["t_received_ns"] = answered + (back_us * 1000 + rng.exponential(150_000, len(sent))).astype(np.int64)
    rate = ping_rate(pings, BEGIN, BEGIN + 40 * SECOND)
    assert abs(rate.ppm - ppm) <= 2 * rate.u


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), ppm=st.floats(-200, 200), mean_ms=st.floats(0.1, 3), stalls=st.integers(0, 5))
def test_the_rate_by_arrivals_is_within_its_uncertainty(seed: int, ppm: float, mean_ms: float, stalls: int) -> None:
    """However late single frames and whole stretches come."""
    rng = np.random.default_rng(seed)
    ended = BEGIN + (np.arange(1800) * PERIOD).astype(np.int64)
    arrival = ended + (7e6 + rng.exponential(mean_ms * 1e6, len(ended))).astype(np.int64)
    for start in rng.integers(BEGIN, ended[-1], stalls):
        stalled = (arrival >= start) & (arrival < start + SECOND // 2)
        arrival = np.where(stalled, start + SECOND // 2, arrival)
    rate = arrival_rate(((ended - BEGIN) * (1 + ppm * 1e-6)).astype(np.int64), np.maximum.accumulate(arrival))
    assert abs(rate.ppm - ppm) <= rate.u
    assert rate.u < 40 * mean_ms + 10


def test_a_change_counts_only_beyond_what_is_uncertain() -> None:
    assert greatest_change([]) == 0
    assert greatest_change([Rate(10, 3), Rate(14, 3)]) == 0
    assert greatest_change([Rate(10, 3), Rate(96, 3), Rate(np.nan, np.inf)]) == 80


edge_numbers = st.sets(st.integers(1, 198), max_size=12)


@given(
    dropped=edge_numbers,
    unseen=edge_numbers,
    doubled=edge_numbers,
    ppm=st.floats(-300, 300),
    after_us=st.integers(20, 7000),
)
def test_pulses_are_counted_by_what_became_of_them(
    dropped: set[int], unseen: set[int], doubled: set[int], ppm: float, after_us: int
) -> None:
    """Lost messages leave a gap in seq, pulses that were never seen do not, and rings come too early."""
    unseen, doubled = unseen - dropped, doubled - dropped - unseen
    captured: list[tuple[int, int]] = []
    for number in range(200):
        at = round(number * PERIOD * (1 + ppm * 1e-6)) + 10**9
        if number not in unseen:
            captured.append((at, number))
        if number in doubled:
            captured.append((at + after_us * 1000, -1))
    told = [(at, seq) for seq, (at, number) in enumerate(captured) if number not in dropped]
    rows = np.zeros(len(told), EDGE)
    rows["ticks"], rows["seq"] = np.array(told).T
    rows["rising"] = 1
    pulses = read_pulses(RIG, rows, 100_000)
    assert (pulses.lost, pulses.missing, int(pulses.extra.sum())) == (len(dropped), len(unseen), len(doubled))
    assert (pulses.amiss == pulses.extra).all()
    assert pulses.resets == 0


@given(at=st.integers(20, 180), late_us=st.integers(200, 4000))
def test_edges_stamped_late_are_told_from_the_rest(at: int, late_us: int) -> None:
    rows = np.zeros(200, EDGE)
    rows["ticks"], rows["seq"], rows["rising"] = np.arange(200) * PERIOD + 10**9, np.arange(200), 1
    rows["ticks"][at : at + 5] += late_us * 1000
    pulses = read_pulses(RIG, rows, 100_000)
    assert np.flatnonzero(pulses.amiss).tolist() == list(range(at, min(at + 5, 200)))
    assert pulses.missing == pulses.extra.sum() == 0


def test_slots_start_anew_with_the_box() -> None:
    rows = np.zeros(200, EDGE)
    rows["ticks"], rows["seq"], rows["rising"] = np.arange(200) * PERIOD + 10**12, np.arange(200), 1
    rows["ticks"][120:] -= rows["ticks"][120] - 5_000
    rows["seq"][120:] -= 120
    pulses = read_pulses(RIG, rows, 100_000)
    assert (pulses.resets, pulses.lost, pulses.missing) == (1, 0, 0)
    assert pulses.piece.tolist() == [0] * 120 + [1] * 80
    assert not pulses.amiss.any()
