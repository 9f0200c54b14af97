"""A running rig as a headless client drives it: arm, follow, record or replay, keep or discard."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collector.attach import Progress
from collector.control import Client, DaemonBusy, DaemonError
from collector.labels.task import TaskConfig
from collector.playback import ReplayOrder
from collector.rig_status import all_follow, any_arm, arms, cpu_s, errors_known, not_ready, paused, teleop_reasons
from collector.session import State
from hardware.config import RigConfig

_START_S = 90.0
_READY_S = 60.0
_FOLLOW_S = 40.0
_REST_S = 10.0
_ASK_S = 1.0


class RigFault(Exception):
    """The daemon entered FAULT; the text names the device and the remedy."""


class TooFar(Exception):
    """The robot stands too far from where a replay begins."""


@dataclass(slots=True)
class Recorded:
    """One episode as the daemon reported it."""

    path: Path
    uuid: str
    status: str
    seconds: float
    stop_to_ready_s: float
    cores: dict[str, float]  # CPU of each process while it recorded, in cores
    rows: dict[str, int] = field(default_factory=dict[str, int])
    gaps: dict[str, int] = field(default_factory=dict[str, int])
    teleop: dict[str, Any] = field(default_factory=dict[str, Any])  # by arm, collector.teleop_desk.summary
    problem: str = ""  # why it is not complete

    def to_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "path": str(self.path), "uuid": self.uuid, "status": self.status, "seconds": self.seconds,
            "stop_to_ready_s": self.stop_to_ready_s, "cores": self.cores, "rows": self.rows, "gaps": self.gaps,
            "teleop": self.teleop, "problem": self.problem,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Take:
    """One that is running: since when (time.monotonic), and the daemon's status before it."""

    uuid: str
    started: float
    before: dict[str, Any]


