"""The operator's own capture: the robot follows meanwhile, and rests afterwards, whatever ends it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calibration.poses import Matrix, from_twist
from collector.calibrate.mount_capture import Job, MountCapture
from collector.calibrate.mount_guided import capture_mount, led_by_hand
from collector.live import Picture
from hardware.config import RigConfig
from hardware.load import load
from tests.collector.calibrate.fakes import BOARD, MS, facing, render, state

CONFIG = load(RigConfig, Path("configs/rigs/virtual.yaml"))
HERE = from_twist(np.array([0.4, 0.1, 0.5, 3.0, 0.2, 0.1]))
SEEN = render(facing())


@dataclass
class Looks:
    """An arm that is led from pose to pose, a second at each, and a camera that always sees the board."""

    poses: list[Matrix]
    ms: int = 0

    def arm(self, _name: str) -> np.void:
        return state(self.ms * MS, self.poses[min(self.ms // 1000, len(self.poses) - 1)])

    def look(self, _camera: str) -> Picture:
        return Picture(self.ms // 100 * 100 * MS, SEEN)

    def wait(self) -> None:
        self.ms += 10


@dataclass
class Rig:
    did: list[str] = field(default_factory=list[str])

    def follow(self) -> None:
        self.did.append("follow")

    def rest(self) -> None:
        self.did.append("rest")


def test_it_ends_with_enough_poses_that_turn_enough() -> None:
    rng = np.random.default_rng(1)
    turned = [HERE @ from_twist(np.array([0, 0, 0, *rng.uniform(-0.6, 0.6, 3)])) for _ in range(40)]
    job, capture = Job(["wrist"], "right", BOARD, 6), MountCapture(["wrist"], BOARD)
    capture_mount(Looks(turned), capture, job, lambda _g: None, lambda: False, lambda: None)
    assert capture.counts["wrist"] >= 6
    assert capture.diversity is not None
    assert capture.diversity.enough


def test_the_robot_follows_and_rests_when_the_operator_has_had_enough() -> None:
    rig: Any = Rig()
    looks = Looks([HERE])
    with led_by_hand(rig, CONFIG) as led:
        capture, job = MountCapture(["wrist"], BOARD), Job(["wrist"], "right", BOARD)
        capture_mount(looks, capture, job, lambda _g: None, lambda: looks.ms > 1000, led)
    assert rig.did[:2] == ["follow", "follow"]
    assert rig.did[-1] == "rest"


def test_a_deadmans_switch_is_left_to_who_can_hold_it() -> None:
    rig: Any = Rig()
    config = CONFIG.model_copy(update={"teleop": CONFIG.teleop.model_copy(update={"deadman": "key"})})
    with led_by_hand(rig, config) as led:
        led()
    assert rig.did == []


def test_what_fails_leaves_the_robot_at_rest() -> None:
    rig: Any = Rig()
    with pytest.raises(ZeroDivisionError), led_by_hand(rig, CONFIG):
        raise ZeroDivisionError
    assert rig.did == ["follow", "rest"]
