"""The LED is found in the pictures by itself, and measured where it does not clip."""

import numpy as np
import pytest

from collector.selftest.evidence import LedTrace
from collector.selftest.led import LedFit, NotSeen, fit_led
from collector.selftest.led_trace import trace_led
from tests.collector.selftest.led_film import film
from tests.collector.selftest.led_sim import Seen, look

SECONDS = 4.0


def shining(seen: Seen) -> np.ndarray:
    """Brightness of the lamp in each picture, 1: lit all through the exposure."""
    return (seen.trace.brightness - 30) / 200


def traced(seen: Seen, jpegs: list[bytes]) -> LedTrace | NotSeen:
    return trace_led(enumerate(jpegs), seen.flashes, seen.t_mid_ns, seen.trace.exposure_us)


@pytest.mark.parametrize(
    "lamp",
    [
        {},
        {"radius": 1.0},
        {"radius": 8.0, "glow": 60.0},
        {"lamp": (1.0, 118.0)},
        {"clipped": True},
        {"flicker": 0.2},
    ],
    ids=["plain", "tiny", "large and dim", "at the rim", "clipped", "flickering room"],
)
def test_exposure_is_found_through_the_pictures(lamp: dict[str, float]) -> None:
    seen = look(1, seconds=SECONDS, error_ns=150_000)
    trace = traced(seen, film(shining(seen), **lamp))  # pyright: ignore[reportArgumentType]
    assert isinstance(trace, LedTrace), trace
    assert np.corrcoef(trace.brightness, shining(seen)[trace.frame])[0, 1] > 0.995
    fit = fit_led(trace, seen.flashes, seen.t_mid_ns)
    assert isinstance(fit, LedFit)
    assert fit.mid_error_ns == pytest.approx(150_000, abs=80_000)
    assert fit.slip_frames == 0


@pytest.mark.parametrize(("slip", "error_ns"), [(1, 0.0), (-1, 0.0), (0, 5e6)])
def test_pictures_that_are_late_are_found_too(slip: int, error_ns: float) -> None:
    seen = look(2, seconds=SECONDS, slip=slip, error_ns=error_ns)
    trace = traced(seen, film(shining(seen)))
    assert isinstance(trace, LedTrace)
    fit = fit_led(trace, seen.flashes, seen.t_mid_ns)
    assert isinstance(fit, LedFit)
    assert fit.slip_frames == slip
    assert fit.mid_error_ns == pytest.approx(error_ns, abs=80_000)


def test_only_pictures_of_the_sweep_are_used_and_their_rows_kept() -> None:
    seen = look(3, seconds=SECONDS)
    first, last = 40, 180
    few = Seen(seen.trace, seen.flashes[(seen.flashes["seq"] > first) & (seen.flashes["seq"] < last)], *_times(seen))
    trace = traced(few, film(shining(seen)))
    assert isinstance(trace, LedTrace)
    assert first - 20 < trace.frame[0] <= first + 2
    assert last - 2 <= trace.frame[-1] < last + 20
    assert (np.diff(trace.frame) == 1).all()


def test_unreadable_pictures_are_left_out() -> None:
    seen = look(4, seconds=SECONDS)
    jpegs = film(shining(seen))
    jpegs[100] = b"no picture"
    trace = traced(seen, jpegs)
    assert isinstance(trace, LedTrace)
    assert 100 not in trace.frame
    assert len(trace.frame) == len(jpegs) - 1


def test_what_does_not_blink_with_the_flashes_is_refused_with_the_reason() -> None:
    seen = look(5, seconds=SECONDS)
    other = traced(seen, film(shining(look(6, seconds=SECONDS))))
    assert isinstance(other, NotSeen) and "nothing in its pictures blinks" in other.reason
    dark = traced(seen, film(np.zeros(len(seen.t_mid_ns))))
    assert isinstance(dark, NotSeen) and "turn the LED to the camera" in dark.reason
    everywhere = traced(seen, film(shining(seen), radius=200.0, glow=60.0))
    assert isinstance(everywhere, NotSeen) and "most of its picture" in everywhere.reason
    assert isinstance(traced(Seen(seen.trace, seen.flashes[:3], *_times(seen)), []), NotSeen)
    assert isinstance(traced(seen, []), NotSeen)


def _times(seen: Seen) -> tuple[np.ndarray, np.ndarray]:
    return seen.t_mid_ns, seen.t_true_ns
