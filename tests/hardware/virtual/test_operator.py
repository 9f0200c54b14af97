"""The scripted operator moves like a careful person: smooth, rested, within the robot's limits."""

from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import pytest

from hardware.arms.models import arm_model
from hardware.config.followers import ArmName
from hardware.samples import Vector
from hardware.virtual.operator import Operator
from hardware.virtual.operator_cycle import PAUSE_S
from hardware.virtual.world import Follower, FollowerState, World
from hardware.virtual_config import VirtualConfig, VirtualOperatorConfig

STEP_S = 0.004
CYCLE_S = 8.0
CYCLES = 5
SEEDS = [0, 7, 99]
ARMS: list[ArmName] = ["fr3", "viperx300s"]
HOME = arm_model("fr3").home


def pair(arm: ArmName = "fr3") -> tuple[Follower, ...]:
    return Follower("right", arm, "right"), Follower("left", arm, "left")


@contextmanager
def world_of(seed: int, arm: ArmName = "fr3", **operator: float) -> Generator[World]:
    config = VirtualConfig(seed=seed, operator=VirtualOperatorConfig(**operator))
    world = World.create(config, pair(arm))
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


def tell(world: World, follower: str, t: float, q: Vector) -> None:
    world.publish(follower, FollowerState(ns(world, t), q, 0.08, np.zeros(3)))


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("seed", SEEDS)
def test_motion_stays_well_within_the_robots_limits(seed: int, arm: ArmName) -> None:
    model = arm_model(arm)
    limits = model.limits
    with world_of(seed, arm) as world:
        lead_in = world.config.operator.lead_in_s
        times = np.arange(lead_in - 1, lead_in + CYCLES * CYCLE_S, STEP_S)
        q, dq, grip = film(world, Operator(world, "right"), times)
    acceleration = np.diff(dq, axis=0) / STEP_S
    assert np.abs(dq).max() < 1.25
    assert (np.abs(acceleration) < 0.6 * limits.acceleration).all()
    assert (np.minimum(q - limits.q_min, limits.q_max - q) > 0.15).all()
    assert min(model.end_effector(row)[2, 3] for row in q[::20]) > 0.015
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
            assert np.allclose(q, HOME, atol=1e-3)
            assert (grip == 0).all()


@pytest.mark.parametrize("arm", ARMS)
def test_hand_closes_on_the_cube_or_beside_it(arm: ArmName) -> None:
    model, outcomes = arm_model(arm), set[bool]()
    with world_of(3, arm, failure_rate=0.4) as world:
        operator = Operator(world, "right")
        for cycle in range(12):
            begin = world.config.operator.lead_in_s + cycle * CYCLE_S
            times = begin + np.arange(0, CYCLE_S, 0.02)
            q, _, grip = film(world, operator, times)
            at = ns(world, begin + 0.1)
            assert operator.cycle(at) == cycle
            closed = int(np.argmax(grip >= 0.99))
            hand = model.end_effector(q[closed])[:3, 3]
            off = float(np.linalg.norm(hand - operator.object_start(at)))
            missed = operator.misses(cycle)
            assert off > 0.05 if missed else off < 0.015
            after = operator.object_start(ns(world, begin + CYCLE_S + 0.1))
            moved = float(np.linalg.norm(after - operator.object_start(at)))
            assert (moved == 0) == missed
            if not missed:
                released = closed + int(np.argmax(grip[closed:] <= 0.5))
                hand = model.end_effector(q[released])[:3, 3]
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
    world = World.create(VirtualConfig(), pair())
    operator = Operator(world, "right")
    tell(world, "left", 0.5, HOME)
    for t, away in ((1.0, 0.05), (2.0, 0.0)):
        tell(world, "right", t, HOME + away)
        q, dq, grip = operator.leader(ns(world, t))
        assert np.array_equal(q, HOME)
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


