"""The verb `hands`: the virtual rig's operator holds a leader as told; a real rig's does so himself."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from collector.session import NotNow
from collector.virtual_rig import VirtualRig
from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.load import load
from hardware.open import attach_world
from hardware.samples import monotonic_ns
from hardware.virtual.operator import Operator
from tests.e2e.rig import RIG


@pytest.fixture
def virtual() -> Iterator[VirtualRig]:
    made = VirtualRig(load(RigConfig, Path(RIG)), None)
    yield made
    made.close()


def test_the_operator_goes_where_he_is_told_and_back_to_his_script(virtual: VirtualRig) -> None:
    hands, home = virtual.verbs()["hands"], arm_model("fr3").home
    world = attach_world(virtual.rig)
    try:
        assert hands(leader="right", q=(home + 0.3).tolist(), grip=1.0) == {"leader": "right"}
        q, _, grip = Operator(world, "right").leader(monotonic_ns() + 10**10)
        assert np.abs(q - home - 0.3).max() < 0.06 and grip == 1.0
        hands(leader="right")
        assert np.allclose(Operator(world, "right").leader(monotonic_ns() + 10**10)[0], home)
    finally:
        world.close()


def test_a_leader_or_a_pose_that_is_not_there_is_refused(virtual: VirtualRig) -> None:
    hands = virtual.verbs()["hands"]
    with pytest.raises(ValueError, match="no leader 'left'"):
        hands(leader="left")
    with pytest.raises(ValueError, match="7 angles"):
        hands(leader="right", q=[0.0])


def test_of_a_real_rig_nobody_takes_orders() -> None:
    real = load(RigConfig, Path(RIG)).model_copy(update={"virtual": None})
    with pytest.raises(NotNow, match="hold the leader yourself"):
        VirtualRig(real, None).verbs()["hands"](leader="right")
