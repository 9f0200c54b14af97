"""What the gates make of the LED's and the motion's fits."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from collector.selftest.certificate import certify
from collector.selftest.gate import Gate
from collector.selftest.lag import chosen, lag_gates
from collector.selftest.lag_fit import LagFit, NotEnough
from collector.selftest.led import LedFit, NotSeen
from collector.selftest.led_gates import led_gates, sweep_gates
from hardware.config import GateConfig, RigConfig
from hardware.load import load
from tests.take.take import make_take, strict_rig

RIG = strict_rig()
NOTHING = np.zeros(0)
TAKE = make_take(5, seconds=10)
LED = TAKE.leds()["side"]
LAG = LagFit("side", "right", 100_000, 30_000, 0.2, 80.0, 0.999, (40,), np.zeros(0, np.int64), NOTHING)
PAIR = "side", "right"
TWO_ARMS = load(RigConfig, Path(__file__).parents[3] / "configs/rigs/aloha_bimanual.yaml").model_copy(
    update={"gates": GateConfig()}
)


def excused(rig: RigConfig = RIG, **without: tuple[str, ...]) -> RigConfig:
    return rig.model_copy(update={"selftest": rig.selftest.model_copy(update=without)})


def lags(*pairs: tuple[str, str]) -> dict[tuple[str, str], LagFit | NotEnough]:
    """Good fits of cameras against arms."""
    return {(camera, arm): replace(LAG, camera=camera, arm=arm) for camera, arm in pairs}


def bad(gates: list[Gate]) -> set[tuple[str, str]]:
    return {(gate.subject, gate.name) for gate in gates if gate.verdict == "fail"}


def leds(**changes: object) -> dict[str, LedFit | NotSeen]:
    """The side camera's fit with changes, beside two that are good."""
    assert isinstance(LED, LedFit)
    return {"front": LED, "side": replace(LED, **changes), "wrist": LED}


def test_good_fits_pass() -> None:
    assert {gate.verdict for gate in led_gates(RIG, leds())} == {"pass"}
    rig = excused(without_motion=("front", "wrist"))
    assert {gate.verdict for gate in lag_gates(rig, {PAIR: LAG})} == {"pass"}


def test_pictures_of_another_pulse_are_told_from_late_ones() -> None:
    assert bad(led_gates(RIG, leds(slip_frames=1))) == {("cameras/side", "LED identity")}
    late = bad(led_gates(RIG, leds(mid_error_ns=-2_000_000)))
    assert late == {("cameras/side", "mid-exposure"), ("cameras", "exposure skew")}


def test_stale_pictures_and_wrong_exposures_are_seen() -> None:
    assert bad(led_gates(RIG, leds(unexplained=0.3))) == {("cameras/side", "LED identity")}
    assert bad(led_gates(RIG, leds(exposure_ns=6_000_000))) == {("cameras/side", "exposure length")}


def test_cameras_that_agree_with_each_other_may_all_be_wrong() -> None:
    side = leds(mid_error_ns=900_000)["side"]
    late = dict.fromkeys(RIG.cameras, side)
    assert bad(led_gates(RIG, late)) == {(f"cameras/{name}", "mid-exposure") for name in RIG.cameras}


def test_a_camera_that_does_not_see_the_led_fails_unless_the_rig_excuses_it() -> None:
    seen = {name: fit for name, fit in leds().items() if name != "side"}
    assert bad(led_gates(RIG, seen)) == {("cameras/side", "LED seen")}
    assert bad(led_gates(RIG, {**seen, "side": NotSeen("it is dark")})) == {("cameras/side", "LED seen")}
    assert bad(led_gates(excused(without_led=("side",)), seen)) == set()


def test_a_lag_that_is_known_badly_never_passes() -> None:
    rig = excused(without_motion=("front", "wrist"))
    loose = lag_gates(rig, {PAIR: replace(LAG, lag_ns=0, sigma_ns=400_000)})
    assert [(gate.name, gate.verdict) for gate in loose] == [("enough motion", "fail")]
    still = lag_gates(rig, {PAIR: NotEnough("move")})
    assert [(gate.name, gate.verdict, gate.remedy) for gate in still] == [("enough motion", "fail", "move")]


def test_a_lag_of_two_milliseconds_fails_either_way() -> None:
    rig = excused(without_motion=("front", "wrist"))
    for lag_ns in (-2_000_000, 2_000_000):
        found = lag_gates(rig, {PAIR: replace(LAG, lag_ns=lag_ns)})
        assert bad(found) == {("cameras/side to arms/right", "motion lag")}