@pytest.mark.parametrize("arm", ARMS)
def test_a_robot_that_is_not_there_is_waited_for_at_home_and_nothing_of_the_script_is_lost(arm: ArmName) -> None:
    home, held = arm_model(arm).home, 3.0
    with world_of(6, arm) as world:
        undisturbed = film(world, Operator(world, "right"), np.arange(9.0, 18.0, 0.05))
    with world_of(6, arm) as world:
        operator, far_end = Operator(world, "right"), Operator(world, "right")
        times = np.arange(8.5, 18.0 + held, 0.005)
        samples: list[tuple[Vector, Vector, float]] = []
        for t in times:  # the second cycle begins at 9 s
            tell(world, "right", t, home + (0.2 if t < 9.4 + held else 0.0))
            tell(world, "left", t, home)
            samples.append(operator.leader(ns(world, t)))
        q, dq = np.array([s[0] for s in samples]), np.array([s[1] for s in samples])
        waiting = (times > 9.7) & (times < 9.4 + held)
        assert not (q[waiting] - home).any()
        assert not dq[waiting].any()
        assert np.allclose(np.diff(q, axis=0) / 0.005, (dq[1:] + dq[:-1]) / 2, atol=0.02), "it starts with a jump"
        waited = 9.4 + held - 9.35
        later = film(world, operator, np.arange(14.0, 18.0, 0.05) + waited)
        assert np.allclose(later[0], undisturbed[0][100:], atol=0.02)
        assert far_end.cycle(ns(world, 16.5 + waited)) == 1 and far_end.cycle(ns(world, 17.5 + waited)) == 2


@pytest.mark.parametrize("arm", ARMS)
def test_a_robot_held_elsewhere_is_met_and_led_home(arm: ArmName) -> None:
    """It stays where it was held, until the leader rests beside it for the third time."""
    home = arm_model(arm).home
    held = home + 1.1 * np.eye(len(home))[1]
    with world_of(6, arm) as world:
        operator, robot, follows, beside, visits = Operator(world, "right"), held, False, 0.0, 0
        q: list[Vector] = []
        dq: list[Vector] = []
        times = np.arange(9.2, 48.0, 0.02)
        for t in times:
            robot = q[-1] if follows else robot
            tell(world, "right", t, robot)
            tell(world, "left", t, home)
            pose, speed, _ = operator.leader(ns(world, t))
            q.append(pose)
            dq.append(speed)
            here = bool(np.abs(pose - robot).max() < 0.01 and np.abs(speed).max() < 0.02)
            beside = beside + 0.02 if here else 0.0
            visits += beside == 0.02
            follows = follows or (visits == 3 and beside > 2.0)
        assert follows and operator.cycle(ns(world, 47.9)) >= 2, "it goes on with its work"
    motion, speeds = np.array(q), np.array(dq)
    assert np.allclose(np.diff(motion, axis=0) / 0.02, (speeds[1:] + speeds[:-1]) / 2, atol=0.05)
    assert np.abs(speeds).max() < 1.3


def test_waiting_for_the_other_ones_robot_keeps_both_hands_at_home() -> None:
    """The left hand begins later: it misses its robot in mid-cycle of the right one, which then waits as well."""
    with world_of(6) as world:
        operators = [Operator(world, name) for name in ("right", "left")]
        for t in np.arange(8.5, 24.0, 0.01):
            tell(world, "right", t, HOME)
            tell(world, "left", t, HOME + (0.2 if t < 20.0 else 0.0))
            at_home = [np.array_equal(operator.leader(ns(world, t))[0], HOME) for operator in operators]
            assert all(at_home) or not 18.0 < t < 20.0
        assert [operator.cycle(ns(world, 19.9)) for operator in operators] == [2, 1]
        assert not all(np.array_equal(operator.leader(ns(world, 23.9))[0], HOME) for operator in operators)


@pytest.mark.parametrize("arm", ARMS)
def test_two_hands_never_move_in_step(arm: ArmName) -> None:
    """So whoever takes one arm for the other finds motion where there was none."""
    shares: list[float] = []
    for seed in SEEDS:
        with world_of(seed, arm) as world:
            begin = world.config.operator.lead_in_s
            times = np.arange(begin, begin + 3 * CYCLE_S, 0.05)
            speeds = [film(world, Operator(world, name), times)[1] for name in ("right", "left")]
        moving: list[list[bool]] = [(np.abs(speed).max(axis=1) > 0.05).tolist() for speed in speeds]
        assert all(map(any, moving))
        shares.append(sum(a != b for a, b in zip(*moving, strict=True)) / len(times))
    assert min(shares) > 0.2


