"""What the gates make of the LED's and the motion's fits."""

from dataclasses import replace

import numpy as np

from collector.selftest.gate import Gate
from collector.selftest.lag import lag_gates
from collector.selftest.led import LedFit, NotSeen
from collector.selftest.led_gates import led_gates
from collector.selftest.motion import LagFit, NotEnough
from hardware.config import RigConfig
from tests.take.take import make_take, strict_rig

RIG = strict_rig()
NOTHING = np.zeros(0)
LED = make_take(5, seconds=10).leds()["side"]
LAG = LagFit("side", "right", 100_000, 30_000, 0.2, 80.0, 0.999, (40,), np.zeros(0, np.int64), NOTHING)
PAIR = "side", "right"


def excused(**without: tuple[str, ...]) -> RigConfig:
    return RIG.model_copy(update={"selftest": RIG.selftest.model_copy(update=without)})


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
