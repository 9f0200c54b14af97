from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.samples import monotonic_ns
from hardware.virtual.sync_line import box_crystal, camera_crystal
from hardware.virtual.world import MAX_FOLLOWERS, Follower, FollowerState, World
from hardware.virtual_config import FaultConfig, VirtualConfig

SECOND = 10**9


@pytest.fixture
def world() -> Iterator[World]:
    listed = FaultConfig(kind="camera_lag", target="side", at_s=2, for_s=3, size=500)
    world = World.create(VirtualConfig(faults=(listed,)), ())
    yield world
    world.close(unlink=True)


def test_listed_faults_are_on_in_their_time_for_their_device_alone(world: World) -> None:
    at = [world.fault_size("camera_lag", "side", world.epoch_ns + s * SECOND) for s in (1, 2, 4, 5)]
    assert at == [None, 500, 500, None]
    assert not world.fault("camera_lag", "front", world.epoch_ns + 3 * SECOND)
    assert not world.fault("frame_drop", "side", world.epoch_ns + 3 * SECOND)


def test_other_processes_see_what_is_injected_and_cleared(world: World) -> None:
    other = World.attach(world.name, ())
    assert not other.fault("frame_drop", "front", monotonic_ns())
    world.inject("frame_drop", size=2)
    now = monotonic_ns()
    assert other.fault_size("frame_drop", "front", now) == 2
    world.clear_faults()
    assert other.fault("frame_drop", "front", now)
    assert not other.fault("frame_drop", "front", monotonic_ns())
    other.close()


def test_what_is_cleared_before_it_began_never_happens(world: World) -> None:
    world.inject("clock_jump", "side", monotonic_ns() + 5 * SECOND, 1.0, 5000)
    world.clear_faults()
    assert world.fault_spells("clock_jump", "side") == ()


def test_many_faults_replace_the_oldest(world: World) -> None:
    for n in range(300):
        world.inject("edge_drop", "trigger", size=n)
    assert {s.size for s in world.fault_spells("edge_drop", "trigger")} == set(map(float, range(44, 300)))


@pytest.mark.parametrize("kind", ["box_drift", "camera_drift"])
def test_a_drift_changes_the_rate_without_a_step_and_stays_in_the_past(world: World, kind: str) -> None:
    crystal = box_crystal(world) if kind == "box_drift" else camera_crystal(world, "side")
    start = world.epoch_ns + 10 * SECOND
    t = np.arange(start - SECOND, start + 5 * SECOND, SECOND // 100)
    before = np.array([crystal.device_ns(int(x)) for x in t])
    world.inject(kind, from_ns=start, for_s=2, size=80)
    gained = np.array([crystal.device_ns(int(x)) for x in t]) - before
    assert gained == pytest.approx(np.clip(t - start, 0, 2 * SECOND) * 80e-6, abs=2)


@given(st.integers(0, 10**12), st.floats(-500, 500))
def test_a_drifting_crystal_is_exact_both_ways(after_ns: int, ppm: float) -> None:
    world = World.create(VirtualConfig(), ())
    world.inject("camera_drift", "side", world.epoch_ns + 5 * SECOND, 100.0, ppm)
    crystal = camera_crystal(world, "side")
    t = world.epoch_ns + after_ns
    assert abs(crystal.host_ns(crystal.device_ns(t)) - t) <= 2
    world.close(unlink=True)


def test_followers_of_different_arms_keep_their_own_joints() -> None:
    world = World.create(VirtualConfig(), (Follower("near", "fr3", "a"), Follower("far", "viperx300s", "b")))
    for ms in (0, 10):
        at = world.epoch_ns + ms * 1_000_000
        world.publish("near", FollowerState(at, np.arange(7.0), 0.08, np.zeros(3)))
        world.publish("far", FollowerState(at, np.full(6, float(ms)), 0.05, np.ones(3)))
    near, far = (world.state_at(name, world.epoch_ns + 4_000_000) for name in ("near", "far"))
    assert near is not None and np.array_equal(near.q, np.arange(7.0))
    assert far is not None and np.allclose(far.q, np.full(6, 4.0)) and far.width == 0.05
    assert world.led_by("b").name == "far"
    world.close(unlink=True)


def test_a_rig_too_large_for_the_virtual_world_is_refused() -> None:
    too_many = tuple(Follower(str(n), "fr3", "a") for n in range(MAX_FOLLOWERS + 1))
    with pytest.raises(ValueError, match="followers: the virtual rig has room for 4; there are 5"):
        World.create(VirtualConfig(), too_many)
