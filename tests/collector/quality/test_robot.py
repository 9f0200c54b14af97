from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.quality.figure import Found, instants, values
from collector.quality.motion import grid
from collector.quality.robot import ArmRows, robot_figures
from collector.teleop.engage import State
from hardware import rows
from hardware.arms.limits import FR3
from tests.collector.quality.takes import BEGIN_NS, JOINTS, arm, joints, steps_ns

SECONDS = 6.0
STROKES = [(0.5, 1.5, 0.9), (3.0, 1.5, -0.9)]


def commands(late_s: float = 0.0, off: float = 0.0) -> np.ndarray:
    """What was sent, `late_s` before the robot did it; `off`: asked for so much more, rad."""
    t = np.arange(0, SECONDS, 0.001)
    found = np.zeros(len(t), rows.command_row(JOINTS))
    found["t_ns"] = BEGIN_NS + np.round(t * 1e9).astype(np.int64)
    found["sent"] = joints(t + late_s, STROKES)
    found["requested"] = found["sent"] + off
    found["state"] = State.FOLLOW
    return found


def figures(told: np.ndarray, states: np.ndarray | None = None) -> dict[str, Any]:
    return values(found(told, states))


def found(told: np.ndarray, states: np.ndarray | None = None) -> Found:
    states = arm(SECONDS, STROKES) if states is None else states
    return robot_figures({"right": ArmRows(states, told, FR3)}, grid(steps_ns(SECONDS)))


@given(st.floats(0.002, 0.08))
def test_a_robot_lags_as_much_as_it_lags_whatever_it_droops(late_s: float) -> None:
    states = arm(SECONDS, STROKES)
    states["q"] -= 0.02
    assert figures(commands(late_s), states)["lag_ms"] == pytest.approx(1000 * late_s, abs=1.5)


def test_no_motion_tells_no_lag() -> None:
    still = commands()
    still["sent"] = still["sent"][0]
    assert figures(still, arm(SECONDS, []))["lag_ms"] is None


def test_the_hand_went_as_far_as_it_went() -> None:
    assert figures(commands())["path_m"] == pytest.approx(1.8, abs=0.02)


def test_a_joint_near_its_end_has_no_margin_left() -> None:
    states = arm(SECONDS, STROKES)
    states["q"][3000, 1] = FR3.q_max[1] - 0.01
    assert figures(commands(), states)["joint_margin_rad"] == pytest.approx(0.01)


def test_every_hold_within_the_take_counts() -> None:
    told = commands()
    told["state"][1000:1500] = State.HOLD
    told["state"][4000:4200] = State.FAULT
    assert figures(told)["holds"] == 2
    told["state"] = State.IDLE
    assert figures(told)["holds"] is None
    assert figures(told)["limited_share"] is None


def test_a_robot_that_did_not_follow_shows_and_so_does_one_that_nobody_led() -> None:
    assert figures(commands())["not_following_share"] == 0.0
    told = commands()
    told["state"][:3000] = State.ALIGN
    assert figures(told)["not_following_share"] == pytest.approx(0.5, abs=0.01)
    assert figures(commands()[:3000])["not_following_share"] == pytest.approx(0.5, abs=0.03)
    assert figures(commands()[:0])["not_following_share"] == 1.0


def test_a_robot_that_is_held_back_is_so_for_its_share_of_following() -> None:
    told = commands()
    told["state"][:1200] = State.RAMP
    told["requested"][3600:, 2] += 0.08
    assert figures(told)["limited_share"] == pytest.approx((5950 - 3600) / (5950 - 1200), abs=0.02)


def test_jolts_in_what_was_sent_show() -> None:
    jolted = commands()
    jolted["sent"][3000:, 1] += 0.05
    calm, shaken = figures(commands())["sent_jerk"], figures(jolted)["sent_jerk"]
    assert shaken > 10 * calm


def test_the_greatest_force_is_told_and_one_wild_state_is_not() -> None:
    states = arm(SECONDS, STROKES)
    states["O_F_ext_hat_K"][2000:2300, :3] = [3.0, 0.0, 4.0]
    assert figures(commands(), states)["peak_force_n"] == pytest.approx(5.0, rel=0.01)
    states["O_F_ext_hat_K"][4000, 2] = 60.0
    assert figures(commands(), states)["peak_force_n"] < 8


def test_what_an_arm_does_not_measure_is_not_known() -> None:
    states = arm(SECONDS, STROKES)
    states["O_F_ext_hat_K"] = np.nan
    told = figures(commands()[:0], states)
    assert [name for name, value in told.items() if value is None] == [
        "lag_ms", "sent_jerk", "limited_share", "holds", "peak_force_n",
    ]  # fmt: skip
    assert set(figures(commands()[:0], states[:0]).values()) == {None}
    assert set(robot_figures({}, grid(steps_ns(SECONDS))).values()) == {None}


def test_it_is_told_when_it_was_that_a_robot_struck_held_or_came_to_an_end() -> None:
    states, told = arm(SECONDS, STROKES), commands()
    states["O_F_ext_hat_K"][2000:2100, 2] = 20.0
    states["q"][3000, 1] = FR3.q_max[1] - 0.01
    told["state"][1000:1500] = told["state"][4000:4200] = State.HOLD
    told["requested"][4500:4600, 0] += 0.1
    assert instants(found(told, states), BEGIN_NS) == {
        "peak_force_n": pytest.approx(2.05, abs=0.06),
        "joint_margin_rad": pytest.approx(3.0, abs=0.01),
        "holds": pytest.approx(1.0, abs=0.01),
        "not_following_share": pytest.approx(1.0, abs=0.01),
        "limited_share": pytest.approx(4.5, abs=0.01),
    }
