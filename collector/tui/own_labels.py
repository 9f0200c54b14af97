"""Labels that a console gave while it watched: its own to take back. The session's undo is the controller's alone."""

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collector.tui.app import Console

_DEEP = 10


@dataclass(frozen=True, slots=True)
class OwnLabel:
    """By the UUIDs of the episode and of the label, as the daemon answered; `what`: in words."""

    episode: str
    label: str
    what: str


class OwnLabels:
    """Newest last, ten deep."""

    def __init__(self) -> None:
        self._given: deque[OwnLabel] = deque(maxlen=_DEEP)

    def gave(self, label: OwnLabel) -> None:
        """The daemon took it."""
        self._given.append(label)

    def take_back(self) -> OwnLabel | None:
        """The newest, which is none of ours any more; None: there is none."""
        return self._given.pop() if self._given else None

    def told(self) -> tuple[str, ...]:
        """In words, newest first."""
        return tuple(label.what for label in reversed(self._given))


def label(console: "Console", **what: Any) -> None:
    """Say something of an episode, or of the take that runs or was last."""
    if console.controls:
        console.ask("label", **what)
        return
    words = ", ".join(sorted(set(what) - {"episode"}))
    console.ask_then(lambda told: console.own.gave(OwnLabel(told["episode"], told["id"], words)), "label", **what)


def undo(console: "Console") -> None:
    """Take back the last thing done, of a watcher the last that it said; what that was is told."""
    if console.controls:
        console.ask_then(lambda answer: console.notify(f"undone: {answer['undone']}"), "undo")
    elif (last := console.own.take_back()) is None:
        console.say("You watch, and have labelled nothing that could be taken back.")
    else:
        told = f"taken back: {last.what}"
        console.ask_then(lambda _: console.notify(told), "unlabel", episode=last.episode, label=last.label)
