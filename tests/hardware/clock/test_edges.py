from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hardware.clock.edges import FrameMatch, match_frames
from tests.hardware.clock.sim import Int64s, crystal, device

PERIOD = 16_666_667
DELIVERY = 8_000_000
BOUND = 80_000
Late = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def prompt(s: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.zeros_like(s)


def starved(s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Six periods: the record of a prompt host, moved by six edges."""
    return np.full_like(s, 6.0 * PERIOD)


LATE: dict[str, Late] = {
    "prompt": prompt,
    "starved all along": starved,
    "starved for 10 s": lambda s: np.where(s < 10, 100e6, 0.0),
    "starved from 5 s on": lambda s: np.where(s > 5, 130e6, 0.0),
    "later and later": lambda s: 50e6 * s,
    "sooner and sooner": lambda s: np.clip(600e6 - 30e6 * s, 0, None),
    "stalls of 1.2 s": lambda s: np.clip(1.2e9 - s % 5 * 1e9, 0, None),
}


@dataclass
class Film:
    """A camera's recording: `of` is the true pulse of each frame, `captured` that of each edge."""

    ticks: Int64s
    arrival: Int64s
    of: Int64s
    edges: Int64s
    captured: Int64s
    ppm: float
    truth: Int64s
    anchors: tuple[Int64s, Int64s] | None

    def match(self, delivery_ns: int = DELIVERY) -> FrameMatch:
        u_ns = np.full(len(self.edges), BOUND)
        return match_frames(self.ticks, self.arrival, self.edges, u_ns, delivery_ns, PERIOD, self.anchors)

    def right(self) -> Int64s:
        """The edge index that each frame belongs to, -1 where none was captured."""
        place = {k: n for n, k in enumerate(self.captured.tolist())}
        return np.array([place.get(k, -1) for k in self.of.tolist()], np.int64)


def film(
    seed: int,
    n: int = 1200,
    lost_frames: float = 0.0,
    lost_edges: float = 0.0,
    late: Late = prompt,
    late_before: Late = prompt,
    before_s: int = 10,
) -> Film:
    """60 Hz, camera within 100 ppm, frame end a constant +- 2 us off its edge, 5 ms delivery jitter.

    late, late_before: ns on top of that, by seconds since the start and seconds before it.
    """
    rng = np.random.default_rng(seed)
    clock = crystal(rng, 100.0, 1.0)
    pulse = clock.origin_ns + 10**12 + np.arange(n) * PERIOD
    end = pulse + int(rng.integers(-50_000, 50_000)) + rng.normal(0, 2000, n).astype(np.int64)
    arrival = end + 7_000_000 + rng.integers(0, 5_000_000, n)
    arrival = np.maximum.accumulate(arrival + late((pulse - pulse[0]) * 1e-9).astype(np.int64))
    frames = np.flatnonzero(rng.random(n) >= lost_frames)
    captured = np.flatnonzero(rng.random(n) >= lost_edges)
    ticks = device(clock, end) // 1000 * 1000
    bias = int(rng.integers(-15_000, 15_000))
    ago = np.arange(1, before_s + 1)[::-1]
    seen = pulse[0] - ago * 10**9
    came = seen + 7_000_000 + rng.integers(0, 300_000, before_s) + late_before(ago.astype(float)).astype(np.int64)
    return Film(
        ticks=ticks[frames],
        arrival=arrival[frames],
        of=frames,
        edges=pulse[captured] + bias,
        captured=captured,
        ppm=clock.ppm,
        truth=pulse[frames],
        anchors=(device(clock, seen) // 1000 * 1000, came) if before_s else None,
    )


def holds(film: Film, match: FrameMatch) -> None:
    assert (match.edge == film.right()).all()
    assert (np.abs(match.t_edge_ns - film.truth) <= match.u_edge_ns).all()
    assert np.isnan(match.residual_ns[match.edge < 0]).all()


@pytest.mark.parametrize("seed", range(8))
def test_each_frame_finds_its_edge_and_no_other_though_both_are_lost(seed: int) -> None:
    taken = film(seed, lost_frames=0.05, lost_edges=0.05)
    match = taken.match()
    holds(taken, match)
    assert np.nanpercentile(np.abs(match.residual_ns), 99) < 15_000
    assert match.ppm == pytest.approx(taken.ppm, abs=1.5)


def test_first_frames_without_edges_shift_nothing_and_are_timed_by_the_camera() -> None:
    taken = film(10)
    taken.edges, taken.captured = taken.edges[7:], taken.captured[7:]
    match = taken.match()
    holds(taken, match)
    assert match.edge[:7].tolist() == [-1] * 7
    assert match.u_edge_ns.max() < 150_000


def test_seconds_without_edges_are_bridged_by_the_camera_clock() -> None:
    taken = film(11)
    keep = (taken.captured < 400) | (taken.captured >= 700)
    taken.edges, taken.captured = taken.edges[keep], taken.captured[keep]
    match = taken.match()
    holds(taken, match)
    assert match.u_edge_ns.max() < 200_000


def test_a_frame_delivered_twice_has_its_edge_once() -> None:
    taken = film(12)
    for name in ("ticks", "arrival", "of", "truth"):
        setattr(taken, name, np.insert(getattr(taken, name), 300, getattr(taken, name)[300]))
    match = taken.match()
    right = taken.right()
    assert sorted(match.edge[300:302].tolist()) == [-1, right[300]]
    right[300:302] = match.edge[300:302]
    assert (match.edge == right).all()
    assert (np.abs(match.t_edge_ns - taken.truth) <= match.u_edge_ns).all()


def test_edges_that_no_frame_belongs_to_are_left_alone() -> None:
    """A master that pulses more often than it gives frames."""
    taken = film(13)
    extra = np.sort(np.concatenate([taken.edges, taken.edges[100:110] + PERIOD // 2]))
    u_ns = np.full(len(extra), BOUND)
    match = match_frames(taken.ticks, taken.arrival, extra, u_ns, DELIVERY, PERIOD, taken.anchors)
    assert (np.abs(extra[match.edge] - taken.truth) < 50_000).all()


@given(
    seed=st.integers(0, 10**6),
    late=st.sampled_from(sorted(LATE)),
    lost=st.tuples(st.floats(0, 0.3), st.floats(0, 0.3)),
    seconds=st.integers(4, 40),  # a shorter one tells the rate too badly to look back 18 s
    prompt_each_s=st.integers(1, 6),
    late_ns=st.floats(10e6, 2e9),
)
@settings(max_examples=80, deadline=None)
def test_late_frames_keep_their_edges_if_a_few_before_were_prompt(
    seed: int, late: str, lost: tuple[float, float], seconds: int, prompt_each_s: int, late_ns: float
) -> None:
    def seldom_prompt(ago_s: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(ago_s % prompt_each_s == 0, 0.0, late_ns)

    taken = film(seed, seconds * 60, *lost, LATE[late], seldom_prompt, before_s=3 * prompt_each_s)
    match = taken.match()
    assert match.note == ""
    holds(taken, match)


@pytest.mark.parametrize("late", sorted(LATE))
def test_a_recording_alone_does_not_vouch_for_its_own_promptness(late: str) -> None:
    taken = film(20, late=LATE[late], before_s=0)
    match = taken.match()
    assert (match.edge == -1).all()
    assert "prompt from late" in match.note
    assert (np.abs(match.t_edge_ns - taken.truth) <= match.u_edge_ns).all()
    assert match.u_edge_ns.min() > 10 * PERIOD


def test_frames_before_that_were_later_than_the_recording_leave_it_untied() -> None:
    taken = film(21, late_before=starved)
    match = taken.match()
    assert (match.edge == -1).all() and "late" in match.note
    assert (np.abs(match.t_edge_ns - taken.truth) <= match.u_edge_ns).all()


@pytest.mark.parametrize("delivery_ns", [0, 16_000_000])
def test_a_delivery_between_two_edges_is_not_decided(delivery_ns: int) -> None:
    match = film(22).match(delivery_ns)
    assert (match.edge == -1).all() and "delivery_ms" in match.note


def test_the_last_100_s_before_and_the_whole_recording_late_are_still_told() -> None:
    """The clock's rate over the recording reaches back to when frames came promptly."""
    taken = film(23, n=3600, late=starved, late_before=lambda s: np.where(s < 100, 6.0 * PERIOD, 0.0), before_s=600)
    holds(taken, taken.match())


def test_ten_minutes_with_stalls_and_a_minute_of_edges_and_frames_lost() -> None:
    taken = film(24, 36_000, 0.05, 0.05, late=LATE["stalls of 1.2 s"], before_s=600)
    there = (taken.captured < 9000) | (taken.captured >= 12_600)
    taken.edges, taken.captured = taken.edges[there], taken.captured[there]
    match = taken.match()
    holds(taken, match)
    assert match.note == ""


@pytest.mark.parametrize("delivery_ns", [4_000_000, 6_000_000, 11_000_000])
def test_a_wrong_delivery_time_picks_the_same_edges(delivery_ns: int) -> None:
    taken = film(14, lost_edges=0.05)
    holds(taken, taken.match(delivery_ns))


def test_a_camera_that_does_not_follow_the_line_shows_it_in_rate_and_residuals() -> None:
    """Free-running at 59.9 Hz: it slides through the edges, and whole stretches find none."""
    taken = film(15)
    slide = (np.arange(len(taken.ticks)) * 28_000).astype(np.int64)
    taken.ticks, taken.arrival = taken.ticks + slide, taken.arrival + slide
    match = taken.match()
    assert (match.edge == -1).any() or np.nanmax(np.abs(match.residual_ns)) > 500_000


def test_without_edges_the_camera_is_only_overheard_and_the_bound_says_so() -> None:
    taken = film(16)
    none = np.array([], np.int64)
    match = match_frames(taken.ticks, taken.arrival, none, none, DELIVERY, PERIOD)
    assert (match.edge == -1).all()
    assert np.isnan(match.ppm)
    assert (np.abs(match.t_edge_ns - taken.truth) <= match.u_edge_ns).all()
    assert match.u_edge_ns.min() > 0.9 * DELIVERY


def test_no_frames_give_an_empty_match() -> None:
    none = np.array([], np.int64)
    match = match_frames(none, none, np.arange(5) * PERIOD, np.full(5, BOUND), DELIVERY, PERIOD)
    assert match.edge.shape == match.t_edge_ns.shape == match.u_edge_ns.shape == (0,)


def test_an_hour_is_matched_like_a_minute() -> None:
    """Wander far beyond what one straight line could follow."""
    taken = film(17, n=60 * 60 * 20)
    match = taken.match()
    holds(taken, match)
    assert np.nanmax(np.abs(match.residual_ns)) < 20_000


def test_counting_instead_of_timing_is_caught() -> None:
    """Teeth: the match that these tests are meant to rule out."""
    taken = film(18, lost_frames=0.05, lost_edges=0.05)
    counted = np.arange(len(taken.ticks))
    assert (counted != taken.right()).any()
