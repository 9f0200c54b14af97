"""Gates of the motion test: cameras against arms, by what they see of each other. Pure."""

from collections.abc import Mapping

import numpy as np

from collector.selftest.gate import Gate
from collector.selftest.motion import LagFit, NotEnough
from hardware.config import RigConfig

Lags = Mapping[tuple[str, str], LagFit | NotEnough]


def lag_gates(rig: RigConfig, lags: Lags) -> list[Gate]:
    """Of every pair that was fitted; a camera that is in none fails, unless the rig excuses it."""
    gates = [gate for (camera, arm), found in lags.items() for gate in _pair(rig, camera, arm, found)]
    seen = {camera for camera, _ in lags}
    absent = [name for name in rig.cameras if name not in seen and name not in rig.selftest.without_motion]
    arm = next(iter(rig.followers), "")
    reason = f"it was not looked at: put a marker of {rig.selftest.marker_mm:g} mm where it sees it move"
    return gates + [gate for name in absent for gate in _pair(rig, name, arm, NotEnough(reason))]


def _pair(rig: RigConfig, camera: str, arm: str, found: LagFit | NotEnough) -> list[Gate]:
    """A lag that is not known well says nothing, and passes nothing."""
    subject, limit_ms = f"cameras/{camera} to arms/{arm}", rig.gates.motion_sigma_ms
    if isinstance(found, NotEnough):
        return [Gate(subject, "enough motion", np.nan, "ms sigma", limit_ms, limit_ms, found.reason)]
    sigma_ms = found.sigma_ns * 1e-6
    more = "move the hand more, and faster, in the camera's view"
    enough = Gate(subject, "enough motion", sigma_ms, "ms sigma", limit_ms, limit_ms, more)
    if enough.verdict == "fail":
        return [enough]
    what = "show the hand later" if found.lag_ns > 0 else "show the hand sooner"
    remedy = f"its pictures {what} than the joints tell: measure its exposure by the LED, look at the robot's network"
    lag_ms = abs(found.lag_ns) * 1e-6
    return [enough, Gate(subject, "motion lag", lag_ms, "ms", *rig.gates.motion_lag_ms, remedy)]