class Rig:
    """A running rig as a headless client sees it."""

    def __init__(self, client: Client, progress: Progress) -> None:
        self._client = client
        self._progress = progress

    def status(self) -> dict[str, Any]:
        """The daemon's status; raises RigFault in FAULT."""
        status = self._client.call("status")
        if status["state"] == State.FAULT:
            raise RigFault(status["fault"]["message"])
        return status

    def _ask(self, verb: str, **words: Any) -> dict[str, Any]:
        """What the daemon answers. Where a device's failure is why it refuses, raises RigFault with that."""
        try:
            return self._client.call(verb, **words)
        except DaemonError:
            self.status()
            raise

    def prepare(self, override: str = "") -> None:
        """Until the session is armed, under its certificate or the override, and the followers follow."""
        self.arm("record", override)
        self.follow()

    def arm(self, purpose: str, override: str = "") -> None:
        """Until every device answers and the session is armed. Raises DaemonError without a certificate."""
        self.wait_started()
        deadline = time.monotonic() + _READY_S
        while True:
            try:
                self._ask("arm", purpose=purpose, override=override)
                break
            except DaemonBusy as error:
                if time.monotonic() > deadline:
                    raise
                self._progress(str(error), None)
                time.sleep(0.2)

    def wait_started(self) -> None:
        """Until every device answers."""
        self._until(_START_S, "starting", lambda s: s["state"] != State.STARTING, not_ready)

    def disarm(self) -> None:
        """Give the permit back."""
        self._client.call("disarm")

    def rest(self) -> None:
        """The followers hold where they are."""
        self._client.call("release")

    def rig(self) -> RigConfig:
        """The rig's configuration as the daemon runs it: with the endpoints of virtual devices."""
        return RigConfig.model_validate(self._client.call("rig")["rig"])

    def follow(self) -> None:
        """Until every follower follows, gone to its leader if need be; asks again where a request was refused."""
        deadline = time.monotonic() + _FOLLOW_S
        asked = 0.0
        while not all_follow(status := self.status()):
            self._progress(f"aligning leader and follower: {teleop_reasons(status)}", None)
            if time.monotonic() > deadline or any_arm(status, "FAULT"):
                raise RigFault(f"teleoperation does not follow: {teleop_reasons(status)}")
            if any_arm(status, "IDLE", "HOLD") and time.monotonic() > asked + _ASK_S:
                self._ask("approach")
                asked = time.monotonic()
            time.sleep(0.1)

    def lead(self, order: ReplayOrder | None) -> None:
        """An episode leads instead of the operator, or (None) the operator again. Raises TooFar."""
        self._until(_REST_S, "coming to rest", self._asked_to_rest, teleop_reasons)
        self._ask("replay", **(order.model_dump(mode="json") if order else {}))
        self.wait_started()
        if order is None:
            return
        self._until(_REST_S, "looking at the first pose", errors_known, teleop_reasons)
        refuse_rad = self.rig().teleop.refuse_rad
        for name, arm in arms(self.status()).items():
            errors: list[float] = arm["error"]
            error = max(errors, key=abs)
            joint = errors.index(error) + 1
            if abs(error) > refuse_rad:
                raise TooFar(
                    f"{name}: joint {joint} of the first pose is {error:+.2f} rad from where the robot stands,"
                    f" more than {refuse_rad:g}; bring the robot near it with clap teleop, then replay"
                )

    def _asked_to_rest(self, status: dict[str, Any]) -> bool:
        if all(arm.get("teleop") == "IDLE" for arm in arms(status).values()):
            return True
        self._client.call("release")
        return False

    def play(self, title: str) -> dict[str, Any]:
        """Play what leads to its end, the arms following; how near each arm came. Raises RigFault when one stops."""
        self._ask("play")
        while True:
            status = self.status()
            played = {n: p["replay"] for n, p in status["processes"].items() if "replay" in p}
            at_s, of_s = (sum(told[key] for told in played.values()) for key in ("at_s", "of_s"))
            self._progress(title, at_s / of_s)
            if not all_follow(status):
                raise RigFault(f"the replay stopped after {at_s / len(played):.1f} s: {teleop_reasons(status)}")
            if all(told["state"] == "done" for told in played.values()):
                return {name.removeprefix("leader-"): told for name, told in played.items()}
            time.sleep(0.1)

    def teleoperate(self, seconds: float | None) -> None:
        """Follow for so long, or for ever; an arm that was held is engaged again. Raises RigFault."""
        self.follow()
        self._ask("mark")
        began = time.monotonic()
        while (elapsed := time.monotonic() - began) < (seconds or float("inf")):
            self._progress("teleoperation", elapsed / seconds if seconds else None)
            self.follow()
            time.sleep(0.1)

    def _until(
        self,
        seconds: float,
        what: str,
        done: Callable[[dict[str, Any]], bool],
        why: Callable[[dict[str, Any]], str],
    ) -> None:
        deadline = time.monotonic() + seconds
        while not done(status := self.status()):
            self._progress(f"{what} {why(status)}".strip(), None)
            if time.monotonic() > deadline:
                raise RigFault(f"{what} took over {seconds:.0f} s: {why(status)}")
            time.sleep(0.1)

    def record(
        self, task: TaskConfig, seconds: float, title: str, labels: dict[str, Any], *, play: bool = False
    ) -> Recorded:
        """One episode of a given length, or of what leads instead of the operator, played.

        A fault in the middle leaves it sealed and raises RigFault.
        """
        self.follow()
        take = self.begin(task, seconds, labels)
        if play:
            self.play(title)
        else:
            self.wait(take, seconds, title)
        return self.finish(take)

    def begin(self, task: TaskConfig, seconds: float, labels: dict[str, Any]) -> "Take":
        """Start a take; `seconds` is what room is made for."""
        before = self.status()
        started = time.monotonic()
        episode = self._ask("start", task=task.model_dump(mode="json") | {"seconds": seconds}, labels=labels)
        return Take(episode["uuid"], started, before)

    def wait(self, take: "Take", until_s: float, title: str) -> None:
        """Until so long after the take's begin, or until it ends by itself; raises RigFault in FAULT."""
        while (elapsed := time.monotonic() - take.started) < until_s:
            status = self.status()
            if status["state"] != State.RECORDING:
                return
            self._progress(paused(status) or title, elapsed / until_s)
            time.sleep(min(0.2, max(0.0, until_s - elapsed)))

    def finish(self, take: "Take") -> Recorded:
        """Stop the take; one that has ended by itself (full disk, too many frames lost) says why."""
        before, after = take.before, self.status()
        wall = time.monotonic() - take.started
        closed = self._stopped(take)
        return Recorded(
            path=Path(closed["path"]).with_suffix(".hdf5"),
            uuid=take.uuid,
            status=closed["status"],
            seconds=closed["seconds"],
            stop_to_ready_s=closed["stop_to_ready_s"],
            cores={name: (cpu - cpu_s(before).get(name, cpu)) / wall for name, cpu in cpu_s(after).items()},
            rows=closed["rows"],
            gaps=closed["gaps"],
            teleop=closed.get("teleop", {}),
            problem=closed.get("problem", ""),
        )

    def _stopped(self, take: "Take") -> dict[str, Any]:
        try:
            return self._client.call("stop")
        except DaemonError:
            last = self.status()["last"]
            if last is None or last["uuid"] != take.uuid:
                raise
            return last

    def keep(self) -> None:
        """Keep the last take."""
        self._ask("keep")

    def discard(self) -> Path:
        """Move the last take to .trash; where it is now, once sealed."""
        return Path(self._ask("discard")["moved_to"]).with_suffix(".hdf5")

    def abandon(self) -> None:
        """Ctrl-C: seal what is being recorded, as far as it got."""
        try:
            self._client.call("stop", labels={"outcome": "interrupted"})
        except DaemonError:
            pass

    def wait_sealed(self) -> list[dict[str, Any]]:
        """Until the backlog is empty; what was finalised, with times."""
        while (backlog := self.status()["backlog"])["pending"]:
            self._progress("sealing", None)
            time.sleep(0.1)
        return backlog["done"]
