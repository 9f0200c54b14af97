"""A daemon that says what it is told to: what a command asks of it is kept."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from collector.control import Server, socket_path

ROOT = Path(__file__).parents[3]
RIG = ROOT / "configs/rigs/virtual.yaml"
TASK = ROOT / "configs/tasks/pick_cube.yaml"

Answer = dict[str, Any]


class Pretender:
    """Answers each verb as `answers` says, any other with its state. `refuses`: objections by verb, of a `kind`."""

    kind = "NotNow"

    def __init__(self, answers: dict[str, Answer] | None = None, refuses: dict[str, str] | None = None) -> None:
        self.answers = {"attach": {"role": "control", "key": "k"}, "take_control": {"role": "control", "key": "k"}}
        self.answers |= answers or {}
        self.refuses = refuses or {}
        self.asked: list[Answer] = []
        self._ended = threading.Event()

    def of(self, verb: str) -> list[Answer]:
        """What came with a verb, each time it came."""
        return [
            {name: value for name, value in request.items() if name not in ("verb", "id")}
            for request in self.asked
            if request["verb"] == verb
        ]

    def serve(self, server: Server) -> None:
        while not self._ended.wait(0.002):
            for client, request in server.poll():
                self.asked.append(request)
                verb = request["verb"]
                if verb in self.refuses:
                    answer: Answer = {"ok": False, "error": self.refuses[verb], "kind": self.kind}
                else:
                    answer = {"ok": True, **self.answers.get(verb, {"state": "ARMED"})}
                server.answer(client, {**answer, "id": request.get("id")})

    def end(self) -> None:
        self._ended.set()


@contextmanager
def listening(pretender: Pretender, rig: str = "virtual") -> Generator[Pretender]:
    """While it listens where the rig's daemon would."""
    server = Server(socket_path(rig))
    thread = threading.Thread(target=pretender.serve, args=(server,))
    thread.start()
    try:
        yield pretender
    finally:
        pretender.end()
        thread.join()
        server.close()
