"""The scripted operator moves like a careful person: smooth, rested, within the robot's limits."""

from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import pytest

from hardware.arms.limits import FR3
from hardware.samples import Vector
from hardware.virtual import kinematics
from hardware.virtual.operator import PAUSE_S, Operator
from hardware.virtual.world import FollowerState, World
from hardware.virtual_config import VirtualConfig, VirtualOperatorConfig

STEP_S = 0.004
CYCLE_S = 8.0
CYCLES = 5
SEEDS = [0, 1, 7, 20, 99]


@contextmanager
def world_of(seed: int, **operator: float) -> Generator[World]:
    config = VirtualConfig(seed=seed, operator=VirtualOperatorConfig(**operator))
    world = World.create(config, ("right",))
    world.start_operator(world.epoch_ns + round(config.operator.lead_in_s * 1e9))
    try:
        yield world
    finally:
        world.close(unlink=True)


def ns(world: World, t: float) -> int:
    return world.epoch_ns + round(t * 1e9)


def film(world: World, operator: Operator, times: Vector) -> tuple[Vector, Vector, Vector]:
    samples = [operator.leader(ns(world, t)) for t in times]
    q, dq, grip = zip(*samples, strict=True)
    return np.array(q), np.array(dq), np.array(grip)


@pytest.mark.parametrize("seed", SEEDS)
def test_motion_stays_within_half_the_robots_limits(seed: int) -> None:
    with world_of(seed) as world:
        lead_in = world.config.operator.lead_in_s
        times = np.arange(lead_in - 1, lead_in + CYCLES * CYCLE_S, STEP_S)
        q, dq, grip = film(world, Operator(world, "right"), times)
    acceleration = np.diff(dq, axis=0) / STEP_S
    assert np.abs(dq).max() < 1.25
    assert (np.abs(acceleration) < 0.5 * FR3.acceleration + 0.1).all()
    assert (np.minimum(q - FR3.q_min, FR3.q_max - q) > 0.15).all()
    assert min(kinematics.end_effector(row)[2, 3] for row in q[::20]) > 0.015
    assert grip.min() == 0.0 and grip.max() == 1.0


