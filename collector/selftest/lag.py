"""Gates of the motion test: cameras against arms, by what they see of each other. Pure."""

from collections.abc import Mapping, Sequence

import numpy as np

from collector.selftest.gate import Gate
from collector.selftest.lag_fit import LagFit, NotEnough
from hardware.config import RigConfig

Pair = tuple[str, str]
"""Camera and arm."""
Lags = Mapping[Pair, LagFit | NotEnough]


def chosen(rig: RigConfig, camera: str, found: Mapping[str, LagFit | NotEnough]) -> dict[Pair, LagFit | NotEnough]:
    """What a camera proves, of its fits against each arm: all that are known well, else the one to go on with.

    Nobody says on which hand a marker sits, so the motion does; on whose wrist a camera rides, the rig file says.
    """
    known = {arm: lag for arm, lag in found.items() if _known(rig, lag)}
    if known or not found:
        return {(camera, arm): lag for arm, lag in known.items()}
    best = rig.carrier(camera) or max(found, key=lambda arm: _explained(found[arm]))
    return {(camera, best): found[best]}


def lag_gates(rig: RigConfig, lags: Lags) -> list[Gate]:
    """Of every pair that was fitted, of every camera and of every arm: each must be in a pair, unless excused."""
    gates = [gate for (camera, arm), found in lags.items() for gate in _pair(rig, camera, arm, found)]
    seen = {camera for camera, _ in lags}
    absent = [name for name in rig.cameras if name not in seen and name not in rig.selftest.without_motion]
    first = next(iter(rig.followers), "")
    reason = f"it was not looked at: put a marker of {rig.selftest.marker_mm:g} mm where it sees it move"
    for name in absent:
        gates += _pair(rig, name, rig.carrier(name) or first, NotEnough(reason))
    proven = [pair for pair, found in lags.items() if _known(rig, found)]
    return [*gates, *_riders(rig, proven), *_arms(rig, proven, gates)]


def unseen_arms(rig: RigConfig) -> list[str]:
    """The arms that no camera can prove, by what the rig's `selftest` excuses."""
    excused = rig.selftest.without_motion
    carriers = [rig.carrier(name) for name in rig.cameras if name not in excused]
    return [
        arm
        for arm in rig.followers
        if arm in rig.selftest.without_camera or not any(carrier in (None, arm) for carrier in carriers)
    ]


def _known(rig: RigConfig, found: LagFit | NotEnough) -> bool:
    return isinstance(found, LagFit) and found.sigma_ns * 1e-6 <= rig.gates.motion_sigma_ms


def _explained(lag: LagFit | NotEnough) -> float:
    return lag.explained if isinstance(lag, LagFit) else -1.0


def _pair(rig: RigConfig, camera: str, arm: str, found: LagFit | NotEnough) -> list[Gate]:
    """A lag that is not known well says nothing, and passes nothing."""
    subject, limit_ms = _subject(camera, arm), rig.gates.motion_sigma_ms
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


def _riders(rig: RigConfig, proven: Sequence[Pair]) -> list[Gate]:
    """Does each camera on a wrist move with the arm that the rig file puts it on?"""
    gates: list[Gate] = []
    for camera in rig.cameras if len(rig.followers) > 1 else ():
        own, moves_with = rig.carrier(camera), [arm for name, arm in proven if name == camera]
        if own is None or not moves_with:
            continue
        others = [arm for arm in moves_with if arm != own]
        remedy = (
            f"it moves with {' and '.join(others)}, the rig file puts it on {own}:"
            " are two arms' addresses or two cameras' serial numbers swapped?"
        )
        gates.append(Gate(f"cameras/{camera}", "own arm", len(others), "other arms", 0, 0, remedy))
    return gates


def _arms(rig: RigConfig, proven: Sequence[Pair], gates: Sequence[Gate]) -> list[Gate]:
    """By how many cameras each arm is proven; not of an arm for which a camera already failed to see it move."""
    found: list[Gate] = []
    failed = {gate.subject for gate in gates if gate.name == "enough motion" and gate.verdict == "fail"}
    for arm in rig.followers:
        count = sum(1 for _, of in proven if of == arm)
        if not count and any(_subject(camera, arm) in failed for camera in rig.cameras):
            continue
        excused = arm in unseen_arms(rig)
        remedy = "no camera saw it move, so nothing proves when its joints were where it tells: " + (
            "the rig file excuses it"
            if excused
            else f"move it, a marker of {rig.selftest.marker_mm:g} mm on its hand in a camera's view"
        )
        found.append(Gate(f"arms/{arm}", "seen moving", count, "cameras", 1, 0 if excused else 0.5, remedy))
    return found


def _subject(camera: str, arm: str) -> str:
    return f"cameras/{camera} to arms/{arm}"
