"""The link to the daemon: statuses come while a take is waited for, control is known, a daemon may go and come back."""

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from collector.control import Client, Server
from collector.seats import Seats
from collector.session import NotNow
from collector.tui.link import Ears, Link, Request
from tests.tui.statuses import status

STATUS = status("ARMED").model_dump(mode="json")


class Desk:
    """A daemon's socket with its seats, a status, and a `start` that is answered when the test says so."""

    def __init__(self, path: Path) -> None:
        self._server, self._seats = Server(path), Seats(lambda client: None)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.capture_ready = threading.Event()
        self._waiting: list[Any] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self._server.close()

    def _run(self) -> None:
        while not self._ended.wait(0.005):
            for client, request in self._server.poll():
                self._serve(client, request)
            self._seats.leave(self._server.connected)
            if self.capture_ready.is_set():
                for client, framed in self._waiting:
                    self._server.answer(client, {"ok": True, **framed, "state": "RECORDING"})
                self._waiting.clear()

    def _serve(self, client: Any, request: dict[str, Any]) -> None:
        verb, framed = request.pop("verb"), {"id": request.pop("id")}
        seats = self._seats.verbs(client)
        if verb == "status":
            told = {**STATUS, **self._seats.status(), "yours": self._seats.seat(client)[1]}
            self._server.answer(client, {"ok": True, **framed, **told})
            return
        try:
            self._seats.require(client, verb)
            answer = seats[verb](**request) if verb in seats else {}
        except NotNow as error:
            self._server.answer(client, {"ok": False, **framed, "error": str(error)})
            return
        if verb not in seats:
            self.asked.append((verb, request))
        if verb == "start":
            self._waiting.append((client, framed))
        else:
            self._server.answer(client, {"ok": True, **framed, **answer})


@dataclass
class Heard:
    """What a link told."""

    statuses: Queue[bool] = field(default_factory=Queue)
    refused: Queue[tuple[str, str]] = field(default_factory=Queue)
    lost: Queue[str] = field(default_factory=Queue)

    def ears(self) -> Ears:
        return Ears(
            lambda _, controls: self.statuses.put(controls), lambda *told: self.refused.put(told), self.lost.put
        )

    def drain(self) -> None:
        for queue in (self.statuses, self.refused, self.lost):
            while True:
                try:
                    queue.get_nowait()
                except Empty:
                    break

    def until(self, controls: bool) -> None:
        """A status comes that says so."""
        while self.statuses.get(timeout=10.0) is not controls:
            pass


@contextmanager
def _linked(path: Path, name: str = "anna", role: Any = "control") -> Generator[tuple[Link, Heard]]:
    heard = Heard()
    link = Link(path, name, role, heard.ears())
    link.start()
    try:
        yield link, heard
    finally:
        link.close()


@contextmanager
def _desk(path: Path) -> Generator[Desk]:
    desk = Desk(path)
    try:
        yield desk
    finally:
        desk.close()


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10.0
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_while_a_start_is_waited_for_statuses_come_and_the_robot_can_be_held(tmp_path: Path) -> None:
    with _desk(tmp_path / "s") as desk, _linked(tmp_path / "s") as (link, heard):
        heard.until(controls=True)
        answers: Queue[dict[str, Any]] = Queue()
        link.ask(Request("start", {}, answers.put))
        _until(lambda: ("start", {}) in desk.asked)
        heard.drain()
        link.ask(Request("release"))
        _until(lambda: ("release", {}) in desk.asked)
        heard.until(controls=True)
        assert answers.empty()
        desk.capture_ready.set()
        assert answers.get(timeout=10.0)["state"] == "RECORDING"
        assert heard.refused.empty()


def test_a_second_console_watches_until_it_takes_control_then_the_first_one_does(tmp_path: Path) -> None:
    with _desk(tmp_path / "s") as desk, _linked(tmp_path / "s") as (first, of_first):
        of_first.until(controls=True)
        with _linked(tmp_path / "s", "bert") as (second, of_second):
            of_second.until(controls=False)
            second.ask(Request("start"))
            verb, why = of_second.refused.get(timeout=10.0)
            assert verb == "start" and "anna controls this rig" in why
            second.ask(Request("take_control", {"name": "bert"}))
            of_second.until(controls=True)
            of_first.until(controls=False)
            first.ask(Request("keep"))
            assert "bert controls this rig" in of_first.refused.get(timeout=10.0)[1]
            desk.capture_ready.set()
            second.ask(Request("start"))
            _until(lambda: ("start", {}) in desk.asked)
        of_first.until(controls=True)  # bert has left: what is free is taken by who wanted it


def test_who_only_watches_never_takes_what_is_free(tmp_path: Path) -> None:
    with _desk(tmp_path / "s"), _linked(tmp_path / "s", role="watch") as (_, heard):
        for _ in range(3):
            assert heard.statuses.get(timeout=10.0) is False
        client = Client(tmp_path / "s")
        assert client.call("attach", name="bert")["role"] == "control"
        client.close()


def test_another_connection_shares_control_by_the_key(tmp_path: Path) -> None:
    with _desk(tmp_path / "s"), _linked(tmp_path / "s") as (link, heard):
        heard.until(controls=True)
        client = Client(tmp_path / "s")
        assert client.call("attach", name="self-test", key=link.key)["role"] == "control"
        client.close()


def test_a_daemon_that_goes_is_told_and_the_next_one_is_met(tmp_path: Path) -> None:
    with _linked(tmp_path / "s") as (link, heard):
        assert "no daemon listens" in heard.lost.get(timeout=10.0)
        with _desk(tmp_path / "s"):
            heard.until(controls=True)
        heard.drain()
        assert heard.lost.get(timeout=10.0)
        link.ask(Request("release"))
        link.ask(Request("start"))
        assert heard.refused.get(timeout=10.0)[0] == "start"
        assert heard.lost.get(timeout=10.0)
        with _desk(tmp_path / "s") as desk:
            heard.drain()
            heard.until(controls=True)
            assert desk.asked == []  # keys that were pressed at nobody are not for the next daemon


def test_a_console_can_leave_while_there_is_no_daemon(tmp_path: Path) -> None:
    with _linked(tmp_path / "s") as (_, heard):
        assert heard.lost.get(timeout=10.0)