@pytest.mark.parametrize("seed", SEEDS)
def test_speed_is_the_derivative_even_across_cycles(seed: int) -> None:
    with world_of(seed) as world:
        operator = Operator(world, "right")
        begin = world.config.operator.lead_in_s
        for middle in (begin, begin + CYCLE_S, begin + CYCLE_S * 1.4):
            q, dq, _ = film(world, operator, np.arange(middle - 0.5, middle + 0.5, 0.001))
            assert np.allclose(np.diff(q, axis=0) / 0.001, (dq[1:] + dq[:-1]) / 2, atol=1e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_rests_at_home_before_the_first_cycle_and_in_each(seed: int) -> None:
    with world_of(seed) as world:
        operator = Operator(world, "right")
        begin = world.config.operator.lead_in_s
        starts = begin + CYCLE_S * np.arange(CYCLES)
        for low, high in [(0.0, begin), *((s, s + PAUSE_S - 0.01) for s in starts)]:
            q, dq, grip = film(world, operator, np.arange(low, high, 0.02))
            assert np.abs(dq).max() < 0.03
            assert np.allclose(q, kinematics.HOME, atol=1e-3)
            assert (grip == 0).all()


def test_hand_closes_on_the_cube_or_beside_it() -> None:
    outcomes: set[bool] = set()
    with world_of(3, failure_rate=0.4) as world:
        operator = Operator(world, "right")
        for cycle in range(12):
            begin = world.config.operator.lead_in_s + cycle * CYCLE_S
            times = begin + np.arange(0, CYCLE_S, 0.02)
            q, _, grip = film(world, operator, times)
            at = ns(world, begin + 0.1)
            assert operator.cycle(at) == cycle
            closed = int(np.argmax(grip >= 0.99))
            hand = kinematics.end_effector(q[closed])[:3, 3]
            off = float(np.linalg.norm(hand - operator.object_start(at)))
            missed = operator.misses(cycle)
            assert off > 0.05 if missed else off < 0.015
            after = operator.object_start(ns(world, begin + CYCLE_S + 0.1))
            moved = float(np.linalg.norm(after - operator.object_start(at)))
            assert (moved == 0) == missed
            if not missed:
                released = closed + int(np.argmax(grip[closed:] <= 0.5))
                hand = kinematics.end_effector(q[released])[:3, 3]
                assert float(np.linalg.norm(hand - after)) < 0.015
            outcomes.add(missed)
    assert outcomes == {True, False}


def test_equal_seeds_move_equally_and_others_differ() -> None:
    times = np.arange(6.0, 14.0, 0.25)
    with world_of(4) as one, world_of(4) as two, world_of(5) as other:
        first = film(one, Operator(one, "right"), times)
        again = film(two, Operator(two, "right"), times[::-1])
        assert all(np.array_equal(a, b[::-1]) for a, b in zip(first, again, strict=True))
        assert not np.allclose(first[0], film(other, Operator(other, "right"), times)[0], atol=1e-2)
        assert not np.allclose(first[0], film(one, Operator(one, "left"), times)[0], atol=1e-2)


def test_operators_rest_until_every_robot_has_come_to_them() -> None:
    world = World.create(VirtualConfig(), ("right",))
    operator = Operator(world, "right")
    for t, away in ((1.0, 0.05), (2.0, 0.0)):
        world.publish("right", FollowerState(ns(world, t), kinematics.HOME + away, 0.08, np.zeros(3)))
        q, dq, grip = operator.leader(ns(world, t))
        assert np.array_equal(q, kinematics.HOME)
        assert not dq.any()
        assert grip == 0.0
        assert (world.operator_since_ns == 0) == (away > 0)
    assert world.operator_since_ns == ns(world, 2.0 + world.config.operator.lead_in_s)
    world.close(unlink=True)


def test_without_tremor_or_failures_the_switches_are_off() -> None:
    with world_of(0, tremor_rad=0.0, failure_rate=0.0) as world:
        operator = Operator(world, "right")
        assert not any(operator.misses(cycle) for cycle in range(50))
        times = np.arange(6.0, 14.0, STEP_S)
        _, dq, _ = film(world, operator, times)
        jerk = np.diff(dq, n=2, axis=0) / STEP_S**2
        assert np.abs(jerk).max() < 60


def test_still_hands_stay_where_they_are_and_later_go_on_from_there() -> None:
    begin, rest = 3.7, 1.5
    moving = np.arange(begin + 0.5, begin + 4.0, STEP_S)
    with world_of(2) as world:
        undisturbed = film(world, Operator(world, "right"), moving)
        world.inject("leader_still", "right", from_ns=ns(world, begin), for_s=rest)
        operator = Operator(world, "right")
        times = np.arange(begin - 1.0, begin + rest + 1.0, STEP_S)
        q, dq, grip = film(world, operator, times)
        still = (times > begin + 0.31) & (times < begin + rest)
        later = film(world, operator, moving + rest)
        beside = film(world, Operator(world, "left"), moving)
    assert np.abs(dq[times < begin]).max() > 0.3
    assert np.allclose(np.diff(q, axis=0) / STEP_S, (dq[1:] + dq[:-1]) / 2, atol=0.02)
    assert np.ptp(q[still], axis=0).max() < 1e-12
    assert not dq[still].any()
    assert np.ptp(grip[still]) == 0
    # What comes later is what would have come, as much later as the hands rested.
    assert np.allclose(later[0], undisturbed[0], atol=1e-9)
    assert np.allclose(later[1], undisturbed[1], atol=1e-9)
    with world_of(2) as world:
        alone = film(world, Operator(world, "left"), moving)
    assert all(np.array_equal(a, b) for a, b in zip(alone, beside, strict=True))


def test_hands_that_rest_again_before_they_moved_rest_on() -> None:
    with world_of(2) as world:
        for begin, rest in ((3.7, 2.0), (4.5, 2.5)):
            world.inject("leader_still", "right", from_ns=ns(world, begin), for_s=rest)
        q, dq, _ = film(world, Operator(world, "right"), np.arange(4.01, 6.99, 0.02))
        assert np.ptp(q, axis=0).max() < 1e-12
        assert not dq.any()