def test_a_rest_while_waiting_counts_once() -> None:
    with world_of(6) as world:
        world.inject("leader_still", "right", from_ns=ns(world, 10.0), for_s=4.0)
        operator, at = Operator(world, "right"), list[Vector]()
        times = np.arange(8.5, 34.0, 0.01)
        for t in times:
            away = 0.2 if 9.0 < t < 12.0 or 20.0 < t < 27.0 else 0.0
            tell(world, "right", t, HOME + away)
            tell(world, "left", t, HOME)
            at.append(operator.leader(ns(world, t))[0])
        assert np.abs(np.diff(at, axis=0)).max() < 1.3 * 0.01


@pytest.mark.parametrize("arm", ARMS)
def test_hands_astray_push_the_first_joint_and_come_back(arm: ArmName) -> None:
    size, begin, lasts = 0.8, 4.0, 4.0
    times = np.arange(3.5, 10.5, STEP_S)
    with world_of(2, arm) as world:
        undisturbed = film(world, Operator(world, "right"), times)
        world.inject("hands_astray", "right", from_ns=ns(world, begin), for_s=lasts, size=size)
        q, dq, _ = film(world, Operator(world, "right"), times)
    off = q - undisturbed[0]
    there = (times > begin + 1.01) & (times < begin + lasts)
    assert np.allclose(off[there, 0], size, atol=1e-9) and not off[:, 1:].any()
    assert np.allclose(off[(times < begin) | (times > begin + lasts + 1.01)], 0.0, atol=1e-9)
    assert np.allclose(np.diff(q, axis=0) / STEP_S, (dq[1:] + dq[:-1]) / 2, atol=0.02)


@pytest.mark.parametrize("arm", ARMS)
def test_low_hands_press_that_much_lower(arm: ArmName) -> None:
    size, begin, lasts = 0.04, 4.0, 4.0
    model, times = arm_model(arm), np.arange(3.5, 10.5, STEP_S)
    with world_of(2, arm) as world:
        undisturbed = film(world, Operator(world, "right"), times)
        world.inject("hands_low", "right", from_ns=ns(world, begin), for_s=lasts, size=size)
        q, dq, _ = film(world, Operator(world, "right"), times)
    moved = np.array(
        [(model.end_effector(a) - model.end_effector(b))[:3, 3] for a, b in zip(q, undisturbed[0], strict=True)]
    )
    there = (times > begin + 1.01) & (times < begin + lasts)
    assert np.allclose(moved[there], [0.0, 0.0, -size], atol=0.006)
    assert np.allclose(moved[(times < begin) | (times > begin + lasts + 1.01)], 0.0, atol=1e-9)
    assert np.allclose(np.diff(q, axis=0) / STEP_S, (dq[1:] + dq[:-1]) / 2, atol=0.02)


def test_the_stick_is_moved_smoothly_now_and_then_and_let_go_by_resting_hands() -> None:
    with world_of(5) as world:
        operator = Operator(world, "right")
        times = np.arange(0.0, 60.0, 0.02)
        stick = np.array([operator.stick(ns(world, t)) for t in times])
        world.inject("leader_still", "right", from_ns=ns(world, 0.5), for_s=60.0)
        resting = np.array([operator.stick(ns(world, t)) for t in times])
    assert np.abs(stick).max() <= 1.0 and np.abs(stick).max(axis=0).min() > 0.3
    assert np.abs(np.diff(stick, axis=0)).max() < 0.06
    assert 0.2 < np.mean(np.abs(stick).max(axis=1) < 1e-9) < 0.9
    assert not stick[times < 1.0].any() and not resting.any()


def test_a_leader_that_drives_nothing_is_named() -> None:
    with world_of(0) as world, pytest.raises(ValueError, match=r"leaders\.middle drives no follower"):
        Operator(world, "middle")
