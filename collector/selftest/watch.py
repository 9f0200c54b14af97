"""The live watch of a rig: rows in as they come, figures and named faults out. Pure, no clock is read.

Each device is followed causally by a tracker of its kind (watch_edges, watch_frames, watch_joints), cheap
enough to run beside the recording. What is stored is judged again, by all of the recording, in its gates.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from collector.selftest.watch_edges import STREAM as TRIGGER
from collector.selftest.watch_edges import EdgeWatch
from collector.selftest.watch_finding import Finding, Findings
from collector.selftest.watch_frames import FrameWatch
from collector.selftest.watch_joints import BaseWatch, BusWatch, PlainWatch, RobotWatch, StreamWatch
from hardware.config import DynamixelFollowerConfig, FrankaConfig, RigConfig
from hardware.config.rig import FollowerConfig

_TOGETHER_NS: Final = 200_000_000


class Watch:
    """Feed the streams in the order of `streams`: frames are judged by edges that are already known."""

    def __init__(self, rig: RigConfig) -> None:
        self._findings, self._gates = Findings(), rig.gates
        self._edges = EdgeWatch(rig.trigger, rig.gates, self._findings)
        self._cameras = [FrameWatch(rig, name, self._edges, self._findings) for name in rig.cameras]
        self._trackers: dict[str, StreamWatch] = {TRIGGER: self._edges}
        self._trackers |= {camera.stream: camera for camera in self._cameras}
        for name, leader in rig.leaders.items():
            self._trackers[f"leaders/{name}"] = self._bus(f"leaders/{name}", leader.rate_hz, "leader")
        for name, follower in rig.followers.items():
            self._trackers |= self._follower(name, follower)
        for name, base in rig.bases.items():
            self._trackers[f"bases/{name}"] = BaseWatch(f"bases/{name}", base.rate_hz, self._findings)
        self._changed_ns: int | None = None

    @property
    def streams(self) -> tuple[str, ...]:
        """What it wants to be fed."""
        return tuple(self._trackers)

    def feed(self, stream: str, rows: NDArray[np.void]) -> None:
        """The stream's new rows (hardware.rows), oldest first."""
        self._trackers[stream].feed(rows)

    def note(self, t_ns: int, stream: str, name: str, text: str) -> None:
        """A fault that a driver told, unless the stream's own rows have shown one at the same time."""
        if not self._findings.pending(stream):
            self._findings.add(t_ns, stream, name, text)
        if stream == TRIGGER:
            self._edges.bound.unsettle()

    def take(self, now_ns: int) -> list[Finding]:
        """After feeding: what is to be told now."""
        for tracker in self._trackers.values():
            tracker.tick(now_ns)
        self._rates(now_ns)
        return self._findings.take(now_ns)

    def status(self, now_ns: int) -> dict[str, Any]:
        """`streams`: figures by name (us, Hz, ppm, s; None: unknown); `findings`: the last ones, newest first."""
        return {
            "streams": {name: tracker.status(now_ns) for name, tracker in self._trackers.items()},
            "findings": [finding.to_dict() for finding in self._findings.latest()],
        }

    def _bus(self, stream: str, rate_hz: float, device: str) -> BusWatch:
        return BusWatch(self._gates, stream, rate_hz, device, self._findings)

    def _follower(self, name: str, follower: FollowerConfig) -> dict[str, StreamWatch]:
        arm, gripper = f"arms/{name}", f"grippers/{name}"
        match follower:
            case FrankaConfig():
                robot = RobotWatch(self._gates, arm, self._findings)
                hand = follower.gripper
                return {arm: robot} if hand is None else {arm: robot, gripper: PlainWatch(hand.rate_hz)}
            case DynamixelFollowerConfig():
                bus = self._bus(arm, follower.rate_hz, "arm")
                return {arm: bus} if follower.gripper is None else {arm: bus, gripper: PlainWatch(follower.rate_hz)}

    def _rates(self, now_ns: int) -> None:
        """A camera whose rate jumps against the box; if all do at once, it is the box's own."""
        tied = [camera for camera in self._cameras if camera.tied and camera.phase.measured is not None]
        changed = [(camera, ppm) for camera in tied if (ppm := camera.phase.changed_ppm) is not None]
        if not changed:
            self._changed_ns = None
            return
        self._changed_ns = now_ns if self._changed_ns is None else self._changed_ns
        if len(changed) < len(tied) and now_ns - self._changed_ns < _TOGETHER_NS:
            return
        together = len(changed) == len(tied) > 1
        told = [(TRIGGER, -changed[0][1])] if together else [(camera.stream, ppm) for camera, ppm in changed]
        for stream, ppm in told:
            text = f"its clock's rate jumped by {ppm:+.0f} ppm; let it warm up, and replace it if that comes again"
            self._findings.add(now_ns, stream, "clock rate", text)
        for camera in tied:
            camera.phase.clear()
        self._changed_ns = None
