"""Steps put right on the screen: what is shown before the daemon has heard of it, and what comes of it."""

from collector.labels.event import Step
from collector.tui.editing import Editing

S = 1_000_000_000
NAMES = ("reach", "grasp", "place")
TOLD = (
    Step(name="reach", begin_ns=0, end_ns=3 * S, source="mark"),
    Step(name="grasp", begin_ns=3 * S, end_ns=10 * S, source="mark"),
)


def editing() -> Editing:
    made = Editing()
    made.begin(TOLD)
    return made


def test_a_border_that_was_moved_counts_until_the_daemon_says_the_same():
    one = editing()
    assert one.move(4 * S, S) == 4 * S
    assert one.unsaid
    assert one.steps[1].begin_ns == 4 * S
    one.heard(TOLD)  # an older status
    assert one.steps[1].begin_ns == 4 * S
    one.heard(one.steps)
    assert not one.unsaid


def test_a_border_moved_there_and_back_by_undo_needs_no_label():
    one = editing()
    one.move(4 * S, S)
    one.drop()
    assert one.steps == TOLD
    assert not one.unsaid


def test_without_a_border_nothing_moves():
    one = Editing()
    assert (one.move(S, S), one.put(S), one.remove(S)) == (None, None, None)
    assert not one.unsaid


def test_a_border_comes_to_where_one_looks_or_goes():
    one = editing()
    assert one.put(7 * S) == 7 * S
    assert one.remove(7 * S) == 7 * S
    assert [step.name for step in one.steps] == ["reach"]


def test_a_step_begins_where_one_looks_and_takes_the_next_name():
    one = editing()
    assert one.begin_step(6 * S, NAMES, (0, 10 * S)) == 6 * S
    assert [step.name for step in one.steps] == ["reach", "grasp", "place"]
    assert one.begin_step(6 * S, NAMES, (0, 10 * S)) is None


def test_the_step_where_one_looks_is_renamed():
    one = editing()
    assert one.rename(4 * S, "hold") == 4 * S
    assert one.steps[1].name == "hold"
    assert one.rename(4 * S, "hold") is None


def test_what_is_proposed_is_shown_and_becomes_the_steps_when_it_is_accepted():
    one = editing()
    proposed = (Step(name="reach", begin_ns=0, end_ns=10 * S, source="proposed"),)
    one.proposed = proposed
    assert one.shown == proposed
    assert one.steps == TOLD
    one.accept()
    assert one.shown == one.steps == proposed
    assert one.unsaid


def test_a_border_key_drops_what_was_only_proposed():
    one = editing()
    one.proposed = (Step(name="reach", begin_ns=0, end_ns=10 * S, source="proposed"),)
    one.move(3 * S, S)
    assert one.proposed == ()
    assert len(one.steps) == 2


def test_borders_are_found_before_and_after_a_moment():
    one = editing()
    assert one.border(0, after=True) == 3 * S
    assert one.border(9 * S, after=False) == 3 * S
    assert one.border(3 * S, after=True) is None
