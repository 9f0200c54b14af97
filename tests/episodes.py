"""Synthetic journals and episodes of the virtual rig whose every true instant is known. No device runs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import simplejpeg
import yaml
from numpy.typing import NDArray

from collector.episode.finalise import finalise
from collector.episode.journal import Journal
from hardware import rows
from hardware.config import RigConfig
from tests.synthetic import EXPOSURE_US, JOINTS, START_NS, SyntheticRig
from tests.synthetic import position as position
from tests.synthetic import velocity as velocity
from tests.synthetic import width as width

RIG = Path(__file__).parents[1] / "configs" / "rigs" / "virtual.yaml"
NAME = "episode_000000"
TruthDict = dict[str, NDArray[np.int64]]  # stream -> (N, 2): seq, t_true_ns


@dataclass(frozen=True)
class Faults:
    """What goes wrong: frame numbers lost by a camera, edge numbers lost by the box, absent streams,
    (first, last) seconds in which the arm is silent; `cut`: bytes off the journal's end, no end record."""

    lost_frames: Mapping[str, Collection[int]] = field(default_factory=dict[str, Collection[int]])
    lost_edges: Collection[int] = ()
    absent: Collection[str] = ()
    silent_arm_s: tuple[float, float] | None = None
    ended: bool = True
    cut: int = 0


def rig_config(cameras: tuple[str, ...] = ("front", "side", "wrist")) -> dict[str, Any]:
    """The virtual rig's configuration as JSON, with these cameras; the first is the master."""
    raw: dict[str, Any] = yaml.safe_load(RIG.read_text())
    raw["cameras"] = {
        name: {
            "driver": "realsense",
            "serial": f"94412207{i:04d}",
            "sync": "slave" if i else "master",
            "view": "wrist" if name == "wrist" else "scene",
            "exposure_us": EXPOSURE_US,
            "width": 64,
            "height": 64,
        }
        for i, name in enumerate(cameras)
    }
    return RigConfig.model_validate(raw).model_dump(mode="json")


