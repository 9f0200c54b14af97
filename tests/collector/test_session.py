"""The operator can do what makes sense now, and is told what would."""

import pytest

from collector.session import NotNow, State, after, possible


def test_a_take_goes_from_armed_over_review_back_to_armed() -> None:
    state = State.IDLE
    for verb in ("arm", "start", "stop", "keep", "start", "stop", "discard"):
        state = after(state, verb)
    assert state is State.ARMED


def test_the_next_take_may_start_before_the_last_is_labelled() -> None:
    assert after(State.REVIEW, "start") is State.RECORDING


@pytest.mark.parametrize("state", list(State))
def test_every_verb_is_either_possible_or_refused_with_the_states_that_allow_it(state: State) -> None:
    for verb in ("arm", "disarm", "start", "stop", "keep", "discard", "reset"):
        if verb in possible(state):
            assert isinstance(after(state, verb), State)
        else:
            with pytest.raises(NotNow, match=f"{verb} is possible in .*; the session is {state}"):
                after(state, verb)


def test_a_fault_is_left_by_reset_only() -> None:
    assert possible(State.FAULT) == ("reset",)
