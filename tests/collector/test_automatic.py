"""Takes begin and end without a key where the task says so, once each, and never against what the rig is doing."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from collector.automatic import Automatic, Moment
from collector.labels.task import TaskConfig
from collector.session import State

PLAIN = TaskConfig(name="t", instruction="do it")
TASK = TaskConfig(name="t", instruction="do it", seconds=5, countdown_s=2, auto_start=True, auto_stop=True)


def at(now: float, state: State = State.ARMED, follows: bool = False, began: float | None = None) -> Moment:
    return Moment(now, state, follows, began)


def test_a_take_begins_when_the_robots_follow_after_the_countdown() -> None:
    automatic = Automatic()
    assert automatic.due(at(0), TASK) == ""
    assert automatic.due(at(1, follows=True), TASK) == ""
    assert automatic.starts_at == 3
    assert automatic.due(at(2.9, follows=True), TASK) == ""
    assert automatic.due(at(3, follows=True), TASK) == "start"
    assert automatic.due(at(3.1, follows=True), TASK) == ""


def test_without_a_countdown_it_begins_at_once() -> None:
    automatic = Automatic()
    automatic.due(at(0), TASK)
    assert automatic.due(at(1, follows=True), TASK.model_copy(update={"countdown_s": 0.0})) == "start"


def test_robots_that_followed_before_anybody_looked_start_nothing() -> None:
    automatic = Automatic()
    assert automatic.due(at(0, follows=True), TASK) == ""
    assert automatic.starts_at is None


def test_robots_that_stop_following_end_the_countdown_that_they_had_begun() -> None:
    automatic = Automatic()
    automatic.due(at(0), TASK)
    automatic.due(at(1, follows=True), TASK)
    automatic.due(at(2), TASK)
    assert automatic.starts_at is None
    assert automatic.due(at(9), TASK) == ""


def test_a_countdown_that_a_key_began_needs_no_robots() -> None:
    automatic = Automatic()
    automatic.count_down(0, 2)
    assert automatic.due(at(2), PLAIN) == "start"


def test_a_countdown_ends_where_no_take_can_begin() -> None:
    automatic = Automatic()
    for state in (State.FAULT, State.IDLE, State.STARTING, State.RECORDING):
        automatic.count_down(0, 2)
        automatic.due(at(1, state), PLAIN)
        assert automatic.starts_at is None


def test_nothing_happens_by_itself_without_a_task() -> None:
    automatic = Automatic()
    automatic.count_down(0, 1)
    assert automatic.due(at(5, follows=True), None) == ""
    assert automatic.due(at(9, State.RECORDING, began=0.0), None) == ""


def test_a_take_is_told_to_stop_once_after_the_task_s_time() -> None:
    automatic = Automatic()
    told = [automatic.due(at(now, State.RECORDING, began=10.0), TASK) for now in (14.9, 15.0, 15.1, 99.0)]
    assert told == ["", "stop", "", ""]
    assert automatic.due(at(105, State.RECORDING, began=100.0), TASK) == "stop"
    assert automatic.due(at(105, State.RECORDING, began=100.0), PLAIN) == ""


def test_one_that_was_called_off_never_begins() -> None:
    automatic = Automatic()
    automatic.count_down(0, 2)
    assert automatic.cancel()
    assert not automatic.cancel()
    assert automatic.due(at(5), PLAIN) == ""


@dataclass(frozen=True)
class Turn:
    state: State
    follows: bool
    key: bool


turns = st.lists(st.builds(Turn, st.sampled_from(list(State)), st.booleans(), st.booleans()), max_size=60)


@given(turns, st.integers(0, 3), st.booleans())
def test_a_take_begins_only_where_it_may_and_only_after_a_key_or_following(
    turns: list[Turn], countdown_s: int, auto: bool
) -> None:
    """However the states come: no start outside ARMED and REVIEW, none sooner than the countdown, none unasked."""
    automatic = Automatic()
    task = TASK.model_copy(update={"countdown_s": countdown_s, "auto_start": auto})
    asked_at: float | None = None
    followed = True
    for now, turn in enumerate(turns):
        ready = turn.state in (State.ARMED, State.REVIEW)
        if turn.key and ready:
            automatic.count_down(now, countdown_s)
            asked_at = now
        if auto and turn.follows and not followed and turn.state is State.ARMED and asked_at is None:
            asked_at = now
        followed = turn.follows
        due = automatic.due(at(now, turn.state, turn.follows), task)
        if due == "start":
            assert ready
            assert asked_at is not None and now - asked_at >= countdown_s
        if automatic.starts_at is None:
            asked_at = None
