"""Who controls the rig: one client at a time, others watch. Whoever never says who it is counts as nobody."""

import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from collector.session import NotNow
from collector.words import clean

ANYBODY = frozenset({
    "status", "rig", "links", "attach", "take_control", "release", "label", "unlabel", "session", "teleop", "preflight",
    "devices", "look", "inject", "board", "hands", "truth",
})  # fmt: skip
"""Verbs that need no control: those that change nothing, stop the robots, keep a history of who said what, or belong to
the virtual rig's world."""

_LONG = 60  # characters of a name
_TAKE_IT = "take control (verb take_control, of a command --take-control)"

Answer = dict[str, Any]


@dataclass(slots=True)
class _Control:
    name: str
    key: str
    clients: set[socket.socket]
    since: float = field(default_factory=time.monotonic)


class Seats:
    """The clients by what they may do. `passed`: told of a client that took control from another."""

    def __init__(self, passed: Callable[[socket.socket], None]) -> None:
        self._passed = passed
        self._control: _Control | None = None
        self._watchers: dict[socket.socket, str] = {}

    def verbs(self, client: socket.socket) -> dict[str, Callable[..., Answer]]:
        """What a client may ask of its seat."""
        return {
            "attach": partial(self._attach, client),
            "take_control": partial(self._take, client),
        }

    def require(self, client: socket.socket, verb: str) -> None:
        """Raises NotNow where the client watches, or somebody else controls the rig."""
        control = self._control
        if verb in ANYBODY or self.seat(client)[1]:
            return
        if control is not None:
            raise NotNow(f"{control.name} controls this rig: watch, ask them to leave, or {_TAKE_IT}")
        raise NotNow(f"you only watch, and nobody controls this rig: {_TAKE_IT}")

    def seat(self, client: socket.socket) -> tuple[str, bool]:
        """A client's name, empty where it never gave one, and whether it may do everything."""
        if (control := self._control) is not None and client in control.clients:
            return control.name, True
        return self._watchers.get(client, ""), control is None and client not in self._watchers

    def leave(self, connected: Callable[[socket.socket], bool]) -> None:
        """Those who have gone leave their seats."""
        self._watchers = {client: name for client, name in self._watchers.items() if connected(client)}
        if self._control is not None:
            self._control.clients = set(filter(connected, self._control.clients))
            self._control = self._control if self._control.clients else None

    def status(self) -> Answer:
        """`control`: who has it and since when, null nobody; `watchers`: their names."""
        control = self._control
        told = {"name": control.name, "for_s": time.monotonic() - control.since} if control else None
        return {"control": told, "watchers": sorted(self._watchers.values())}

    def _attach(self, client: socket.socket, name: str, role: str = "control", key: str = "") -> Answer:
        """Sit down. Where control is taken one watches, unless one knows its key; whoever has control keeps it."""
        if role not in ("control", "watch"):
            raise ValueError(f"role is control or watch, not {role!r}")
        control, name = self._control, clean(name, _LONG) or "somebody"
        if role == "control" and control is None:
            self._give(client, name)
        elif role == "control" and control is not None and key and key == control.key:
            self._watchers.pop(client, None)
            control.clients.add(client)
        elif control is None or client not in control.clients:
            self._watchers[client] = name
        return self._told(client)

    def _take(self, client: socket.socket, name: str = "") -> Answer:
        """Control passes to this client, whoever had it; those watch from now on."""
        before = self._control
        if before is None or client not in before.clients:
            if before is not None:
                self._watchers |= dict.fromkeys(before.clients, before.name)
            self._give(client, clean(name, _LONG) or self._watchers.get(client, "somebody"))
            self._passed(client)
        return self._told(client)

    def _give(self, client: socket.socket, name: str) -> None:
        self._watchers.pop(client, None)
        self._control = _Control(name, str(uuid.uuid4()), {client})

    def _told(self, client: socket.socket) -> Answer:
        control = self._control if self._control is not None and client in self._control.clients else None
        return {"role": "control" if control else "watch", "key": control.key if control else "", **self.status()}
