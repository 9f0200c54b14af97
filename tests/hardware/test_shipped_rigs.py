"""Each rig file that is shipped describes a rig that can be proven, as far as no rig has to run for that."""

from pathlib import Path

import numpy as np
import pytest

from collector.selftest.lag import unseen_arms
from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.load import load
from hardware.open import far_ends
from hardware.virtual import cell
from hardware.virtual.dynamixel.hand import held
from hardware.virtual.operator import Operator
from hardware.virtual.scene import Scene
from hardware.virtual.world import World, followers_of

FILES = sorted((Path(__file__).parents[2] / "configs/rigs").glob("*.yaml"))
RIGS = {path.stem: load(RigConfig, path) for path in FILES}
VIRTUAL = {name: rig for name, rig in RIGS.items() if rig.virtual is not None}


@pytest.mark.parametrize("rig", RIGS.values(), ids=RIGS.keys())
def test_its_cameras_go_at_the_rate_of_the_line_and_prove_every_arm(rig: RigConfig) -> None:
    """A slave whose own rate is another one's runs free, and says nothing."""
    assert {camera.fps for camera in rig.cameras.values()} == {rig.trigger.rate_hz}
    assert len({camera.serial for camera in rig.cameras.values()}) == len(rig.cameras)
    assert unseen_arms(rig) == []


@pytest.mark.parametrize("rig", RIGS.values(), ids=RIGS.keys())
def test_no_two_devices_are_at_one_place(rig: RigConfig) -> None:
    arms = [getattr(follower, "port", getattr(follower, "address", "")) for follower in rig.followers.values()]
    places = [rig.trigger.port, *(leader.port for leader in rig.leaders.values()), *arms]
    real = [place for place in places if place != "virtual"]
    assert len(set(real)) == len(real)
    assert not real or rig.virtual is None


@pytest.mark.parametrize("rig", VIRTUAL.values(), ids=VIRTUAL.keys())
def test_its_virtual_twin_has_an_end_for_every_wire_and_an_operator_for_every_leader(rig: RigConfig) -> None:
    assert rig.virtual is not None
    assert len(far_ends(rig)) == 2 + len(rig.leaders) + len(rig.followers) + len(rig.bases)
    world = World.create(rig.virtual, followers_of(rig))
    world.start_operator(world.epoch_ns)
    try:
        for name, follower in rig.followers.items():
            operator, limits = Operator(world, follower.leader), arm_model(follower.arm).limits
            assert held(follower.leader, rig.leaders[follower.leader], world, operator).servos
            script = [operator.leader(world.epoch_ns + round(t * 1e9))[0] for t in np.arange(0.0, 16.0, 0.5)]
            assert np.ptp(script, axis=0).max() > 0.3, f"{name} is not moved"
            assert (np.minimum(script - limits.q_min, limits.q_max - script) > 0.1).all()
    finally:
        world.close(unlink=True)


@pytest.mark.parametrize("rig", VIRTUAL.values(), ids=VIRTUAL.keys())
def test_every_camera_of_its_virtual_twin_sees_the_led_while_the_arms_rest(rig: RigConfig) -> None:
    for name, camera in rig.cameras.items():
        scene = Scene(rig, name)
        dark, lit = np.zeros((2, camera.height, camera.width, 3), np.uint8)
        scene.render(dark, None, {}, 0.0)
        scene.render(lit, None, {}, 1.0)
        assert np.count_nonzero((dark != lit).any(axis=-1)) > 60, name
        assert cell.mount(rig, name).follower == rig.carrier(name)
