"""What clients may ask of arms and bases: passed on, with heartbeats, a guardian, and a memory of what came of it."""

import socket
import time
from collections.abc import Callable
from typing import Any

from collector.children import Child
from collector.crew import Crew
from collector.playback import order_of
from collector.session import NotNow, Session, State
from hardware.samples import monotonic_ns

_BEAT_S = 0.2  # arms and bases hold when they hear nothing for teleop.heartbeat_ms
_PLAY_AHEAD_NS = 200_000_000  # until all that replay have heard it
_MOVING = ("ALIGN", "RAMP", "FOLLOW")
_COUNTS = ("cycles", "lost", "approaches", "clutches")
_TABLES = ("holds", "faults", "rejected", "limit_hits")

Answer = dict[str, Any]


class TeleopDesk:
    """The daemon's hold on teleoperation. `tell` gets every event worth keeping with an episode."""

    def __init__(self, session: Session, crew: Crew, tell: Callable[[Answer], None]) -> None:
        self._session, self._crew, self._tell = session, crew, tell
        self._guardian: socket.socket | None = None  # the client that engaged last
        self._beat_at = 0.0
        self._paused = True  # the arms were told to hold, so that one holding is no news to the others
        self._states: dict[str, str] = {}
        self._before: dict[str, Answer] = {}
        self.notice = ""
        """Why the robots were last told to hold, when no client had asked for it; until one moves them again."""

    # -- what clients ask --------------------------------------------------------------------------

    def verbs(self, client: socket.socket) -> dict[str, Callable[..., Answer]]:
        """What clients may ask. Coming to rest is possible always."""
        return {
            "engage": lambda: self._move(client, "engage"),
            "approach": lambda: self._move(client, "approach"),
            "unclutch": lambda: self._move(client, "unclutch"),
            "clutch": self._clutch,
            "release": self.release,
            "deadman": self._deadman,
            "drive": self._drive,
            "replay": self._replay,
            "play": self._play,
            "mark": self._mark,
            "teleop": lambda: {"arms": self.take_summary()},
        }

    def release(self) -> Answer:
        """Everything that moves comes to rest."""
        self._guardian, self._paused = None, True
        return self._ask([*self._crew.arms, *self._crew.bases, *self._crew.leaders], "release")

    def hold(self, reason: str) -> None:
        """As release, for a reason of the daemon's own."""
        self.release()
        self.notice = reason
        self._tell({"event": "hold", "reason": reason})

    def handed_over(self, client: socket.socket) -> None:
        """Control has passed to this client: if anybody answers for the robots, it does now."""
        if self._guardian is not None:
            self._guardian = client

    def reset(self) -> None:
        """Out of teleoperation's own FAULT; what stopped the robot itself takes the session's reset."""
        self._ask(self._crew.arms, "reset")

    def _move(self, client: socket.socket, verb: str) -> Answer:
        """The client now answers for the robots."""
        self._session.require_running(verb)
        self._guardian, self._paused, self.notice = client, False, ""
        return self._ask(self._crew.arms, verb)

    def _clutch(self) -> Answer:
        """Robots held, leaders free."""
        self._paused = True
        return self._ask([*self._crew.arms, *self._crew.bases], "clutch")

    def _deadman(self) -> Answer:
        """The operator holds the key now; held keys repeat."""
        return self._ask(self._crew.arms, "deadman")

    def _drive(self, vx: float = 0.0, vy: float = 0.0, wz: float = 0.0) -> Answer:
        """A key drives the bases: m/s, m/s, rad/s."""
        self._session.require_running("drive")
        return self._ask(self._crew.bases, "drive", vx=float(vx), vy=float(vy), wz=float(wz))

    def _replay(self, **order: Any) -> Answer:
        """An episode or way-points lead instead of the operator; without either the operator again."""
        chosen = order_of(order)
        if self._session.state is not State.IDLE or not self._at_rest:
            raise NotNow(f"who leads changes in IDLE, every arm released; the session is {self._session.state}")
        self._crew.lead(chosen)
        return {"state": self._session.enter(State.STARTING)}

    def _play(self) -> Answer:
        """What replays begins, all at one instant, or goes on."""
        self._session.require_running("play")
        return self._ask(self._crew.leaders, "play", t0_ns=monotonic_ns() + _PLAY_AHEAD_NS)

    def _mark(self) -> Answer:
        """Figures count from now on; those of an episode count from its start."""
        if self._session.state is State.RECORDING:
            raise NotNow("an episode is being recorded, and its figures count from its start")
        self.begin_take()
        return {"state": self._session.state}

    # -- what the daemon's loop does ---------------------------------------------------------------

    def work(self, connected: Callable[[socket.socket], bool]) -> None:
        """Heartbeats; and a guardian that has gone takes the robots' leave to move with it."""
        now = time.monotonic()
        if now >= self._beat_at:
            self._beat_at = now + _BEAT_S
            self._ask([*self._crew.arms, *self._crew.bases], "beat")
        if self._guardian is not None and not connected(self._guardian):
            self.hold("The client that engaged has gone; the robots hold.")

    def heard(self, member: Child) -> None:
        """A status came: a change of state is an event, and one arm that stops by itself stops them all."""
        if not member.name.startswith("arm-"):
            return
        state, before = member.status.get("teleop", ""), self._states.get(member.name)
        if state == before:
            return
        self._states[member.name] = state
        self._tell({"arm": member.name.removeprefix("arm-"), "state": state, "reason": member.status.get("reason", "")})
        if before in _MOVING and state in ("HOLD", "FAULT") and not self._paused:
            self._paused = True
            others = [arm for arm in self._crew.arms if arm.status.get("teleop") in _MOVING]
            self._ask([*others, *self._crew.bases], "release")

    def ended(self, member: Child, reason: str) -> None:
        """A process has ended: its last status must not be taken for the present."""
        if member.name.startswith("arm-"):
            member.status.update(teleop="FAULT", reason=reason)
            self.heard(member)

    # -- what an episode keeps ---------------------------------------------------------------------

    def begin_take(self) -> None:
        """Lags and rates are those since now."""
        self._before = {arm.name: dict(arm.status) for arm in self._crew.arms}
        self._ask(self._crew.arms, "mark")
        for arm in self._crew.arms:
            self._states.pop(arm.name, None)  # so that the take begins with every arm's state

    def take_summary(self) -> dict[str, Answer]:
        """By arm, since begin_take: lag of leader -> sent, limits met, samples rejected, holds."""
        return {
            arm.name.removeprefix("arm-"): summary(self._before.get(arm.name, {}), arm.status)
            for arm in self._crew.arms
            if "teleop" in arm.status
        }

    @property
    def _at_rest(self) -> bool:
        return all(arm.status.get("teleop") == "IDLE" for arm in self._crew.arms)

    def _ask(self, members: list[Child], verb: str, **data: Any) -> Answer:
        for member in members:
            if member.alive:
                member.ask(verb, **data)
        return {"state": self._session.state}


def summary(before: Answer, after: Answer) -> Answer:
    """What an arm's status tells of a stretch: counts as differences, the rest as it is since the last mark."""
    counts = {name: after.get(name, 0) - before.get(name, 0) for name in _COUNTS}
    tables = {name: _differences(before.get(name, {}), after.get(name, {})) for name in _TABLES}
    kept = {name: after.get(name) for name in ("lag", "robot_lag_ms", "success_min")}
    return {**counts, **tables, **kept}


def _differences(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    found = {name: count - before.get(name, 0) for name, count in after.items()}
    return {name: count for name, count in found.items() if count}
