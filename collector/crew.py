"""The table of processes: which a rig needs, in which order they start and end."""

from pathlib import Path

from collector.children import Child, Main, stop_all
from collector.links import Links
from collector.processes import arm, capture, far_end, gripper, leader, sync
from hardware.config import RigConfig
from hardware.open import far_ends, with_endpoint


class Crew:
    """The children of one daemon, by name: `sync`, `capture`, `leader-right`, `arm-right`, ..."""

    def __init__(self, rig: RigConfig, links: Links, logs: Path) -> None:
        self.rig = rig
        self._links = links
        self._logs = logs
        self.members: dict[str, Child] = {}
        self._restarted: set[str] = set()
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
        for name, follower in rig.followers.items():
            self._ensure(f"leader-{follower.leader}", leader.main, rig, follower.leader, links)
            self._ensure(f"arm-{name}", arm.main, rig, name, recover, links)
            if follower.gripper is not None:
                self._ensure(f"gripper-{name}", gripper.main, rig, name, links)

    def _ensure(self, name: str, main: Main, *arguments: object) -> None:
        member = self.members.get(name)
        if member is None or not member.alive:
            if member is not None:
                member.join(0.1)
            self._start(name, main, *arguments)

    def _start(self, name: str, main: Main, *arguments: object) -> None:
        self.members[name] = Child(name, main, self._logs / f"{name}.log", *arguments)

    @property
    def ready(self) -> bool:
        """Has every process said that its device answers?"""
        return not self._awaiting and "sync" in self.members and all(m.ready for m in self.members.values())

    @property
    def arms(self) -> list[Child]:
        """The followers' processes."""
        return [m for name, m in self.members.items() if name.startswith("arm-")]

    def stop(self) -> None:
        """End all: the robots first, then the journal, then the sources, the far ends last."""
        order = ["gripper-", "arm-", "capture", "leader-", "sync", "virtual-"]
        for prefix in order:
            stop_all([m for name, m in self.members.items() if name.startswith(prefix)])
