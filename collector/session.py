"""The session's states and what may follow what: the daemon does what this allows."""

import time
from dataclasses import dataclass, field
from enum import StrEnum

SELFTEST = "selftest"
"""The purpose of a take that is no episode of anybody: it goes to the trash once it was judged, or could not be."""


class State(StrEnum):
    """Where a session is."""

    STARTING = "STARTING"
    IDLE = "IDLE"
    ARMED = "ARMED"
    RECORDING = "RECORDING"
    REVIEW = "REVIEW"
    FAULT = "FAULT"


class NotNow(Exception):
    """The verb does not fit the state; the text says what does."""


class NotCertified(NotNow):
    """The rig's timing is not proven."""


class NotYet(NotNow):
    """Nothing has to be done about it: ask again in a moment."""


# verb -> states in which it may be given -> state that follows
_NEXT: dict[str, dict[State, State]] = {
    "arm": {State.IDLE: State.ARMED},
    "disarm": {State.ARMED: State.IDLE, State.REVIEW: State.IDLE},
    "start": {State.ARMED: State.RECORDING, State.REVIEW: State.RECORDING},
    "stop": {State.RECORDING: State.REVIEW},
    "retake": {State.RECORDING: State.RECORDING, State.REVIEW: State.RECORDING},
    "next": {State.REVIEW: State.RECORDING},
    "keep": {State.REVIEW: State.ARMED},
    "discard": {State.REVIEW: State.ARMED},
    "reset": {State.FAULT: State.STARTING},
}


def after(state: State, verb: str) -> State:
    """The state that follows; raises NotNow naming the states in which the verb is possible."""
    allowed = _NEXT[verb]
    if state not in allowed:
        where = " or ".join(s.value for s in allowed)
        raise NotNow(f"{verb} is possible in {where}; the session is {state.value}")
    return allowed[state]


def possible(state: State) -> tuple[str, ...]:
    """Verbs that fit a state."""
    return tuple(verb for verb, states in _NEXT.items() if state in states)


@dataclass(slots=True)
class Session:
    """Where the session is, for all parts of the daemon; `since`: when it came there, time.monotonic."""

    state: State = State.STARTING
    since: float = field(default_factory=time.monotonic)

    def go(self, verb: str) -> State:
        """To where the verb leads. Raises NotNow."""
        return self.enter(after(self.state, verb))

    def enter(self, state: State) -> State:
        """To a state that no verb leads to."""
        self.state, self.since = state, time.monotonic()
        return state

    def require_running(self, verb: str) -> None:
        """Raises NotNow while devices are missing."""
        if self.state in (State.STARTING, State.FAULT):
            raise NotNow(f"{verb} needs a running rig; the session is {self.state}")
