"""One camera in virtual time: exposures on the pulses, frames as the host gets them, the LED in its pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.selftest.evidence import LedTrace
from hardware import rows
from hardware.clock.unwrap import REALSENSE_US, Unwrapper
from hardware.config import RigConfig
from tests.take.box import Box
from tests.take.wrong import SECOND, START_NS, Clock, Draw, Faults, Floats, Ints, delays

Rows = NDArray[np.void]

_ANCHORS_S = 20
_NOISE = 0.03  # of the glow, a frame
_GLOW, _DULL = 150.0, 40.0
_LED_FRAMES_S = 0.5  # after the sweep


@dataclass(frozen=True)
class Shot:
    """A camera's take. mid_ns: (F,) true mid-exposures by row; picture_ns: of what each row's picture shows."""

    frames: Rows
    mid_ns: Ints
    picture_ns: Ints
    anchors: Ints
    led: LedTrace


def camera_clock(rig: RigConfig, draw: Draw, faults: Faults, name: str) -> Clock:
    rng = draw.rng(f"cameras/{name}")
    wrap = int(rng.integers(2, 20)) if draw.wraps else -int(rng.integers(60, 3600))
    return Clock.draw(rng, draw, REALSENSE_US * 1000 - wrap * SECOND, faults.spells("camera_drift", name))


def make_camera(rig: RigConfig, draw: Draw, faults: Faults, name: str, clock: Clock, box: Box, end_ns: int) -> Shot:
    rng = draw.rng(f"frames/{name}")
    config, f = rig.cameras[name], faults
    constant_ns = (config.edge_to_exposure_end_us + rng.uniform(-1, 1) * draw.edge_error_us) * 1000
    told = _exposed(f, name, box.pulse_ns + round(constant_ns), clock, rng)  # end of exposure, as metadata have it
    told = told + rng.normal(0, draw.edge_jitter_us * 1000, len(told)).astype(np.int64)
    ended = told + (f.size("camera_lag", name, told) * 1000).astype(np.int64)
    exposure_us = np.full(len(told), config.exposure_us)
    other = f.size("exposure_change", name, told)
    exposure_us = np.where(other > 0, other, exposure_us).astype(np.int64)
    mid = ended - exposure_us * 500
    picture = np.where(f.on("index_slip", name, told), np.concatenate([mid[:1], mid[:-1]]), mid)
    found = np.zeros(len(told), rows.FRAME)
    found["seq"], found["exposure_us"] = int(rng.integers(3, 1000)) + np.arange(len(told)), exposure_us
    arrival = told + delays(rng, len(told), draw.delivery_ms[0] * 1000, draw.delivery_ms[1] * 1000)
    arrival = np.maximum.accumulate(_stalled(rng, draw, arrival, end_ns))
    device_us = clock.device_ns(told) // 1000 + _jumps_us(f, name, told)
    frozen = f.on("stamp_frozen", name, told)
    source = np.maximum.accumulate(np.where(frozen, 0, np.arange(len(told))))
    found["t_ns"] = found["t_arrival_ns"] = arrival
    found["u_ns"] = 20_000_000 + config.exposure_us * 1000
    found["ticks"] = device_us[source]
    kept = ~f.on("frame_drop", name, told) & ~f.on("camera_unplug", name, told)
    kept &= (arrival >= START_NS) & (arrival < end_ns)
    copies = np.where(f.on("frame_double", name, told), 2, 1)[kept]
    index = np.repeat(np.flatnonzero(kept), copies)
    found, mid, picture = found[index], mid[index], picture[index]
    # An earlier frame and the anchors set the unwrapping going, as they do in the driver.
    anchors, unwrapper = _anchors(clock, draw, told)
    found["ticks"] = _unwrapped(unwrapper, found)
    found["sensor_ticks"] = found["ticks"] - found["exposure_us"] // 2
    return Shot(found, mid, picture, anchors, _led(rig, faults, name, found, picture, box.lit_ns, rng))


def _exposed(faults: Faults, name: str, on_pulse: Ints, clock: Clock, rng: np.random.Generator) -> Ints:
    """Ends of exposure: on the pulses, or in spells free at the camera's own rate, or none at all."""
    ended = on_pulse[~faults.on("pulses_lost", name, on_pulse)]
    for first, last, rate_hz in faults.spells("free_run", name):
        before = ended[ended < first]
        start = int(before[-1]) if len(before) else first
        count = int((min(last, int(ended[-1])) - start) * 1e-9 * rate_hz)
        device = clock.device_ns(np.array([start]))[0] + np.rint(np.arange(1, count + 1) * (1e9 / rate_hz)).astype(
            np.int64
        )
        free = clock.host_ns(device)
        # The first pulse clearly after the last exposure takes it back (half a period, as in the shutter).
        after = ended[ended > free[-1] + 8_333_333] if len(free) else ended[ended >= first]
        ended = np.concatenate([before, free, after])
    return ended


