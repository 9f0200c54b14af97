import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.quality.figure import instants, values
from collector.quality.motion import Motion, build_motion
from collector.quality.pace import motion_figures, pace_figures, pace_of
from hardware import rows
from tests.collector.quality.takes import BEGIN_NS, arm, gripper, motion, steps_ns

SLOW_ENDS = 0.35
"""s: a minimum-jerk stroke begins and ends slower than anybody sees."""


def figures(moved: Motion) -> dict[str, float | None]:
    return values({**pace_figures(pace_of(moved), moved.t_ns), **motion_figures(moved)})


@given(st.floats(0.3, 3.0), st.floats(0.5, 3.0), st.floats(0.3, 3.0))
def test_a_rest_is_as_long_as_it_was(before: float, pause: float, after: float) -> None:
    strokes = [(before, 1.5, 0.8), (before + 1.5 + pause, 1.5, -0.8)]
    found = figures(motion(before + 3.0 + pause + after, strokes))
    assert found["idle_before_s"] == pytest.approx(before, abs=SLOW_ENDS)
    assert found["longest_pause_s"] == pytest.approx(pause, abs=2 * SLOW_ENDS)
    assert found["idle_after_s"] == pytest.approx(after, abs=SLOW_ENDS)
    idle = (found["idle_share"] or 0) * (before + 3.0 + pause + after - 0.1)
    assert idle == pytest.approx(before + pause + after - 0.1, abs=4 * SLOW_ENDS)


def test_a_hand_that_trembles_at_rest_rests() -> None:
    found = figures(motion(6.0, [(2.0, 1.5, 0.8)], tremor_rad=0.002))
    assert found["idle_before_s"] == pytest.approx(2.0, abs=SLOW_ENDS)
    assert found["idle_share"] == pytest.approx(4.5 / 6.0, abs=0.1)


def test_servos_that_count_in_coarse_steps_rest_too() -> None:
    states = arm(6.0, [(2.0, 1.5, 0.8)], rate=100)
    noise = np.random.default_rng(0).normal(0, 4e-4, states["q"].shape)
    states["q"] = np.round((states["q"] + noise) / 0.001534) * 0.001534
    found = figures(build_motion(steps_ns(6.0), {"arms/right": states}))
    assert found["idle_share"] == pytest.approx(4.5 / 6.0, abs=0.1)


def test_a_gripper_that_closes_is_no_rest() -> None:
    streams = {"arms/right": arm(4.0, []), "grippers/right": gripper(4.0, {1.5: 0.02})}
    pace = pace_of(build_motion(steps_ns(4.0), streams))
    ((first, last),) = pace.motions
    assert (first / 200, last / 200) == pytest.approx((1.45, 1.75), abs=0.1)


def test_a_base_that_drives_is_no_rest() -> None:
    driven = np.zeros(200, rows.base_row(2))
    driven["t_ns"] = BEGIN_NS + np.arange(200) * 20_000_000
    driven["twist"] = [0.0, np.nan, 0.0]
    driven["twist"][50:100, 0] = 0.3
    found = figures(build_motion(steps_ns(4.0), {"bases/base": driven, "arms/right": arm(4.0, [])}))
    assert found["idle_share"] == pytest.approx(0.75, abs=0.05)


def test_a_take_in_which_nothing_moves_is_idle_from_end_to_end() -> None:
    found = figures(motion(3.0, []))
    assert found["idle_share"] == 1.0
    assert found["idle_before_s"] == pytest.approx(2.9, abs=0.05)
    assert found["sparc"] is None and found["ldlj"] is None and found["shake_mrad"] is None


def test_where_nothing_was_measured_nothing_is_known() -> None:
    states = arm(4.0, [(0.5, 1.0, 0.5), (2.8, 1.0, 0.5)])
    silent = states[(states["q"][:, 1] == 0.5).argmax() + 100 :][:900]["t_ns"]
    states = states[~np.isin(states["t_ns"], silent)]
    found = figures(build_motion(steps_ns(4.0), {"arms/right": states}))
    assert found["longest_pause_s"] == pytest.approx(0.4, abs=SLOW_ENDS + 0.2)
    empty = figures(build_motion(steps_ns(4.0), {"arms/right": states[:0]}))
    assert set(empty.values()) == {None}
    assert set(figures(build_motion(steps_ns(4.0)[:0], {"arms/right": states})).values()) == {None}


@pytest.mark.parametrize("rate", [100, 200, 1000])
def test_smoothness_is_that_of_the_motion_at_any_rate_of_the_robot(rate: int) -> None:
    found = figures(motion(3.0, [(0.5, 2.0, 1.0)], rate=rate))
    assert found["sparc"] == pytest.approx(-1.41, abs=0.02)
    assert found["ldlj"] == pytest.approx(-5.32, abs=0.25)
    assert found["path_rad"] == pytest.approx(1.0, abs=0.01)
    assert found["peak_speed"] == pytest.approx(1.875 / 2.0, rel=0.01)


def test_tremor_shows_in_shake_and_jerkiness_and_pauses_do_not() -> None:
    calm = figures(motion(6.0, [(0.5, 2.0, 1.0), (3.5, 2.0, -1.0)]))
    shaky = figures(motion(6.0, [(0.5, 2.0, 1.0), (3.5, 2.0, -1.0)], tremor_rad=0.002))
    assert calm["shake_mrad"] == pytest.approx(0.0, abs=0.05)
    assert shaky["shake_mrad"] == pytest.approx(2.0 / np.sqrt(2) * 0.7, abs=0.3)
    assert (calm["ldlj"] or 0) - (shaky["ldlj"] or 0) > 2
    assert calm["ldlj"] == pytest.approx(-5.32, abs=0.25)


def test_of_two_arms_the_worse_counts() -> None:
    streams = {"arms/left": arm(4.0, [(0.5, 2.0, 1.0)]), "arms/right": arm(4.0, [(0.5, 2.0, 1.0)], tremor_rad=0.002)}
    both = figures(build_motion(steps_ns(4.0), streams))
    one = figures(build_motion(steps_ns(4.0), {"arms/right": streams["arms/right"]}))
    assert both["ldlj"] == one["ldlj"] and both["shake_mrad"] == one["shake_mrad"]
    assert (both["path_rad"] or 0) > 1.9


def test_it_is_told_when_the_longest_pause_and_the_fastest_motion_were() -> None:
    moved = motion(9.0, [(0.5, 1.5, 0.5), (2.8, 1.5, -1.0), (6.5, 1.5, 0.5)])
    at = instants({**pace_figures(pace_of(moved), moved.t_ns), **motion_figures(moved)}, moved.span_ns[0])
    assert at == {
        "longest_pause_s": pytest.approx(4.3, abs=SLOW_ENDS),
        "peak_speed": pytest.approx(3.5, abs=0.1),
    }
