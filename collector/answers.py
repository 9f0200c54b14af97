"""What the daemon answers at once, and who waits for what a process has still to do."""

import socket
import traceback
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, Literal

from pydantic import ValidationError

from collector.control import Server
from collector.session import NotNow
from collector.words import objection

Topic = Literal["start", "stop", "sweep"]
_TOPICS: tuple[Topic, ...] = ("start", "stop", "sweep")

Answer = dict[str, Any]
Verb = Callable[..., Answer | Topic]
Tag = Any
"""A request's `id`, whatever the client chose; its answer carries it."""


class Answers:
    """Every request is answered once: several clients may wait for the same. `say`: for the daemon's log."""

    def __init__(self, server: Server, say: Callable[[str], None]) -> None:
        self._server, self._say = server, say
        self._waiting: dict[Topic, list[tuple[socket.socket, Tag]]] = {topic: [] for topic in _TOPICS}

    def serve(
        self,
        client: socket.socket,
        request: Answer,
        verbs: Mapping[str, Verb],
        require: Callable[[socket.socket, str], None],
    ) -> None:
        """Do what a client asks, if it may: `require` raises NotNow. Nothing that it says ends the daemon."""
        verb, tag = str(request.pop("verb", "")), request.pop("id", None)
        try:
            if verb not in verbs:
                raise ValueError(f"no verb {verb!r}; there are {', '.join(verbs)}")
            require(client, verb)
            signature(verbs[verb]).bind(**request)
            answer = verbs[verb](**request)
        except ValidationError as error:
            self.object(client, tag, objection(verb, error), "ValueError")
        except TypeError as error:  # of the arguments: `bind` says which
            self.object(client, tag, f"{verb}: {error}", "TypeError")
        except (NotNow, ValueError) as error:
            self.object(client, tag, str(error), type(error).__name__)
        except Exception as error:  # a bug; but the robots need their daemon
            self._say(f"{verb} failed: {''.join(traceback.format_exception(error))}")
            self.object(client, tag, f"{verb} failed: {type(error).__name__}: {error}; see the daemon's log", "Failed")
        else:
            if isinstance(answer, str):
                self._waiting[answer].append((client, tag))
            else:
                self.give(client, tag, answer)

    def give(self, client: socket.socket, tag: Tag, answer: Answer) -> None:
        """It is done."""
        self._send(client, tag, {"ok": True, **answer})

    def object(self, client: socket.socket, tag: Tag, why: str, kind: str) -> None:
        """It is not done; `kind`: the name of the refusal, by which a programme may tell it from others."""
        self._send(client, tag, {"ok": False, "error": why, "kind": kind})

    def reply(self, topic: Topic, **answer: Any) -> None:
        """All who wait for it are told."""
        for client, tag in self._done(topic):
            self.give(client, tag, answer)

    def refuse(self, topic: Topic, why: str, kind: str = "NotNow") -> None:
        """Nothing comes of it."""
        for client, tag in self._done(topic):
            self.object(client, tag, why, kind)

    def refuse_all(self, why: str) -> None:
        """A device failed."""
        for topic in _TOPICS:
            self.refuse(topic, why, "Fault")

    def _done(self, topic: Topic) -> list[tuple[socket.socket, Tag]]:
        done, self._waiting[topic] = self._waiting[topic], []
        return done

    def _send(self, client: socket.socket, tag: Tag, answer: Answer) -> None:
        self._server.answer(client, answer if tag is None else {**answer, "id": tag})