def _jumps_us(faults: Faults, name: str, t_ns: Ints) -> Ints:
    jumped = np.zeros(len(t_ns), np.int64)
    for first, _, size_us in faults.spells("clock_jump", name):
        jumped += np.where(t_ns >= first, round(size_us), 0)
    return jumped


def _stalled(rng: np.random.Generator, draw: Draw, arrival: Ints, end_ns: int) -> Ints:
    """A busy host: stretches in which nothing is taken in until their end."""
    for _ in range(draw.stalls):
        start = int(rng.integers(START_NS, end_ns))
        stop = start + int(rng.uniform(0.02, 0.4) * 1e9)
        arrival = np.where((arrival >= start) & (arrival < stop), stop, arrival)
    return arrival


def _anchors(clock: Clock, draw: Draw, told: Ints) -> tuple[Ints, Unwrapper]:
    """(K, 2) ticks us and arrival ns of prompt frames of the seconds before; the unwrapper that saw them."""
    ended = START_NS - np.arange(1, _ANCHORS_S + 1)[::-1] * SECOND
    arrival = ended + round(draw.delivery_ms[0] * 1e6) + 10_000
    raw = clock.device_ns(ended) // 1000 % REALSENSE_US
    unwrapper = Unwrapper(REALSENSE_US)
    ticks = [unwrapper.unwrap(int(value), None) for value in raw]
    return np.column_stack([np.array(ticks, np.int64), arrival]), unwrapper


def _unwrapped(unwrapper: Unwrapper, found: Rows) -> Ints:
    """As the driver does: the raw 32-bit counter, nearest to what the time since the last frame predicts."""
    out: list[int] = []
    last: tuple[int, int] | None = None
    for raw, arrival in zip((found["ticks"] % REALSENSE_US).tolist(), found["t_arrival_ns"].tolist(), strict=True):
        predicted = None if last is None else last[0] + (arrival - last[1]) / 1000
        out.append(unwrapper.unwrap(raw, predicted))
        last = out[-1], arrival
    return np.array(out, np.int64)


def _led(
    rig: RigConfig, faults: Faults, name: str, found: Rows, picture: Ints, lit: Ints, rng: np.random.Generator
) -> LedTrace:
    """Brightness in the frames of the sweep: the share of the exposure during which the LED was lit."""
    index = np.flatnonzero(picture < START_NS + round((rig.selftest.led_s + _LED_FRAMES_S) * 1e9))
    exposure_ns = found["exposure_us"][index].astype(np.int64) * 1000
    start, stop = picture[index] - exposure_ns // 2, picture[index] + exposure_ns // 2
    share = (_lit_until(lit, stop) - _lit_until(lit, start)) / (rig.cameras[name].exposure_us * 1000)
    share = share * ~faults.on("led_dark", name, picture[index])
    noise = rng.normal(0, _NOISE * _GLOW, len(index))
    return LedTrace(index, _DULL + _GLOW * share + noise, found["exposure_us"][index].astype(np.int64))


def _lit_until(lit: Ints, t_ns: Ints) -> Floats:
    """ns of light up to each instant."""
    if len(lit) == 0:
        return np.zeros(len(t_ns))
    so_far = np.concatenate([[0], np.cumsum(lit[:, 1] - lit[:, 0])])
    knots = np.column_stack([so_far[:-1], so_far[1:]]).ravel()
    return np.interp((t_ns - START_NS).astype(np.float64), (lit.ravel() - START_NS).astype(np.float64), knots)