def test_a_camera_without_a_fit_fails_unless_the_rig_excuses_it() -> None:
    gates = lag_gates(RIG, {PAIR: LAG})
    assert bad(gates) == {(f"cameras/{name} to arms/right", "enough motion") for name in ("front", "wrist")}


def test_a_box_that_does_not_flash_as_told_fails_by_its_own_word_and_in_one_line() -> None:
    good = sweep_gates(RIG, TAKE.evidence, leds())
    assert (good[0].subject, good[0].name) == ("trigger", "LED sweep")
    assert {gate.verdict for gate in good} == {"pass"}
    refused = sweep_gates(RIG, replace(TAKE.evidence, sweep="the box refused SWEEP: busy"), leds())
    assert [(gate.subject, gate.name, gate.remedy) for gate in refused] == [
        ("trigger", "LED sweep", "the box refused SWEEP: busy")
    ]
    assert certify(RIG, refused, {}, {}, 0)["verdict"] == "fail"
    dark = sweep_gates(RIG, replace(TAKE.evidence, flashes=TAKE.evidence.flashes[:0]), {})
    assert bad(dark) == {("trigger", "LED sweep")}


def test_a_rig_of_which_no_camera_can_see_the_led_needs_no_sweep() -> None:
    blind = excused(without_led=tuple(RIG.cameras))
    assert sweep_gates(blind, replace(TAKE.evidence, sweep="this box has no LED"), {}) == []


def test_each_arm_is_proven_by_a_camera() -> None:
    gates = lag_gates(TWO_ARMS, lags(("front", "right"), ("wrist_left", "left"), ("wrist_right", "right")))
    assert {gate.verdict for gate in gates} == {"pass"}
    assert [(gate.subject, gate.value) for gate in gates if gate.name == "seen moving"] == [
        ("arms/left", 1),
        ("arms/right", 2),
    ]


def test_an_arm_that_no_camera_saw_fails_unless_the_rig_excuses_it_and_then_is_told() -> None:
    seen = lags(("front", "right"), ("wrist_right", "right"))
    rig = excused(TWO_ARMS, without_motion=("wrist_left",))
    assert bad(lag_gates(rig, seen)) == {("arms/left", "seen moving")}
    rig = excused(TWO_ARMS, without_motion=("wrist_left",), without_camera=("left",))
    warned = [gate for gate in lag_gates(rig, seen) if gate.verdict != "pass"]
    assert [(gate.subject, gate.name, gate.verdict) for gate in warned] == [("arms/left", "seen moving", "warn")]
    assert "timing of arms/left: no camera sees it move" in certify(rig, warned, {}, {}, 0)["not_proven"]


def test_an_arm_that_no_camera_could_see_is_told_and_fails_nothing() -> None:
    rig = excused(TWO_ARMS, without_motion=("front", "wrist_left"))
    gates = lag_gates(rig, lags(("wrist_right", "right")))
    assert [(gate.subject, gate.verdict) for gate in gates if gate.verdict != "pass"] == [("arms/left", "warn")]


def test_a_camera_that_saw_no_motion_says_so_for_its_arm() -> None:
    """One fault, one line."""
    seen = lags(("front", "right"), ("wrist_right", "right")) | {("wrist_left", "left"): NotEnough("move left")}
    assert bad(lag_gates(TWO_ARMS, seen)) == {("cameras/wrist_left to arms/left", "enough motion")}


def test_swapped_arms_are_found_by_the_cameras_on_their_wrists() -> None:
    swapped = lags(("front", "right"), ("wrist_left", "right"), ("wrist_right", "left"))
    gates = lag_gates(TWO_ARMS, swapped)
    assert bad(gates) == {("cameras/wrist_left", "own arm"), ("cameras/wrist_right", "own arm")}
    assert all("swapped" in gate.remedy for gate in gates if gate.verdict == "fail")


def test_a_camera_counts_for_every_arm_that_it_knows_well_and_else_for_its_own() -> None:
    good, loose, none = LAG, replace(LAG, sigma_ns=900_000), NotEnough("no")
    assert list(chosen(TWO_ARMS, "front", {"left": good, "right": good})) == [("front", "left"), ("front", "right")]
    assert list(chosen(TWO_ARMS, "front", {"left": none, "right": loose})) == [("front", "right")]
    assert list(chosen(TWO_ARMS, "wrist_right", {"left": loose, "right": none})) == [("wrist_right", "right")]
    assert chosen(TWO_ARMS, "front", {}) == {}
