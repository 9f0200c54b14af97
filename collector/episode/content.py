"""A journal made into an episode, in memory: refitted stamps, steps, labels. JPEGs stay mapped."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.align import ArmTrack, BaseTrack, CameraTrack, Steps, align
from collector.episode.journal_reader import Scan
from collector.episode.meta import EpisodeMeta
from collector.episode.restamp import (
    Restamped,
    RestampedCamera,
    keep,
    restamp_arm,
    restamp_base,
    restamp_camera,
    restamp_edges,
    restamp_gripper,
    restamp_leader,
    restamp_servo_arm,
)
from collector.episode.spoken import spoken_labels
from hardware.config import DynamixelFollowerConfig, FrankaConfig, RigConfig
from hardware.rows import AXES, DRIVE, EDGE, FLASH, GRIPPER, PING, arm_row, base_row, command_row
from hardware.samples import TimeSource

TRIGGER, PINGS, FLASHES = "trigger", "trigger/pings", "trigger/flashes"


@dataclass(frozen=True, slots=True)
class Content:
    """Everything of the file: `streams` by name (no pings, no flashes), `cameras` the ties of those that are cameras.

    `rising`: the rows of the trigger stream to which the cameras are tied.
    """

    scan: Scan
    streams: dict[str, Restamped]
    cameras: dict[str, RestampedCamera]
    rising: NDArray[np.int64]
    pings: NDArray[np.void]
    flashes: Restamped
    steps: Steps
    labels: dict[str, Any]
    status: str

    @property
    def meta(self) -> EpisodeMeta:
        """The journal's first record."""
        return self.scan.meta


def build(scan: Scan) -> Content:
    """Refit and align."""
    rig, rows = scan.meta.rig_config, scan.rows
    pings = rows.get(PINGS, np.zeros(0, PING))
    edges = restamp_edges(rows.get(TRIGGER, np.zeros(0, EDGE)), pings)
    flashes = restamp_edges(rows.get(FLASHES, np.zeros(0, FLASH)), pings)
    is_rising = (edges.rows["rising"] == 1) & (edges.rows["channel"] == rig.trigger.channel)
    rising = edges.rows[is_rising]
    period_ns = round(1e9 / rig.trigger.rate_hz)
    streams: dict[str, Restamped] = {}
    cameras: dict[str, RestampedCamera] = {}
    for name, stream in scan.meta.streams.items():
        device = name.rpartition("/")[2]
        match stream.kind:
            case "pings" | "flashes":
                pass
            case "trigger":
                streams[name] = edges
            case "camera":
                cameras[device] = restamp_camera(
                    rows[name],
                    rising["t_ns"],
                    rising["u_ns"],
                    rig.cameras[device],
                    period_ns,
                    scan.meta.anchors(device),
                )
                streams[name] = cameras[device].stream
            case "arm":
                streams[name] = _restamp_follower(rows[name], rig.followers[device])
            case "leader":
                streams[name] = restamp_leader(rows[name], rig.leaders[device])
            case "gripper":
                streams[name] = restamp_gripper(rows[name])
            case "base":
                streams[name] = restamp_base(rows[name], rig.bases[device])
            case "command" | "drive":
                streams[name] = keep(rows[name], TimeSource.ARRIVAL, "")
    tracks = {name: _camera_track(camera) for name, camera in cameras.items()}
    refitted = {name: stream.rows for name, stream in streams.items()}
    arms, bases = _arm_tracks(rig, refitted), _base_tracks(rig, refitted)
    steps = align(rising["t_ns"], rising["seq"], period_ns, tracks, arms, bases)
    # Without an end record the recording was cut off, by a kill or a power cut.
    status = "interrupted" if scan.end is None else str(scan.end["status"])
    span_ns = (int(steps.t_ns[0]), int(steps.t_ns[-1])) if len(steps.t_ns) else None
    labels = spoken_labels(scan.meta, scan.events, span_ns)
    return Content(scan, streams, cameras, np.flatnonzero(is_rising), pings, flashes, steps, labels, status)


def _restamp_follower(states: NDArray[np.void], follower: FrankaConfig | DynamixelFollowerConfig) -> Restamped:
    match follower:
        case FrankaConfig():
            return restamp_arm(states, follower.network_delay_us)
        case DynamixelFollowerConfig():
            return restamp_servo_arm(states, follower)


def _camera_track(camera: RestampedCamera) -> CameraTrack:
    rows = camera.stream.rows
    return CameraTrack(rows["t_ns"], rows["u_ns"], None if camera.match is None else camera.match.edge)


def _arm_tracks(rig: RigConfig, rows: dict[str, NDArray[np.void]]) -> dict[str, ArmTrack]:
    """The followers in the rig's order; a stream that was never declared has no rows."""
    tracks: dict[str, ArmTrack] = {}
    for name, follower in rig.followers.items():
        joints = follower.joints
        no_gripper = None if follower.gripper is None else np.zeros(0, GRIPPER)
        tracks[name] = ArmTrack(
            rows.get(f"arms/{name}", np.zeros(0, arm_row(joints))),
            no_gripper if no_gripper is None else rows.get(f"grippers/{name}", no_gripper),
            rows.get(f"commands/{name}", np.zeros(0, command_row(joints))),
        )
    return tracks


def _base_tracks(rig: RigConfig, rows: dict[str, NDArray[np.void]]) -> dict[str, BaseTrack]:
    """The bases in the rig's order; a stream that was never declared has no rows."""
    return {
        name: BaseTrack(
            rows.get(f"bases/{name}", np.zeros(0, base_row(len(base.wheels)))),
            rows.get(f"drive/{name}", np.zeros(0, DRIVE)),
            tuple(AXES.index(axis) for axis in base.axes),
        )
        for name, base in rig.bases.items()
    }
