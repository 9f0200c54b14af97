"""Synthetic episodes of any rig: several arms of either kind, mobile bases; every true instant is known."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collector.episode.finalise import finalise
from collector.episode.journal import Journal
from collector.provenance import episode_meta
from hardware.config import RigConfig
from tests.episodes import TruthDict, picture, rig_config, write_truth
from tests.synthetic import START_NS, SyntheticRig

Raw = dict[str, Any]
WHEELS = [{"id": 1, "at_m": [0, 0.2], "radius_m": 0.08}, {"id": 2, "at_m": [0, -0.2], "radius_m": 0.08, "sign": -1}]


def servo_leader(joints: int, *, stick: bool = False) -> Raw:
    """A leader of so many joints."""
    thumbstick = {"ids": [60, 61], "center_rad": [3.14, 3.14]} if stick else None
    return {
        "driver": "dynamixel",
        "port": "virtual",
        "ids": list(range(1, joints + 1)),
        "signs": [1] * joints,
        "offsets_rad": [3.14] * joints,
        "thumbstick": thumbstick,
    }


def servo_follower(joints: int, leader: str, *, gripper: bool) -> Raw:
    """A follower of servos."""
    return {
        "driver": "dynamixel",
        "port": "virtual",
        "leader": leader,
        "ids": list(range(1, joints + 1)),
        "models": ["xm430-w350"] * joints,
        "signs": [1] * joints,
        "offsets_rad": [3.14] * joints,
        "gripper": {"driver": "dynamixel", "id": 50, "open_rad": 1.0, "closed_rad": -0.5} if gripper else None,
    }


def franka(leader: str) -> Raw:
    """A Franka with its hand."""
    return {"driver": "franka", "address": "virtual", "leader": leader, "gripper": {"driver": "franka_hand"}}


def base(*axes: str, leader: str | None = None) -> Raw:
    """A mobile base on two wheels."""
    return {"driver": "dynamixel", "port": "virtual", "leader": leader, "wheels": WHEELS, "axes": list(axes)}


def robots(followers: dict[str, Raw], bases: dict[str, Raw] | None = None) -> RigConfig:
    """A rig of one small camera and these robots, each follower with a leader of its own name."""
    joints = {name: len(raw.get("ids", range(7))) for name, raw in followers.items()}
    sticks = {raw["leader"] for raw in (bases or {}).values()}
    raw = rig_config(("front",)) | {
        "leaders": {name: servo_leader(n, stick=name in sticks) for name, n in joints.items()},
        "followers": followers,
        "bases": bases or {},
    }
    return RigConfig.model_validate(raw)


def make_robot_episode(
    directory: Path, rig: RigConfig, *, seconds: float = 1.0, seed: int = 0, truth: Path | None = None
) -> Path:
    """A sealed episode of the rig."""
    rng = np.random.default_rng(seed)
    world = SyntheticRig(rng, seconds)
    emitted: dict[str, NDArray[np.void]] = {"trigger/pings": world.pings()}
    known: TruthDict = {}
    emitted["trigger"], known["trigger"] = world.edges()
    for name in rig.cameras:
        emitted[f"cameras/{name}"], known[f"cameras/{name}"] = world.frames(rng)
    for name, leader in rig.leaders.items():
        emitted[f"leaders/{name}"], known[f"leaders/{name}"] = world.leader(rng, len(leader.ids))
    for name, follower in rig.followers.items():
        made = world.servo_arm(rng, follower.joints) if follower.driver == "dynamixel" else world.arm(rng)
        emitted[f"arms/{name}"], known[f"arms/{name}"] = made
        emitted[f"commands/{name}"] = world.commands(follower.joints)
        if follower.gripper is not None:
            emitted[f"grippers/{name}"], known[f"grippers/{name}"] = world.gripper(rng)
    for name, config in rig.bases.items():
        emitted[f"bases/{name}"], known[f"bases/{name}"] = world.base(rng, len(config.wheels))
        emitted[f"drive/{name}"] = world.drive()
    meta: dict[str, object] = episode_meta(rig, {"instruction": "tidy up"}, {}, {}, {})
    meta |= {"monotonic_anchor_ns": START_NS, "camera_anchors": dict(zip(rig.cameras, world.anchors, strict=True))}
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "episode_000000.journal"
    journal = Journal.create(path, meta)
    for name, found in emitted.items():
        if not name.startswith("cameras/"):
            journal.append_rows(name, found)
            continue
        for i in range(len(found)):
            journal.append_frame(name, found[i : i + 1], picture(i))
    journal.commit()
    journal.close("success", {})
    if truth is not None:
        write_truth(truth, known)
    return finalise(path)
