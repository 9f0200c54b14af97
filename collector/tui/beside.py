"""What runs beside the console: in a thread, on a connection of its own that shares the console's control."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from collector.control import Client
from hardware.config import RigConfig

T = TypeVar("T")
Tell = Callable[[str, float | None], None]
"""What goes on, and how far it is (0..1, None: nobody knows)."""


class Running(Protocol):
    """What a screen needs of it."""

    def start(self) -> None:
        """Begin."""
        ...

    def abort(self) -> None:
        """End as soon as may be; the robots hold."""
        ...


@dataclass(frozen=True, slots=True)
class Seat:
    """Where the daemon listens, and by whose control: that of the console with this key."""

    socket: Path
    name: str
    key: str

    @contextmanager
    def taken(self) -> Generator[tuple[Client, RigConfig]]:
        """A client in control, and the daemon's rig."""
        with Client(self.socket) as client:
            client.call("attach", name=self.name, role="control", key=self.key)
            yield client, RigConfig.model_validate(client.call("rig")["rig"])


@dataclass(frozen=True, slots=True)
class Audience(Generic[T]):
    """Who is told, from the thread: what goes on, and how it ended."""

    progress: Tell
    ended: Callable[[T], None]


class _Aborted(Exception):
    """The operator has had enough."""


class Beside(Generic[T]):
    """`work` comes to an outcome; it tells its progress by what it is given, which ends it once it was aborted.

    `failed` makes an outcome of a sentence, for whatever it raises and for `aborted`.
    """

    def __init__(
        self, name: str, work: Callable[[Tell], T], failed: Callable[[str], T], aborted: str, audience: Audience[T]
    ) -> None:
        self._work, self._failed, self._aborted, self._audience = work, failed, aborted, audience
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def abort(self) -> None:
        """It ends when it next tells of its progress."""
        self._enough.set()

    def _run(self) -> None:
        try:
            outcome = self._work(self._progress)
        except _Aborted:
            outcome = self._failed(self._aborted)
        except Exception as error:  # whatever it is, the operator must be told, and the rig is theirs again
            outcome = self._failed(str(error) or repr(error))
        self._audience.ended(outcome)

    def _progress(self, what: str, share: float | None) -> None:
        if self._enough.is_set():
            raise _Aborted
        self._audience.progress(what, share)
