import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.quality.smoothness import ldlj, smoothed, sparc
from tests.collector.quality.takes import minimum_jerk

RATE = 200.0


def velocity(lasts: float, by: float = 1.0, tremor: float = 0.0) -> np.ndarray:
    t = np.arange(0, lasts, 1 / RATE)
    q = by * minimum_jerk(t / lasts) + tremor * np.sin(2 * np.pi * 9 * t)
    return np.gradient(q, 1 / RATE)[:, np.newaxis]


def test_a_minimum_jerk_motion_has_the_jerk_that_the_calculus_of_variations_gives() -> None:
    # integral of jerk^2 = 720 D^2 / T^5, peak speed 1.875 D / T
    assert ldlj(velocity(2.0), RATE) == pytest.approx(-np.log(720 / 1.875**2), abs=0.05)


@given(st.floats(0.8, 8.0), st.floats(0.01, 3.0))
def test_neither_size_nor_pace_of_a_motion_makes_it_less_smooth(lasts: float, by: float) -> None:
    v = velocity(lasts, by)
    assert sparc(np.abs(v[:, 0]), RATE) == pytest.approx(-1.41, abs=0.02)
    assert ldlj(v, RATE) == pytest.approx(-5.32, abs=0.12)


@given(st.floats(1.0, 5.0), st.floats(0.0005, 0.01))
def test_tremor_makes_a_motion_jerkier_and_more_tremor_more_so(lasts: float, tremor: float) -> None:
    calm, less, more = (ldlj(velocity(lasts, tremor=size), RATE) for size in (0.0, tremor, 2 * tremor))
    assert calm is not None and less is not None and more is not None
    assert calm > less > more


def test_every_halt_makes_the_spectrum_of_a_motion_longer() -> None:
    one = np.abs(velocity(2.0)[:, 0])
    two = np.concatenate([one[:200], np.zeros(100), one[:200]])
    three = np.concatenate([two, np.zeros(100), one[:200]])
    lengths = [sparc(speed, RATE) or 0.0 for speed in (one, two, three)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] - lengths[2] > 0.5


def test_what_stands_still_is_neither_smooth_nor_jerky() -> None:
    assert sparc(np.zeros(100), RATE) is None
    assert ldlj(np.zeros((100, 7)), RATE) is None
    assert ldlj(np.zeros((2, 7)), RATE) is None


@given(st.integers(1, 50), st.floats(0.5, 20.0))
def test_smoothing_changes_no_straight_line(size: int, sigma: float) -> None:
    line = np.stack([np.arange(size, dtype=float), 3.0 - np.arange(size)], axis=1)
    assert smoothed(line, sigma) == pytest.approx(line)
