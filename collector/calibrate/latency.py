"""Constants of a rig's delays, from a self-test's take: exposure against sync edge, arms against what they are sent.

Nothing is measured here that the self-test does not measure: its fits become constants with bounds, of one camera
model, firmware, mode and profile, and what the rig's file supposes is compared with them.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from calibration.result import LatencyResult, Line, Made
from collector.selftest.evidence import Evidence, Rows
from collector.selftest.lag_fit import LagFit, NotEnough
from collector.selftest.led import LedFit
from collector.selftest.motion_joints import JointLag, joint_lag
from collector.selftest.result import SelfTest
from collector.teleop.engage import State
from hardware.config import RealSenseConfig, RigConfig

LEAST_BOUND_US: Final = 10.0
"""No constant is told better than this: a camera's own jitter about its edge is a few us."""

_SIGMAS: Final = 3.0
_LED_US: Final = 2.0  # the box stamps its LED to 1 us, and a LED lights up within another
_FOLLOWING: Final = 200  # commands that tell a lag at least

Found = LatencyResult | NotEnough


def camera_latency(
    rig: RigConfig, camera: str, test: SelfTest, devices: Mapping[str, Any], made: Made, episode: str = ""
) -> Found:
    """Of one camera: when its exposure ends (in genlock: begins) after the edge, and how late it shows the hand.

    That is half of the exposure that the camera tells off its middle by the light: a stamp is of the middle, which is
    known twice as well as either end, and is right then even where the camera exposes a little otherwise than it tells.
    """
    config, fit = rig.cameras[camera], test.leds.get(camera)
    if not isinstance(fit, LedFit):
        reason = "its pictures were not looked at: run the LED sweep" if fit is None else fit.reason
        return NotEnough(f"{camera}: {reason}")
    if fit.slip_frames:
        return NotEnough(
            f"{camera}: its pictures come {fit.slip_frames:+d} frames against their stamps; no constant puts that"
            " right: update SDK and firmware"
        )
    name = _constant_of(config)
    value = getattr(config, name, 0.0) + fit.mid_error_ns * 1e-3
    bound = max(_SIGMAS * fit.mid_sigma_ns * 1e-3 + _LED_US, LEAST_BOUND_US)
    constants, bounds = {name: value}, {name: bound}
    for (of, arm), lag in test.lags.items():
        if of == camera and isinstance(lag, LagFit):
            constants[f"motion_lag_ms:{arm}"] = lag.lag_ns * 1e-6
            bounds[f"motion_lag_ms:{arm}"] = _SIGMAS * lag.sigma_ns * 1e-6
    return LatencyResult(
        made=made,
        subject=f"cameras/{camera}",
        device=_device(devices.get("capture", {}).get(camera, {}))
        | {"mode": config.sync, "profile": f"{config.width}x{config.height}@{config.fps}"},
        constants=constants,
        bounds=bounds,
        episode=episode,
        lines=_camera_lines(camera, config, name, value, bound),
    )


def arm_latency(
    rig: RigConfig, arm: str, evidence: Evidence, devices: Mapping[str, Any], made: Made, episode: str = ""
) -> Found:
    """Of one follower: how long after it is sent a pose it is measured there, and after its leader was there."""
    states, sent = evidence.streams.get(f"arms/{arm}"), evidence.streams.get(f"commands/{arm}")
    if states is None or sent is None:
        return NotEnough(f"{arm}: the take holds no commands and states of it; record it with the arm following")
    lag = joint_lag("what it is sent", arm, _following(sent), states)
    if isinstance(lag, NotEnough):
        return NotEnough(f"{arm}: {lag.reason}")
    constants, bounds = {"action_latency_ms": lag.lag_ns * 1e-6}, {"action_latency_ms": _bound_ms(lag)}
    leader = rig.followers[arm].leader
    reads = evidence.streams.get(f"leaders/{leader}")
    behind = None if reads is None else joint_lag(leader, arm, reads, states)
    if isinstance(behind, JointLag):
        constants["teleop_latency_ms"], bounds["teleop_latency_ms"] = behind.lag_ns * 1e-6, _bound_ms(behind)
    process = devices.get(f"arm-{arm}", {})
    return LatencyResult(
        made=made,
        subject=f"arms/{arm}",
        device=_device(process) | {"mode": "position", "profile": f"{rig.followers[arm].joints} joints"},
        constants=constants,
        bounds=bounds,
        episode=episode,
        lines=(_known_line(_bound_ms(lag)),),
    )


def config_values(rig: RigConfig, found: LatencyResult) -> dict[str, float]:
    """What belongs into the rig's file, by key: where the measurement contradicts it, or is the better of the two."""
    kind, _, name = found.subject.partition("/")
    if kind != "cameras" or rig.cameras[name].sync == "off":
        return {}
    constant, config = _constant_of(rig.cameras[name]), rig.cameras[name]
    off, bound = abs(found.constants[constant] - getattr(config, constant)), found.bounds[constant]
    if off <= bound and bound >= config.edge_to_exposure_end_u_us:
        return {}
    values = {constant: round(found.constants[constant], 1)}
    if constant == "edge_to_exposure_end_us":
        values["edge_to_exposure_end_u_us"] = float(np.ceil(found.bounds[constant]))
    return values


def _constant_of(config: RealSenseConfig) -> str:
    match config.sync:
        case "genlock":
            return "edge_to_exposure_start_us"
        case "off":
            return "stamp_to_exposure_end_us"
        case _:
            return "edge_to_exposure_end_us"


def _camera_lines(camera: str, config: RealSenseConfig, name: str, value: float, bound: float) -> tuple[Line, ...]:
    supposed, allowed = getattr(config, name, 0.0), config.edge_to_exposure_end_u_us
    off = abs(value - supposed)
    remedy = (
        f"{camera}'s stamps come from its own clock, which puts them {value:+.0f} us off; see its sync mode"
        if config.sync == "off"
        else f"write {name}: {value:.1f} into cameras.{camera} of the rig's file (--write does)"
    )
    return (
        _line(f"{name}: configured against measured", off, allowed + bound, "us", remedy),
        _line("bound of the measurement", bound, allowed, "us", "measure longer: --seconds 60 --set selftest.led_s=40"),
    )


def _known_line(bound_ms: float) -> Line:
    return _line("bound of the action latency", bound_ms, 10.0, "ms", "move the leader more, and longer")


def _line(name: str, value: float, limit: float, unit: str, remedy: str) -> Line:
    good = value <= limit
    return Line(
        name=name, value=value, limit=limit, unit=unit, verdict="pass" if good else "warn",
        remedy="" if good else remedy,
    )  # fmt: skip


def _following(commands: Rows) -> Rows:
    """What was sent while the arm followed, as rows of t_ns and q; a command is of the instant it was sent."""
    follows = commands["state"] == State.FOLLOW
    kept = commands[follows] if np.count_nonzero(follows) >= _FOLLOWING else commands
    rows = np.zeros(len(kept), np.dtype([("t_ns", "<i8"), ("q", "<f8", commands["sent"].shape[1])]))
    rows["t_ns"], rows["q"] = kept["t_ns"], kept["sent"]
    return rows


def _bound_ms(lag: JointLag) -> float:
    return _SIGMAS * lag.sigma_ns * 1e-6


def _device(told: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(told.get(key, "")) for key in ("model", "firmware", "serial")}
