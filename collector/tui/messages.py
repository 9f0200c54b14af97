"""What the link's threads post to the console."""

from collections.abc import Callable
from typing import Any

from textual.message import Message

from collector.remote_status import Status


class StatusCame(Message):
    """A new status of the daemon. `controls`: whether this console may."""

    def __init__(self, status: Status, controls: bool) -> None:
        super().__init__()
        self.status, self.controls = status, controls

    def can_replace(self, message: Message) -> bool:
        """A console that is late shows the newest only."""
        return isinstance(message, StatusCame)


class Refused(Message):
    """The daemon objects."""

    def __init__(self, verb: str, why: str) -> None:
        super().__init__()
        self.verb, self.why = verb, why


class Answered(Message):
    """An answer that a screen waits for."""

    def __init__(self, then: Callable[[dict[str, Any]], None], answer: dict[str, Any]) -> None:
        super().__init__()
        self.then, self.answer = then, answer


class Lost(Message):
    """The daemon is gone, for now."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why