def make_meta(
    cameras: tuple[str, ...], seed: int, labels: dict[str, Any], calibration: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The first record of the journal."""
    declared: dict[str, tuple[str, np.dtype[np.void]]] = {
        "trigger": ("trigger", rows.EDGE),
        "trigger/pings": ("pings", rows.PING),
        **{f"cameras/{name}": ("camera", rows.FRAME) for name in cameras},
        "leaders/right": ("leader", rows.leader_row(JOINTS)),
        "arms/right": ("arm", rows.arm_row(JOINTS)),
        "grippers/right": ("gripper", rows.GRIPPER),
        "commands/right": ("command", rows.command_row(JOINTS)),
    }
    return {
        "format_version": 1,
        "episode_uuid": f"00000000-0000-4000-8000-{seed:012d}",
        "utc_anchor_ns": 1_780_000_000_000_000_000,
        "monotonic_anchor_ns": START_NS,
        "rig": rig_config(cameras),
        "task": {"instruction": "pick up the cube"},
        "streams": {n: {"kind": k, "dtype": d.descr} for n, (k, d) in declared.items()},
        "provenance": {"software": "tests", "operator": "operator-1"},
        "calibration": {name: {"K": np.eye(3).tolist(), "model": "opencv5"} for name in cameras}
        | dict(calibration or {}),
        "labels": labels,
    }


def make_journal(
    path: Path,
    *,
    seconds: float = 2.0,
    seed: int = 0,
    cameras: tuple[str, ...] = ("front", "side", "wrist"),
    size: tuple[int, int] = (64, 64),
    labels: Mapping[str, Any] = {"outcome": "success"},
    faults: Faults = Faults(),
    calibration: Mapping[str, Any] | None = None,
) -> TruthDict:
    """Write a journal of `seconds` and return the true instants of what was emitted (lost samples too)."""
    rng = np.random.default_rng(seed)
    world = SyntheticRig(rng, seconds)
    truth: TruthDict = {}
    emitted: dict[str, NDArray[np.void]] = {}
    jpegs: dict[str, list[bytes]] = {}
    emitted["trigger/pings"] = world.pings()
    emitted["trigger"], truth["trigger"] = world.edges()
    for name in cameras:
        stream = f"cameras/{name}"
        emitted[stream], truth[stream] = world.frames(rng)
        jpegs[stream] = [picture(i, size) for i in range(len(emitted[stream]))]
    anchors = dict(zip(cameras, world.anchors, strict=True))
    meta: dict[str, object] = {**make_meta(cameras, seed, dict(labels), calibration), "camera_anchors": anchors}
    journal = Journal.create(path, meta)
    emitted["arms/right"], truth["arms/right"] = world.arm(rng)
    emitted["leaders/right"], truth["leaders/right"] = world.leader(rng)
    emitted["grippers/right"], truth["grippers/right"] = world.gripper(rng)
    emitted["commands/right"] = world.commands()
    kept = {name: _keep(name, found, faults) for name, found in emitted.items()}
    journal.append_rows("trigger/pings", emitted["trigger/pings"])
    step = 20_000_000  # ns of data a commit
    for start in range(START_NS, START_NS + int(seconds * 1e9), step):
        for name in emitted:
            if name in faults.absent or name == "trigger/pings":
                continue
            t = emitted[name]["t_arrival_ns"]
            chosen = np.flatnonzero(kept[name] & (t >= start) & (t < start + step))
            if name not in jpegs:
                journal.append_rows(name, emitted[name][chosen])
                continue
            for i in chosen:
                journal.append_frame(name, emitted[name][i : i + 1], jpegs[name][i])
        journal.commit()
    for name, lost in faults.lost_frames.items():
        for number in sorted(lost):
            t_ns = int(emitted[f"cameras/{name}"]["t_arrival_ns"][number])
            journal.append_gap(f"cameras/{name}", t_ns, 1, "frame counter")
    journal.append_event(START_NS + 10**9, "mark", {"step": "reach"})
    journal.append_event(START_NS + 2 * 10**9, "label", {"score": 4})
    journal.commit()
    unended = journal.committed_bytes
    journal.close("success", {"stopped_by": "operator"})
    if not faults.ended or faults.cut:
        with path.open("r+b") as file:
            file.truncate(unended - faults.cut)
    return truth


def make_episode(
    directory: Path,
    *,
    index: int = 0,
    seconds: float = 2.0,
    seed: int = 0,
    cameras: tuple[str, ...] = ("front", "side", "wrist"),
    size: tuple[int, int] = (64, 64),
    labels: Mapping[str, Any] = {"outcome": "success"},
    faults: Faults = Faults(),
    truth: Path | None = None,
    calibration: Mapping[str, Any] | None = None,
) -> Path:
    """A sealed `episode_<index>.hdf5` in `directory`; its truth goes to the HDF5 file `truth` if named."""
    directory.mkdir(parents=True, exist_ok=True)
    journal = directory / f"episode_{index:06d}.journal"
    known = make_journal(
        journal, seconds=seconds, seed=seed, cameras=cameras, size=size, labels=labels, faults=faults,
        calibration=calibration,
    )  # fmt: skip
    if truth is not None:
        write_truth(truth, known)
    return finalise(journal)


def write_truth(path: Path, truth: TruthDict) -> None:
    """The truth as `--truth FILE` writes it."""
    with h5py.File(path, "w") as file:
        for name, found in truth.items():
            file[f"streams/{name}/seq"] = found[:, 0]
            file[f"streams/{name}/t_true_ns"] = found[:, 1]


def picture(number: int, size: tuple[int, int] = (64, 64)) -> bytes:
    """A JPEG (height, width) that shows its number: top-left brightness is 4 x (number % 64)."""
    height, across = size
    image = np.empty((height, across, 3), np.uint8)
    image[..., 0] = np.linspace(0, 255, across, dtype=np.uint8)
    image[..., 1] = np.linspace(0, 255, height, dtype=np.uint8)[:, np.newaxis]
    image[..., 2] = (number * 37) % 256
    image[: height // 4, : across // 4] = 4 * (number % 64)
    return simplejpeg.encode_jpeg(image, quality=90, colorspace="RGB")


def _keep(name: str, found: NDArray[np.void], faults: Faults) -> NDArray[np.bool_]:
    keep = np.ones(len(found), np.bool_)
    if name.startswith("cameras/"):
        keep[list(faults.lost_frames.get(name.removeprefix("cameras/"), ()))] = False
    if name == "trigger":
        keep[list(faults.lost_edges)] = False
    if name == "arms/right" and faults.silent_arm_s is not None:
        first, last = faults.silent_arm_s
        at = (found["t_arrival_ns"] - START_NS) * 1e-9
        keep &= (at < first) | (at > last)
    return keep


def edited(source: Path, target: Path) -> h5py.File:
    """A copy of an episode, open for changes."""
    target.write_bytes(source.read_bytes())
    return h5py.File(target, "r+")
