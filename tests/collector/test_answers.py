"""Every request has one answer, whatever it asks, and nothing that a client says ends the daemon."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.answers import Answers, Topic
from collector.control import Server
from collector.playback import ReplayOrder
from collector.session import NotNow, NotYet

Verbs = dict[str, Callable[..., dict[str, Any] | Topic]]


class Desk:
    """A server, its answers, and clients that remember what they were told."""

    def __init__(self, path: Path) -> None:
        self.said: list[str] = []
        self.server = Server(path)
        self.answers = Answers(self.server, self.said.append)
        self.clients = [socket.socket(socket.AF_UNIX) for _ in range(2)]
        for client in self.clients:
            client.settimeout(10)
            client.connect(str(path))

    def ask(self, *requests: tuple[int, dict[str, Any]], verbs: Verbs) -> None:
        for number, request in requests:
            self.clients[number].sendall(json.dumps(request).encode() + b"\n")
        served = 0
        while served < len(requests):
            for client, request in self.server.poll():
                self.answers.serve(client, request, verbs, lambda _, __: None)
                served += 1

    def told(self, client: int) -> dict[str, Any]:
        return json.loads(self.clients[client].makefile().readline())

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.server.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "s.sock")
    yield desk
    desk.close()


def stop(labels: dict[str, Any] | None = None) -> Topic:
    return "stop"


def test_an_answer_carries_the_request_s_id(desk: Desk) -> None:
    desk.ask((0, {"verb": "status", "id": "a1"}), verbs={"status": lambda: {"state": "IDLE"}})
    assert desk.told(0) == {"ok": True, "state": "IDLE", "id": "a1"}


def test_all_who_wait_for_the_same_are_told_each_by_its_own_id(desk: Desk) -> None:
    """Two clients stop the same take."""
    desk.ask((0, {"verb": "stop", "id": 1}), (1, {"verb": "stop", "id": 7}), verbs={"stop": stop})
    desk.answers.reply("stop", state="REVIEW")
    assert [desk.told(client)["id"] for client in (0, 1)] == [1, 7]


def test_whoever_waits_for_a_start_is_not_answered_by_a_stop(desk: Desk) -> None:
    desk.ask((0, {"verb": "start"}), (1, {"verb": "stop"}), verbs={"start": lambda: "start", "stop": stop})
    desk.answers.reply("stop", state="REVIEW")
    assert desk.told(1)["state"] == "REVIEW"
    desk.answers.refuse_all("arm right: reflex")
    assert desk.told(0) == {"ok": False, "error": "arm right: reflex", "kind": "Fault"}


def _broken() -> dict[str, Any]:
    raise KeyError("capture")


def _busy() -> dict[str, Any]:
    raise NotYet("a moment")


def _never() -> dict[str, Any]:
    raise NotNow("not in IDLE")


@pytest.mark.parametrize(
    ("request_", "kind", "says"),
    [
        ({"verb": "dance"}, "ValueError", "no verb 'dance'; there are"),
        ({}, "ValueError", "no verb ''"),
        ({"verb": ["status"]}, "ValueError", "no verb"),
        ({"verb": "stop", "nonsense": 1}, "TypeError", "stop: got an unexpected keyword argument 'nonsense'"),
        ({"verb": "stop", "self": 1}, "TypeError", "stop: "),
        ({"verb": "busy"}, "NotYet", "a moment"),
        ({"verb": "never"}, "NotNow", "not in IDLE"),
        ({"verb": "replay", "episode": 5}, "ValueError", "replay."),
        ({"verb": "infinite", "n": float("inf")}, "Failed", "OverflowError"),
        ({"verb": "broken"}, "Failed", "KeyError: 'capture'; see the daemon's log"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(
    desk: Desk, request_: dict[str, Any], kind: str, says: str
) -> None:
    verbs: Verbs = {
        "stop": stop, "busy": _busy, "never": _never, "broken": _broken,
        "replay": lambda **order: {"order": ReplayOrder.model_validate(order)}, "infinite": lambda n: {"n": int(n)},
    }  # fmt: skip
    desk.ask((0, request_), verbs=verbs)
    told = desk.told(0)
    assert (told["ok"], told["kind"]) == (False, kind)
    assert says in told["error"]
    assert "\n" not in told["error"]
    assert bool(desk.said) == (kind == "Failed")  # with its traceback, in the daemon's log
