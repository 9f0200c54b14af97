"""A self-test's fits become constants with bounds, and the rig's file is contradicted only where they do."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.result import LatencyResult, Made
from collector.calibrate.latency import arm_latency, camera_latency, config_values
from collector.selftest.evidence import Evidence
from collector.selftest.lag_fit import LagFit, NotEnough
from collector.selftest.led import LedFit, NotSeen, fit_led
from collector.selftest.result import SelfTest
from collector.teleop.engage import State
from hardware.config import RigConfig
from hardware.load import load
from hardware.rows import arm_row, command_row, leader_row
from tests.collector.selftest.led_sim import EXPOSURE_NS, look

RIG = Path(__file__).parents[3] / "configs/rigs/virtual.yaml"
DEVICES: dict[str, Any] = {"capture": {"front": {"model": "D455", "firmware": "5.17", "serial": "1", "options": {}}}}
NOTHING = Evidence({}, np.zeros(0), np.zeros(0))


def rig(*sets: str) -> RigConfig:
    return load(RigConfig, RIG, sets)


def led(end_us: float, sigma_us: float = 2.0, slip: int = 0) -> LedFit:
    return LedFit(
        frames=400, flashes=300, slip_frames=slip, mid_error_ns=end_us * 1e3, mid_sigma_ns=sigma_us * 1e3,
        start_error_ns=end_us * 1e3, start_sigma_ns=sigma_us * 1e3, end_error_ns=end_us * 1e3,
        end_sigma_ns=sigma_us * 1e3, exposure_ns=4e6, exposure_sigma_ns=1e3, told_ns=4e6, width_ns=1e5,
        unexplained=0.01, phase_ns=np.zeros(1), brightness=np.zeros(1),
    )  # fmt: skip


def measured(config: RigConfig, fit: LedFit | NotSeen) -> LatencyResult | NotEnough:
    lag = LagFit("front", "right", 300_000, 20_000, 0.1, 30.0, 0.99, (1,), np.zeros(1, np.int64), np.zeros(1))
    test = SelfTest([], NOTHING, {"front": fit}, {("front", "right"): lag})
    return camera_latency(config, "front", test, DEVICES, Made(), "u")


def told(config: RigConfig, fit: LedFit) -> LatencyResult:
    found = measured(config, fit)
    assert isinstance(found, LatencyResult)
    return found


@pytest.mark.parametrize("share", [0.97, 1.03])
def test_eight_seconds_of_light_bound_the_stamps_by_less_than_is_supposed(share: float) -> None:
    """Against the truth: 3 % noise, exposures that are a little shorter or longer than the camera tells."""
    config = rig()
    for seed in range(10):
        error_us = 20.0 * (seed - 5)
        seen = look(seed, error_ns=error_us * 1e3, exposure_ns=share * EXPOSURE_NS)
        fit = fit_led(seen.trace, seen.flashes, seen.t_mid_ns)
        assert isinstance(fit, LedFit)
        found = told(config, fit)
        bound = found.bounds["edge_to_exposure_end_us"]
        assert bound <= config.cameras["front"].edge_to_exposure_end_u_us
        assert abs(found.constants["edge_to_exposure_end_us"] - error_us) <= bound


def test_the_constant_is_what_was_configured_and_what_the_light_adds() -> None:
    found = told(rig("cameras.front.edge_to_exposure_end_us=30"), led(-12.0))
    assert found.constants["edge_to_exposure_end_us"] == pytest.approx(18.0)
    assert found.bounds["edge_to_exposure_end_us"] >= 10
    assert found.constants["motion_lag_ms:right"] == pytest.approx(0.3)
    assert found.device == {
        "model": "D455", "firmware": "5.17", "serial": "1", "mode": "master", "profile": "640x480@60",
    }  # fmt: skip
    assert found.subject == "cameras/front" and found.episode == "u"


def test_a_file_that_is_contradicted_warns_and_gets_the_value() -> None:
    config = rig()
    found = told(config, led(300.0))
    assert [line.verdict for line in found.lines] == ["warn", "pass"]
    assert "edge_to_exposure_end_us: 300.0" in found.lines[0].remedy
    assert config_values(config, found) == {"edge_to_exposure_end_us": 300.0, "edge_to_exposure_end_u_us": 10.0}


def test_a_poor_measurement_that_contradicts_nothing_changes_nothing() -> None:
    config = rig()
    found = told(config, led(60.0, sigma_us=30.0))
    assert [line.verdict for line in found.lines] == ["pass", "warn"]
    assert config_values(config, found) == {}


def test_in_genlock_it_is_the_start_that_is_constant() -> None:
    sets = ("trigger.mode=drive", "trigger.rate_hz=30", *(f"cameras.{name}.sync=genlock" for name in rig().cameras))
    config = rig(*sets)
    found = told(config, led(25.0))
    assert found.constants["edge_to_exposure_start_us"] == pytest.approx(815.0)
    assert config_values(config, found) == {"edge_to_exposure_start_us": 815.0}


def test_what_the_light_cannot_tell_is_said() -> None:
    slipped, unseen = measured(rig(), led(0.0, slip=1)), measured(rig(), NotSeen("turn the LED to the camera"))
    assert isinstance(slipped, NotEnough) and "no constant" in slipped.reason
    assert isinstance(unseen, NotEnough) and "turn the LED" in unseen.reason


def _moving(lag_s: float, seconds: float = 6.0) -> Evidence:
    """An arm that does what it is sent, later."""
    t = np.arange(0, seconds, 0.01)
    q = np.stack([0.3 * np.sin((1 + 0.2 * joint) * t + joint) for joint in range(7)], axis=1)
    commands, states = np.zeros(len(t), command_row(7)), np.zeros(len(t), arm_row(7))
    reads = np.zeros(len(t), leader_row(7))
    commands["t_ns"] = reads["t_ns"] = (t * 1e9).astype(np.int64)
    states["t_ns"] = commands["t_ns"] + round(lag_s * 1e9)
    commands["sent"] = states["q"] = reads["q"] = q
    commands["state"] = State.FOLLOW
    return Evidence(
        {"commands/right": commands, "arms/right": states, "leaders/right": reads}, np.zeros(0), np.zeros(0)
    )


def test_an_arm_s_latency_is_what_was_sent_to_what_was_measured() -> None:
    found = arm_latency(rig(), "right", _moving(0.045), {}, Made())
    assert isinstance(found, LatencyResult)
    assert found.constants["action_latency_ms"] == pytest.approx(45, abs=0.5)
    assert found.constants["teleop_latency_ms"] == pytest.approx(45, abs=0.5)
    assert found.lines[0].verdict == "pass" and config_values(rig(), found) == {}


def test_an_arm_that_did_not_move_tells_nothing() -> None:
    still = _moving(0.045)
    still.streams["arms/right"]["q"] = 0.0
    for evidence, words in ((still, "hardly moved"), (NOTHING, "no commands")):
        found = arm_latency(rig(), "right", evidence, {}, Made())
        assert isinstance(found, NotEnough) and words in found.reason
