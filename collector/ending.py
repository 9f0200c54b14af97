"""When the daemon is to end: asked by a signal, by a client, or because its last client has left."""

import signal
from types import FrameType


class Ending:
    """Made before anything that has to be put away again: from then on a signal ends nothing by itself.

    For the main thread: Python runs no signal handler in another.
    """

    def __init__(self) -> None:
        self.asked = False
        """It is to end as soon as it can."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def ask(self) -> None:
        """End when all is sealed."""
        self.asked = True

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
