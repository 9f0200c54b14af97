"""The LED sweep finds each exposure, knows how well, and sees pictures that are not what they claim."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.selftest.evidence import LedTrace
from collector.selftest.led import LedFit, NotSeen, fit_led
from tests.collector.selftest.led_sim import EXPOSURE_NS, PERIOD_NS, Seen, accuracy, look


def fitted(seen: Seen) -> LedFit:
    fit = fit_led(seen.trace, seen.flashes, seen.t_mid_ns)
    assert isinstance(fit, LedFit), fit
    return fit


def test_eight_seconds_at_3_percent_noise_give_the_middle_within_50_us_and_an_honest_sigma() -> None:
    errors, sigmas = accuracy(range(40))
    assert np.percentile(np.abs(errors), 95) <= 50_000
    assert np.mean(np.abs(errors) <= 3 * sigmas) >= 0.98
    assert 0.7 <= np.sqrt(np.mean((errors / sigmas) ** 2)) <= 1.4


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    error_ns=st.floats(-3e6, 3e6),
    exposure_ns=st.floats(2e6, 7e6),
    slip=st.integers(-2, 2),
)
def test_start_length_and_identity_are_found_wherever_the_exposure_is(
    seed: int, error_ns: float, exposure_ns: float, slip: int
) -> None:
    seen = look(seed, seconds=5.0, noise=0.02, error_ns=error_ns, exposure_ns=exposure_ns, slip=slip)
    fit = fitted(seen)
    assert fit.slip_frames == slip
    assert fit.told_ns == EXPOSURE_NS
    assert fit.mid_error_ns == pytest.approx(error_ns, abs=120_000)
    assert fit.exposure_ns == pytest.approx(exposure_ns, abs=300_000)
    assert fit.end_error_ns - fit.start_error_ns == pytest.approx(fit.exposure_ns - EXPOSURE_NS, abs=1)


def test_most_of_the_brightness_is_explained_when_all_is_well() -> None:
    assert max(fitted(look(seed)).unexplained for seed in range(10)) < 0.02


def test_one_in_ten_pictures_gone_wild_moves_nothing_and_shows() -> None:
    fit = fitted(look(1, error_ns=200_000, outliers=0.1))
    assert fit.mid_error_ns == pytest.approx(200_000, abs=60_000)
    assert fit.unexplained > 0.10


def test_stale_pictures_show_as_unexplained() -> None:
    seen = look(2)
    brightness = seen.trace.brightness.copy()
    for at in range(100, 400, 60):
        brightness[at : at + 20] = brightness[at]
    fit = fit_led(LedTrace(seen.trace.frame, brightness, seen.trace.exposure_us), seen.flashes, seen.t_mid_ns)
    assert isinstance(fit, LedFit)
    assert fit.unexplained > 0.10


def test_lost_messages_of_flashes_are_not_held_against_the_camera() -> None:
    fit = fitted(look(3, error_ns=-100_000, untold=0.08))
    assert fit.mid_error_ns == pytest.approx(-100_000, abs=60_000)
    assert fit.unexplained < 0.06


def test_lost_frames_and_a_drifting_room_do_not_matter() -> None:
    seen = look(4, error_ns=50_000, drift=0.4)
    kept = np.random.default_rng(0).random(len(seen.trace.frame)) > 0.3
    trace = LedTrace(seen.trace.frame[kept], seen.trace.brightness[kept], seen.trace.exposure_us[kept])
    fit = fit_led(trace, seen.flashes, seen.t_mid_ns)
    assert isinstance(fit, LedFit)
    assert fit.mid_error_ns == pytest.approx(50_000, abs=60_000)
    assert fit.slip_frames == 0


def test_camera_that_tells_of_a_changed_exposure_is_followed() -> None:
    """The end of exposure is fixed to the pulse; background and gain change with its length."""
    before, after = look(5), look(5, error_ns=1_000_000, exposure_ns=2_000_000)
    changed = np.arange(len(before.t_mid_ns)) >= 200
    trace = LedTrace(
        before.trace.frame,
        np.where(changed, after.trace.brightness * 0.6, before.trace.brightness),
        np.where(changed, 2000, 4000),
    )
    t_mid_ns = np.where(changed, before.t_mid_ns + 1_000_000, before.t_mid_ns)
    fit = fit_led(trace, before.flashes, t_mid_ns)
    assert isinstance(fit, LedFit)
    assert abs(fit.mid_error_ns) < 60_000
    assert abs(fit.exposure_ns - fit.told_ns) < 150_000
    assert fit.unexplained < 0.03


def test_pictures_that_do_not_blink_or_blink_otherwise_are_not_seen() -> None:
    seen, other = look(6), look(7)
    dark = LedTrace(
        seen.trace.frame, np.random.default_rng(0).normal(30, 2, len(seen.trace.frame)), seen.trace.exposure_us
    )
    assert isinstance(fit_led(dark, seen.flashes, seen.t_mid_ns), NotSeen)
    assert isinstance(fit_led(other.trace, seen.flashes, seen.t_mid_ns), NotSeen)


def test_too_little_to_go_by_is_told_with_the_remedy() -> None:
    seen = look(8)
    few = fit_led(seen.trace, seen.flashes[:5], seen.t_mid_ns)
    assert isinstance(few, NotSeen) and "5 flashes" in few.reason and "firmware" in few.reason
    short = LedTrace(seen.trace.frame[:20], seen.trace.brightness[:20], seen.trace.exposure_us[:20])
    none = fit_led(short, seen.flashes, seen.t_mid_ns)
    assert isinstance(none, NotSeen) and "20 pictures" in none.reason


def test_order_of_flashes_and_frames_after_the_sweep_do_not_matter() -> None:
    seen = look(9, seconds=5.0)
    fit = fitted(seen)
    later = np.arange(1, 200) * PERIOD_NS + seen.t_mid_ns[-1] + 10 * PERIOD_NS
    frames = np.arange(len(seen.t_mid_ns) + len(later))
    trace = LedTrace(
        frames,
        np.concatenate([seen.trace.brightness, np.full(len(later), 200.0)]),
        np.full(len(frames), EXPOSURE_NS // 1000),
    )
    again = fit_led(trace, seen.flashes[::-1], np.concatenate([seen.t_mid_ns, later]))
    assert isinstance(again, LedFit)
    assert again.mid_error_ns == fit.mid_error_ns
