"""A running rig as a headless client drives it: arm, follow, record or replay, keep or discard."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from collector.attach import Progress
from collector.control import Client, DaemonBusy, DaemonError
from collector.labels.task import TaskConfig
from collector.playback import Order, ReplayOrder
from collector.recorded import Recorded, Take, why_no_demonstration
from collector.rig_status import all_follow, any_arm, arms, cpu_s, errors_known, not_ready, paused, teleop_reasons
from collector.session import State
from hardware.config import RigConfig

_START_S = 90.0
_READY_S = 60.0
_FOLLOW_S = 40.0
_REST_S = 10.0
_ASK_S = 1.0
_FAULT_S = 2.0


class RigFault(Exception):
    """The daemon entered FAULT; the text names the device and the remedy."""


class NotFollowing(RigFault):
    """The robot has stopped following, so nothing is demonstrated any more; the text says why."""


class TooFar(Exception):
    """The robot stands too far from where a replay begins."""


class Rig:
    """A running rig as a headless client sees it."""

    def __init__(self, client: Client, progress: Progress) -> None:
        self._client = client
        self._progress = progress
        self._approached = 0.0  # time.monotonic() of when the followers were last asked to go to their leaders

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
        self.arm("record", override, lambda: self._approach(self.status()))
        self.follow()

    def arm(self, purpose: str, override: str = "", meanwhile: Callable[[], None] = lambda: None) -> None:
        """Until every device answers and the session is armed. Raises DaemonError without a certificate.

        `meanwhile`: done again and again while the rig is permitted to record and not ready yet.
        """
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
                meanwhile()
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
        while not all_follow(status := self.status()):
            self._progress(f"aligning leader and follower: {teleop_reasons(status)}", None)
            if time.monotonic() > deadline or any_arm(status, "FAULT"):
                raise RigFault(f"teleoperation does not follow: {teleop_reasons(status)}")
            self._approach(status)
            time.sleep(0.1)

    def _approach(self, status: dict[str, Any]) -> None:
        """Those that hold go to their leaders: asked for at most once a second."""
        if any_arm(status, "IDLE", "HOLD") and time.monotonic() > self._approached + _ASK_S:
            self._ask("approach")
            self._approached = time.monotonic()

    def lead(self, order: Order | None) -> None:
        """An episode or way-points lead instead of the operator, or (None) the operator again. Raises TooFar."""
        self._until(_REST_S, "coming to rest", self._asked_to_rest, teleop_reasons)
        self._ask("replay", **(order.model_dump(mode="json") if order else {}))
        self.wait_started()
        if not isinstance(order, ReplayOrder):  # way-points begin where the robot stands
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

    def begin_play(self) -> None:
        """What leads begins, or goes on."""
        self._ask("play")

    def play(self, title: str) -> dict[str, Any]:
        """Play what leads to its end, the arms following; how near each arm came. Raises RigFault when one stops."""
        self.begin_play()
        while True:
            status = self.status()
            played = {n: p["replay"] for n, p in status["processes"].items() if "replay" in p}
            at_s, of_s = (sum(told[key] for told in played.values()) for key in ("at_s", "of_s"))
            self._progress(title, at_s / of_s)
            if not all_follow(status):
                raise NotFollowing(f"the replay stopped after {at_s / len(played):.1f} s: {teleop_reasons(status)}")
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

        A robot that stops following ends it: it is labelled a failure, and `problem` says why. A fault in the middle
        leaves it sealed and raises RigFault.
        """
        self.follow()
        take = self.begin(task, seconds, labels)
        try:
            if play:
                self.play(title)
            else:
                self.wait(take, seconds, title, follows=True)
        except NotFollowing as error:
            self._wait_for_fault()
            return replace(self.finish(take, {"outcome": "failure", "note": str(error)}), problem=str(error))
        done = self.finish(take)
        if done.status == "complete" and (held := why_no_demonstration(done.teleop)):
            self._ask("label", episode=take.uuid, outcome="failure", note=held)
            return replace(done, problem=held)
        return done

    def _wait_for_fault(self) -> None:
        """A device that failed is heard of a moment after the robots hold for it, and tells more. Raises RigFault."""
        until = time.monotonic() + _FAULT_S
        while time.monotonic() < until:
            self.status()
            time.sleep(0.1)

    def begin(self, task: TaskConfig, seconds: float, labels: dict[str, Any]) -> Take:
        """Start a take; `seconds` is what room is made for."""
        before = self.status()
        started = time.monotonic()
        episode = self._ask("start", task=task.model_dump(mode="json") | {"seconds": seconds}, labels=labels)
        return Take(episode["uuid"], started, before)

    def wait(self, take: Take, until_s: float, title: str, *, follows: bool = False) -> None:
        """Until so long after the take's begin, or until it ends by itself; raises RigFault in FAULT.

        `follows`: raises NotFollowing as soon as an arm does not.
        """
        while (elapsed := time.monotonic() - take.started) < until_s:
            status = self.status()
            if status["state"] != State.RECORDING:
                return
            if follows and not all_follow(status):
                raise NotFollowing(f"stopped following after {elapsed:.1f} s: {teleop_reasons(status)}")
            self._progress(paused(status) or title, elapsed / until_s)
            time.sleep(min(0.2, max(0.0, until_s - elapsed)))

    def finish(self, take: Take, labels: dict[str, Any] | None = None) -> Recorded:
        """Stop the take, labelled so; one that has ended by itself (full disk, too many frames lost) says why."""
        before, after = take.before, self.status()
        wall = time.monotonic() - take.started
        closed = self._stopped(take, labels or {})
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

    def _stopped(self, take: Take, labels: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._client.call("stop", labels=labels)
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
