"""An operator who is told how to hold a leader does so, by eye: smoothly, about as told, until told otherwise."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.load import load
from hardware.open import tell_hands
from hardware.samples import monotonic_ns
from hardware.virtual.dynamixel.hand import HornAngles, as_built
from hardware.virtual.operator import Operator
from hardware.virtual.world import World, followers_of
from hardware.virtual_config import VirtualConfig, VirtualLeaderConfig

RIG = load(RigConfig, Path(__file__).parents[3] / "configs/rigs/virtual.yaml")
HOME = arm_model("fr3").home
SECOND = 1_000_000_000


@pytest.fixture
def world() -> Iterator[World]:
    made = World.create(VirtualConfig(), followers_of(RIG))
    yield made
    made.close(unlink=True)


def test_the_hands_go_there_smoothly_and_stay_about_as_told(world: World) -> None:
    operator, goal = Operator(world, "right"), HOME + 0.4
    tell_hands(world, "right", tuple(goal.tolist()), 1.0)
    now = monotonic_ns()
    path = np.array([operator.leader(now + n * SECOND // 100)[0] for n in range(400)])
    assert np.abs(np.diff(path, axis=0)).max() < 0.02, "no hand jumps"
    q, dq, grip = operator.leader(now + 10 * SECOND)
    assert 0 < np.abs(q - goal).max() < 0.06 and not dq.any() and grip == 1.0


def test_every_hold_errs_anew(world: World) -> None:
    operator = Operator(world, "right")
    held: list[np.ndarray] = []
    for _ in range(3):
        tell_hands(world, "right", tuple(HOME.tolist()), 0.0)
        held.append(operator.leader(monotonic_ns() + 10 * SECOND)[0])
    assert len({tuple(q.round(6)) for q in held}) == 3


def test_without_a_pose_the_script_goes_on(world: World) -> None:
    operator = Operator(world, "right")
    tell_hands(world, "right", tuple((HOME + 0.3).tolist()), 0.0)
    tell_hands(world, "right", None, 0.0)
    assert np.allclose(operator.leader(monotonic_ns() + 10 * SECOND)[0], HOME), "at rest at home, as no robot is there"


def test_a_pose_of_another_arm_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="7 angles"):
        tell_hands(world, "right", (0.0, 0.0), 0.0)


def test_a_leader_that_is_put_together_otherwise_turns_so(world: World) -> None:
    config = RIG.leaders["right"]
    built = VirtualLeaderConfig(signs=(-1,) * 7, offsets_rad=(0.5,) * 7, grip_rad=(0.2, -0.4))
    angles = HornAngles(Operator(world, "right"), as_built(config, built))
    told = [angles.at(index, monotonic_ns())[0] for index in range(8)]
    assert np.allclose(told, [*(0.5 - HOME), 0.2])
    assert as_built(config, None) is config
