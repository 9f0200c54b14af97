"""The console's threads that talk to the daemon: the status ten times a second, and what the operator asks, at once.

Two connections: verbs that wait for the capture process go by the second, so that neither the picture nor the key
that holds the robot ever waits for a disk.
"""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from collector.control import DaemonError
from collector.remote import Remote
from collector.remote_status import Role, Status

_PERIOD_S = 0.1
_AGAIN_S = 0.5
_WAITS = frozenset({"start", "stop", "next", "retake"})

Answered = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Request:
    """A verb for the daemon; `answered` gets the answer, in a thread of the link."""

    verb: str
    words: dict[str, Any] = field(default_factory=dict[str, Any])
    answered: Answered = lambda answer: None


@dataclass(frozen=True, slots=True)
class Ears:
    """Who is told, from the link's threads.

    `status`: each status, and whether this console has control (or nobody has); `refused`: a verb and what the daemon
    objects to; `lost`: that it is gone.
    """

    status: Callable[[Status, bool], None]
    refused: Callable[[str, str], None]
    lost: Callable[[str], None]


class Wire(Protocol):
    """What the console needs of its link."""

    @property
    def key(self) -> str:
        """By which another connection of this console shares its control."""
        ...

    def start(self) -> None:
        """Begin."""
        ...

    def ask(self, request: Request) -> None:
        """Send as soon as possible; never blocks."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


_Asked = queue.SimpleQueue[Request | None]


class Link:
    """Connects, and connects again when the daemon goes: a console never ends because of that."""

    def __init__(self, socket: Path, name: str, role: Role, ears: Ears) -> None:
        self._socket, self._name, self._ears = socket, name, ears
        self._role: Role = role
        self._asked: _Asked = queue.SimpleQueue()
        self._waiting: _Asked = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name="link", daemon=True),
            threading.Thread(target=self._wait_for_capture, name="link-takes", daemon=True),
        ]
        self._ended = threading.Event()
        self._held = False
        self.key = ""
        """By which another connection of this console shares its control."""

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def ask(self, request: Request) -> None:
        """Send as soon as possible; never blocks."""
        (self._waiting if request.verb in _WAITS else self._asked).put(request)

    def close(self) -> None:
        """Hang up; the daemon goes on."""
        self._ended.set()
        for asked in (self._asked, self._waiting):
            asked.put(None)
        for thread in self._threads:
            if thread.is_alive():
                thread.join(2.0)

    # -- the status, and what is answered at once ----------------------------------------------------

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                remote = Remote(self._socket)
            except DaemonError as error:
                self._lose(error)
                continue
            try:
                self._sit(remote, self._role)
                self._talk(remote)
            except DaemonError as error:
                self._lose(error)
            finally:
                remote.close()

    def _lose(self, error: DaemonError) -> None:
        self._ears.lost(str(error))
        self._ended.wait(_AGAIN_S)
        while not self._ended.is_set() and not self._asked.empty():  # meant for the daemon that is gone
            self._asked.get_nowait()

    def _talk(self, remote: Remote) -> None:
        """Until the daemon has gone (DaemonError) or the console ends."""
        due = 0.0
        while not self._ended.is_set():
            if (now := time.monotonic()) >= due:
                status = remote.status()
                self._ears.status(status, self._controls(remote, status))
                due = now + _PERIOD_S
            try:
                request = self._asked.get(timeout=max(due - time.monotonic(), 0.0))
            except queue.Empty:
                continue
            if request is not None:
                self._send(remote, request)
            due = 0.0  # what came of it is shown at once

    def _controls(self, remote: Remote, status: Status) -> bool:
        """May this console do everything? Control that is free is taken by who wants it."""
        self._held = status.yours
        if status.control is None and self._role == "control":
            self._sit(remote, "control")
        return self._held

    def _sit(self, remote: Remote, role: Role) -> None:
        self._held = remote.attach(self._name, role, self.key)
        self.key = remote.key or self.key

    def _send(self, remote: Remote, request: Request) -> None:
        try:
            answer = remote.ask(request.verb, **request.words)
        except DaemonError as error:
            self._ears.refused(request.verb, str(error))
            return
        if request.verb == "take_control":  # wanted again by the next connection
            self._role, self._held, self.key = "control", True, str(answer["key"])
        request.answered(answer)

    # -- what waits for the capture process ----------------------------------------------------------

    def _wait_for_capture(self) -> None:
        remote: Remote | None = None
        while (request := self._waiting.get()) is not None and not self._ended.is_set():
            try:
                if remote is None:
                    remote = Remote(self._socket)
                remote.attach(self._name, "control" if self._held else "watch", self.key)
                request.answered(remote.ask(request.verb, **request.words))
            except DaemonError as error:
                self._ears.refused(request.verb, str(error))
                if remote is not None:
                    remote.close()  # a daemon that is gone, or an answer that came too late
                    remote = None
            self._asked.put(None)  # what came of it is shown at once
        if remote is not None:
            remote.close()
