"""Gates of the LED sweep: each camera's exposures as the light proved them, and between cameras. Pure."""

from collections.abc import Mapping

import numpy as np

from collector.selftest.evidence import Evidence
from collector.selftest.gate import Gate
from collector.selftest.led import MIN_FLASHES, LedFit, NotSeen
from hardware.config import RigConfig

Leds = Mapping[str, LedFit | NotSeen]


def sweep_gates(rig: RigConfig, evidence: Evidence, leds: Leds) -> list[Gate]:
    """Did the box flash as it was told? Then what each camera saw of it; else that explains what none saw."""
    if set(rig.cameras) <= set(rig.selftest.without_led):
        return led_gates(rig, leds)
    told = np.nan if evidence.sweep else len(evidence.flashes)
    remedy = evidence.sweep or "check the box's firmware and its LED; a take without a sweep proves no exposure"
    swept = Gate("trigger", "LED sweep", told, "flashes", MIN_FLASHES, MIN_FLASHES - 1, remedy)
    return [swept] if swept.verdict == "fail" else [swept, *led_gates(rig, leds)]


def led_gates(rig: RigConfig, leds: Leds) -> list[Gate]:
    """Of every camera that was looked at; one that was not fails, unless the rig excuses it."""
    gates: list[Gate] = []
    for name in rig.cameras:
        if name not in leds and name in rig.selftest.without_led:
            continue
        gates += _camera(rig, name, leds.get(name, NotSeen("its pictures were not looked at: run the LED sweep")))
    fits = [fit for fit in leds.values() if isinstance(fit, LedFit)]
    return [*gates, _skew(rig, fits)] if len(fits) > 1 else gates


def _camera(rig: RigConfig, name: str, found: LedFit | NotSeen) -> list[Gate]:
    subject, gates = f"cameras/{name}", rig.gates
    if isinstance(found, NotSeen):
        return [Gate(subject, "LED seen", np.nan, "flashes", 1, 0, found.reason)]
    length = abs(found.exposure_ns / found.told_ns - 1)
    return [
        Gate(subject, "LED seen", found.flashes, "flashes", 1, 0, "point the box's LED at the camera"),
        _identity(rig, subject, found),
        Gate(
            subject, "exposure length", length, "of what it tells", *gates.exposure_length_share,
            "switch auto exposure off; update its firmware",
        ),
        Gate(
            subject, "mid-exposure", abs(found.mid_error_ns) * 1e-3, "us", *gates.mid_exposure_us,
            f"its exposures are {found.mid_error_ns * 1e-3:+.0f} us against their stamps:"
            " put that into its edge_to_exposure_end_us (start in genlock)",
        ),
    ]  # fmt: skip


def _identity(rig: RigConfig, subject: str, found: LedFit) -> Gate:
    """Does each picture show the pulse of its stamp? Pictures of another pulse explain nothing of it."""
    if found.slip_frames:
        share = 1.0
        remedy = f"its pictures come {found.slip_frames:+d} frames against their stamps: update SDK and firmware"
    else:
        share = found.unexplained
        remedy = "some pictures do not show their pulse's light: look for stale pictures, shade other lamps"
    return Gate(subject, "LED identity", share, "unexplained", *rig.gates.led_unexplained, remedy)


def _skew(rig: RigConfig, fits: list[LedFit]) -> Gate:
    """Between the cameras whose exposures differ most."""
    skew_us = float(np.ptp([fit.mid_error_ns for fit in fits])) * 1e-3
    remedy = "look which camera's mid-exposure is off, and calibrate it"
    return Gate("cameras", "exposure skew", skew_us, "us", *rig.gates.mid_exposure_us, remedy)
