"""What a key may do now, and why not. Pure."""

from collector.remote_status import Status
from collector.tui.actions import ACTIONS, Action, ScreenName
from collector.tui.keys import KeyConfig


def objection(
    action: Action, status: Status | None, place: ScreenName | None, keys: KeyConfig, *, controls: bool
) -> str:
    """Why an action cannot be done now, with what can be done about it; empty: it can.

    `place`: the screen that is looked at; `controls`: whether this console has control. Whoever watches may say what
    there is to say of episodes: that keeps a history of who said it.
    """
    if status is None:
        return "" if action.free else "The daemon has not answered yet; a moment."
    if status.state not in action.states:
        where = ", ".join(sorted(state.value for state in action.states))
        return f"{action.label} is possible in {where}; the session is {status.state.value}."
    if controls or action.free or place in action.says:
        return ""
    who = status.control.name if status.control else "Nobody"
    return f"{who} controls this rig, you watch; {keys.shown('take_control')} takes control."


def twins(action: Action, keys: KeyConfig) -> list[Action]:
    """Other actions that share a key with it."""
    own = set(keys.of(action.name))
    return [other for other in ACTIONS if other is not action and own & set(keys.of(other.name))]
