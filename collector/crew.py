"""The table of processes: which a rig needs, in which order they start and end."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from collector.children import Child, Main, stop_all
from collector.links import LOOK_HZ, Links
from collector.playback import Order
from collector.processes import arm, base, capture, far_end, gripper, leader, replay, sync
from collector.processes.capture_look import LOOK_NS
from hardware.config import RigConfig
from hardware.open import far_ends, with_endpoint

# All of them report several times a second. The rings of a recording hold 4 s, a stall beside a full disk included.
_SILENT_NS = {
    "arm": 2_000_000_000,
    "leader": 2_000_000_000,
    "base": 2_000_000_000,
    "sync": 4_000_000_000,
    "capture": 4_000_000_000,
}
_LAST_S = 0.5


class Crew:
    """The children of one daemon, by name: `sync`, `capture`, `leader-right`, `arm-right`, ..."""

    def __init__(self, rig: RigConfig, links: Links, logs: Path) -> None:
        self.rig = rig
        self._links = links
        self._logs = logs
        self._replay: Order | None = None
        self.members: dict[str, Child] = {}
        self._how: dict[str, tuple[Main, tuple[object, ...]]] = {}
        for name in far_ends(rig):
            self._start(f"virtual-{name.replace(':', '-')}", far_end.main, name, rig)
        self._awaiting = set(far_ends(rig))

    def endpoint(self, member: str, endpoint: str) -> None:
        """A far end said where it listens."""
        for name in tuple(self._awaiting):
            if member == f"virtual-{name.replace(':', '-')}":
                self._awaiting.discard(name)
                self.rig = with_endpoint(self.rig, name, endpoint)

    def start_missing(self, *, recover: bool = False) -> None:
        """Start every process of ours that is not running, once all far ends can be reached."""
        if self._awaiting:
            return
        rig, links = self.rig, self._links
        # FIFO priorities are inherited: what needs none starts first.
        self._ensure("sync", sync.main, rig, links)
        self._ensure("capture", capture.main, rig, links)
        for name in rig.leaders:
            if self._replay is None:
                self._ensure(f"leader-{name}", leader.main, rig, name, links)
            else:
                self._ensure(f"leader-{name}", replay.main, rig, name, self._replay, links)
        for name, follower in rig.followers.items():
            self._ensure(f"arm-{name}", arm.main, rig, name, recover, links)
            if follower.gripper is not None and follower.gripper.driver == "franka_hand":
                self._ensure(f"gripper-{name}", gripper.main, rig, name, links)
        for name in rig.bases:
            self._ensure(f"base-{name}", base.main, rig, name, links)

    def verbs(self) -> dict[str, Callable[..., dict[str, Any]]]:
        """What clients may ask of the processes, whatever the session does."""
        return {
            "rig": lambda: {"rig": self.rig.model_dump(mode="json")},
            "links": lambda: {"links": {name: asdict(address) for name, address in self._links.items()}},
            "look": self._look,
        }

    def _look(self, cameras: list[str], hz: float = 5.0) -> dict[str, Any]:
        """Whole pictures of these for a while. Raises ValueError."""
        if unknown := [name for name in cameras if name not in self.rig.cameras]:
            raise ValueError(f"look: no camera {unknown[0]!r}; this rig has {', '.join(self.rig.cameras)}")
        if not 0 < hz <= LOOK_HZ:
            raise ValueError(f"look: hz is above 0 and at most {LOOK_HZ:g}, not {hz!r}")
        if capture := self.members.get("capture"):
            capture.ask("look", cameras=cameras, hz=hz)
        return {"for_s": LOOK_NS * 1e-9}

    def lead(self, order: Order | None) -> None:
        """From now on an order leads the arms, or (None) the operator again; start_missing() starts them."""
        if order != self._replay:
            self._replay = order
            stop_all(self.leaders)

    def end(self, names: list[str]) -> None:
        """What has failed may still be on its way out: it has ended when this returns."""
        for name in names:
            self.members[name].join(_LAST_S)

    def restart(self, name: str) -> None:
        """End a process that hangs and start it anew, the others undisturbed."""
        self.members[name].join(0.0)
        main, arguments = self._how[name]
        self._start(name, main, *arguments)

    def _ensure(self, name: str, main: Main, *arguments: object) -> None:
        member = self.members.get(name)
        if member is None or not member.alive:
            if member is not None:
                member.join(0.1)
            self._start(name, main, *arguments)

    def _start(self, name: str, main: Main, *arguments: object) -> None:
        self._how[name] = (main, arguments)
        self.members[name] = Child(name, main, self._logs / f"{name}.log", *arguments)

    @property
    def ready(self) -> bool:
        """Has every process said that its device answers?"""
        return not self._awaiting and "sync" in self.members and all(m.ready for m in self.members.values())

    def hung(self, now_ns: int) -> list[str]:
        """Processes that live and have stopped answering. (A gripper's calls block: collector.watchdog sees to it.)"""
        return [
            name
            for name, member in self.members.items()
            if member.ready
            and member.alive
            and now_ns - member.heard_ns > _SILENT_NS.get(name.partition("-")[0], now_ns)
        ]

    @property
    def arms(self) -> list[Child]:
        """The followers' processes."""
        return self._of("arm-")

    @property
    def all_follow(self) -> bool:
        """Does every arm follow its leader?"""
        return all(arm.status.get("teleop") == "FOLLOW" for arm in self.arms)

    @property
    def bases(self) -> list[Child]:
        """The mobile bases' processes."""
        return self._of("base-")

    @property
    def leaders(self) -> list[Child]:
        """The leaders' processes, or those that replay in their place."""
        return self._of("leader-")

    def _of(self, prefix: str) -> list[Child]:
        return [m for name, m in self.members.items() if name.startswith(prefix)]

    def stop(self) -> None:
        """End all: the robots first, then the journal, then the sources, the far ends last."""
        for member in (*self.bases, *self.arms):
            member.ask("release")  # all at once; the ends that follow take their time
        for prefix in ("base-", "gripper-", "arm-", "capture", "leader-", "sync", "virtual-"):
            stop_all(self._of(prefix))
