"""The standard deviation of an estimate whose errors last."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.selftest.motion_sigma import lag_sigma

N = 900
PERIOD_S = 1 / 60


def line(rng: np.random.Generator, alike: float, missing: float) -> tuple[float, float]:
    """Slope of noise against a slow wave, true slope 0: the estimate and its sigma."""
    t = np.arange(N) * PERIOD_S
    wave = np.sin(2 * np.pi * 0.4 * t)
    noise = rng.normal(size=N)
    for i in range(1, N):
        noise[i] = alike * noise[i - 1] + np.sqrt(1 - alike**2) * noise[i]
    here = rng.random(N) >= missing
    t, wave, noise = t[here], wave[here], noise[here]
    slope = float(wave @ noise / (wave @ wave))
    effect = wave / (wave @ wave)
    residual = noise - slope * wave
    variance = float((residual**2).mean() * (effect @ effect))
    return slope, lag_sigma([t], [residual[:, None]], [effect[:, None]], variance)


def test_errors_are_as_large_as_the_sigma_says_for_noise_that_lasts_and_frames_that_miss() -> None:
    for alike, missing in ((0.0, 0.0), (0.0, 0.4), (0.8, 0.0), (0.8, 0.3)):
        rng = np.random.default_rng(round(10 * alike + missing))
        ratios = np.array([slope / sigma for slope, sigma in (line(rng, alike, missing) for _ in range(150))])
        assert 0.8 < np.sqrt(np.mean(ratios**2)) < 1.25
        assert np.mean(np.abs(ratios) > 3) <= 0.02


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6), st.floats(-1e4, 1e4))
def test_units_and_the_origin_of_time_do_not_matter(seed: int, unit: float, since_s: float) -> None:
    rng = np.random.default_rng(seed)
    t = np.cumsum(rng.choice([1, 1, 1, 2], 80)) * PERIOD_S
    residual, effect = rng.normal(size=(2, 80, 8))
    plain = lag_sigma([t], [residual], [effect], 0.0)
    scaled = lag_sigma([t + since_s], [residual * unit], [effect / unit], 0.0)
    assert np.isclose(plain, scaled, rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.0, 100.0))
def test_never_better_than_independent_errors_allow(seed: int, variance: float) -> None:
    rng = np.random.default_rng(seed)
    t = np.arange(50) * PERIOD_S
    residual, effect = rng.normal(size=(2, 50, 8))
    assert lag_sigma([t], [residual], [effect], variance) >= np.sqrt(variance)
