from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.labels.event import Step
from collector.labels.proposals import propose
from collector.labels.strokes import halts
from collector.quality.motion import Motion, build_motion
from tests.collector.quality.takes import CLOSED, OPEN, arm, gripper, motion, steps_ns

# Reach, lower; grasp; lift, carry, lower; release; go back.
STROKES = [(0.5, 1.5, 0.8), (2.1, 0.8, 0.3), (3.6, 0.8, -0.3), (4.5, 1.2, 0.6), (5.8, 0.8, 0.3), (7.3, 1.5, -1.2)]
GRIPS = {3.1: CLOSED, 6.8: OPEN}
SECONDS = 9.5


def pick_and_place() -> Motion:
    return motion(SECONDS, STROKES, grips=GRIPS, tremor_rad=0.001)


def begins(steps: list[Step], moved: Motion) -> dict[str, float]:
    """Seconds from the first state of the arm."""
    return {step.name: (step.begin_ns - moved.span_ns[0]) * 1e-9 + 0.05 for step in steps}


def test_the_parts_of_a_pick_and_place_begin_where_they_begin() -> None:
    moved = pick_and_place()
    found = begins(propose(moved, ["reach", "grasp", "carry", "place"]), moved)
    assert found == {
        "reach": pytest.approx(0.05, abs=0.02),
        "grasp": pytest.approx(3.1, abs=0.15),
        "carry": pytest.approx(3.4, abs=0.35),
        "place": pytest.approx(5.8, abs=0.35),
    }


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["all of it"], [0.05]),
        (["pick", "place"], [0.05, 3.4]),
        (["reach", "grasp", "carry", "place", "retreat"], [0.05, 3.1, 3.4, 5.8, 7.3]),
    ],
)
def test_tasks_of_fewer_and_more_steps_are_cut_at_what_says_most(names: list[str], expected: list[float]) -> None:
    moved = pick_and_place()
    assert list(begins(propose(moved, names), moved).values()) == [pytest.approx(at, abs=0.35) for at in expected]


@given(st.integers(1, 8))
def test_steps_lie_end_to_end_over_the_take_in_their_order(count: int) -> None:
    moved = pick_and_place()
    names = [f"step {number}" for number in range(count)]
    found = propose(moved, names)
    assert [step.name for step in found] == names
    assert (found[0].begin_ns, found[-1].end_ns) == moved.span_ns
    assert all(before.end_ns == after.begin_ns for before, after in pairwise(found))
    assert all(step.end_ns - step.begin_ns >= 0.29e9 and step.source == "proposed" for step in found)


def test_a_fumbled_grasp_is_no_step_of_its_own() -> None:
    strokes = [*STROKES[:2], *((start + 1.2, lasts, by) for start, lasts, by in STROKES[2:])]
    grips = {3.1: CLOSED, 3.6: OPEN, 4.3: CLOSED, 8.0: OPEN}
    moved = motion(SECONDS + 1.2, strokes, grips=grips)
    found = begins(propose(moved, ["reach", "grasp", "carry", "place"]), moved)
    assert found["grasp"] == pytest.approx(4.3, abs=0.15)
    assert found["place"] == pytest.approx(7.0, abs=0.35)


def test_what_was_still_held_from_the_take_before_is_no_step() -> None:
    streams = {
        "arms/right": arm(SECONDS, [(0.3, 0.5, 0.1), *STROKES[1:]]),
        "grippers/right": gripper(SECONDS, {0.9: OPEN, **GRIPS}, before=CLOSED),
    }
    moved = build_motion(steps_ns(SECONDS), streams)
    assert begins(propose(moved, ["reach", "grasp", "carry", "place"]), moved)["grasp"] == pytest.approx(3.1, abs=0.15)


def test_without_a_gripper_the_halts_between_strokes_are_what_there_is() -> None:
    moved = motion(7.0, [(0.5, 1.5, 0.8), (2.5, 1.5, -0.5), (4.5, 1.5, 0.4)])
    found = begins(propose(moved, ["wipe left", "wipe right", "wipe left again"]), moved)
    assert list(found.values())[1:] == [pytest.approx(2.5, abs=0.35), pytest.approx(4.5, abs=0.35)]


def test_where_the_motion_does_not_tell_nothing_is_proposed() -> None:
    still, one = motion(4.0, []), motion(4.0, [(0.5, 2.0, 0.8)])
    assert propose(still, ["a", "b"]) == []
    assert propose(one, ["a", "b"]) == []
    assert propose(pick_and_place(), [f"step {number}" for number in range(40)]) == []
    assert propose(pick_and_place(), []) == []
    nothing = build_motion(steps_ns(4.0)[:0], {"arms/right": arm(4.0, [])})
    assert propose(nothing, ["a"]) == []


@given(st.lists(st.floats(0, 3), min_size=2, max_size=60))
def test_halts_are_in_order_and_within_whatever_the_speed(speed: list[float]) -> None:
    found = halts(np.array(speed))
    assert [halt.resumes for halt in found] == sorted(halt.resumes for halt in found)
    assert all(0 < halt.resumes < len(speed) and 0.4 <= halt.depth <= 1 for halt in found)
