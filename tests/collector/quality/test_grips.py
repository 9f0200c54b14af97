import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.quality.grips import grip_figures, grips_of
from collector.quality.motion import RATE_HZ, build_motion
from tests.collector.quality.takes import CLOSED, OPEN, arm, gripper, motion, steps_ns

READ_S = 1 / 30


def seconds(cell: int) -> float:
    return 0.05 + cell / RATE_HZ


@given(st.floats(0.5, 2.0), st.floats(0.6, 3.0))
def test_a_grip_is_told_when_it_was_and_as_long_as_it_held(closes: float, holds: float) -> None:
    opens = closes + 0.3 + holds
    moved = motion(opens + 1.0, [], grips={closes: CLOSED, opens: OPEN})
    closing, opening = grips_of(moved)
    assert (closing.closing, opening.closing) == (True, False)
    assert seconds(closing.first) == pytest.approx(closes, abs=2 * READ_S)
    assert seconds(closing.last) == pytest.approx(closes + 0.3, abs=2 * READ_S)
    assert seconds(opening.first) == pytest.approx(opens, abs=2 * READ_S)
    found = grip_figures(moved)
    assert found["grip_events"] == 2
    assert found["held_s"] == pytest.approx(holds, abs=4 * READ_S)


def test_a_hand_that_answers_only_after_its_stroke_closed_over_all_of_it() -> None:
    reads = gripper(6.0, {2.0: CLOSED})
    t = (reads["t_ns"] - reads["t_ns"][0]) * 1e-9
    reads = reads[(t < 2.0) | (t > 3.2)]
    (grip,) = grips_of(build_motion(steps_ns(6.0), {"arms/right": arm(6.0, []), "grippers/right": reads}))
    assert seconds(grip.first) == pytest.approx(2.0, abs=0.06)
    assert seconds(grip.last) == pytest.approx(3.2, abs=0.06)


def test_a_second_try_counts() -> None:
    grips = {1.0: CLOSED, 2.0: OPEN, 3.0: CLOSED, 5.0: OPEN}
    assert grip_figures(motion(7.0, [], grips=grips))["grip_events"] == 4


def test_what_is_held_to_the_end_is_held_to_the_end() -> None:
    assert grip_figures(motion(5.0, [], grips={1.0: CLOSED}))["held_s"] == pytest.approx(3.6, abs=0.1)


def test_a_gripper_that_only_hums_does_nothing_and_without_one_nothing_is_known() -> None:
    assert grip_figures(motion(3.0, [], grips={1.0: OPEN - 0.003})) == {"grip_events": 0, "held_s": 0}
    assert grip_figures(motion(3.0, [])) == {"grip_events": None, "held_s": None}
