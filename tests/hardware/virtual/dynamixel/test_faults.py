"""What goes wrong on a leader's bus looks, to the production driver, as it would in the lab."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hardware.arms.control_table import TICK_MODULUS
from hardware.arms.dynamixel import DynamixelLeader
from hardware.interfaces import DeviceTimeout
from hardware.samples import LeaderSample, Vector, monotonic_ns
from tests.hardware.arms.bench import bench
from tests.truth import truth_of


def turning(t_ns: int) -> tuple[Vector, Vector, float]:
    """Half a turn a second, there and back."""
    t = t_ns * 1e-9
    return np.full(3, np.sin(3 * t)), np.full(3, 3 * np.cos(3 * t)), 0.5


def reads(leader: DynamixelLeader, enough: Callable[[LeaderSample], bool]) -> list[LeaderSample]:
    """Samples up to the first that is enough; reads without an answer are passed over."""
    found: list[LeaderSample] = []
    while not found or not enough(found[-1]):
        try:
            found.append(leader.read())
        except DeviceTimeout:
            continue
    return found


def after(t_ns: int) -> Callable[[LeaderSample], bool]:
    return lambda sample: sample.t_lo_ns > t_ns


def test_stale_servos_answer_with_their_last_values_ticks_included(tmp_path: Path) -> None:
    with bench(turning, truth=tmp_path) as rig:
        leader = DynamixelLeader("right", rig.config)
        last = leader.read()
        rig.world.inject("leader_stale", "right")
        stale = reads(leader, after(monotonic_ns() + 50_000_000))
        rig.world.clear_faults()
        fresh = leader.read()
        leader.close()
    for sample in stale:
        assert np.array_equal(sample.q, last.q)
        assert np.array_equal(sample.servo_ticks % TICK_MODULUS, last.servo_ticks % TICK_MODULUS)
    assert not np.array_equal(fresh.q, last.q)
    truth = truth_of(tmp_path, "leaders/right")
    assert {truth[sample.stamp.seq] for sample in stale} == {truth[last.stamp.seq]}
    assert truth[fresh.stamp.seq] > truth[last.stamp.seq] + 50_000_000


def test_answers_wait_for_the_adapters_latency_timer() -> None:
    with bench() as rig:
        leader = DynamixelLeader("right", rig.config)
        rig.world.inject("latency_timer", "right", size=16.0)
        samples = reads(leader, after(monotonic_ns() + 150_000_000))
        leader.close()
    # Each answer takes a tick of its own, however late this machine lets it come.
    ticks = (samples[-1].t_hi_ns - samples[0].t_lo_ns) / 16_000_000
    assert len(samples) <= ticks + 2


def test_full_usb_packets_do_not_wait_for_the_timer() -> None:
    with bench() as rig:
        rig.world.inject("latency_timer", "right", size=16.0)
        full, rest, t_ns = rig.bus.packets(bytes(150), rig.world.epoch_ns + 40_000_000)
        assert (len(full), len(rest)) == (124, 26)
        assert t_ns == rig.world.epoch_ns + 48_000_000
        full, rest, _ = rig.bus.packets(bytes(124), rig.world.epoch_ns + 40_000_000)
        assert (len(full), len(rest)) == (124, 0)
        rig.world.clear_faults()
        full, rest, _ = rig.bus.packets(bytes(150), monotonic_ns() + 10_000_000)
        assert (len(full), len(rest)) == (150, 0)


def test_rebooted_servo_counts_from_0_and_the_others_go_on() -> None:
    with bench() as rig:
        leader = DynamixelLeader("right", rig.config)
        before = leader.read()
        rig.world.inject("servo_reboot", "right")
        struck_ns = monotonic_ns()
        samples = reads(leader, after(struck_ns + 50_000_000))
        leader.close()
        assert rig.bus.chain.servos[0].awake_from_ns >= struck_ns
    last = samples[-1]
    raw = last.servo_ticks % TICK_MODULUS
    elapsed_ms = (last.t_hi_ns - struck_ns) * 1e-6
    assert raw[0] <= elapsed_ms
    passed_ms = (last.t_lo_ns - before.t_lo_ns) * 1e-6
    assert np.abs(last.servo_ticks[1:] - before.servo_ticks[1:] - passed_ms).max() < 5 + 0.5 * elapsed_ms
    assert np.allclose(last.q, before.q, atol=1e-9)


def test_a_servo_reboots_once_a_fault() -> None:
    with bench() as rig:
        leader = DynamixelLeader("right", rig.config)
        rig.world.inject("servo_reboot", "right", for_s=60)
        reads(leader, after(monotonic_ns() + 10_000_000))
        awake_ns = rig.bus.chain.servos[0].awake_from_ns
        reads(leader, after(monotonic_ns() + 30_000_000))
        assert rig.bus.chain.servos[0].awake_from_ns == awake_ns
        rig.world.inject("servo_reboot", "right", for_s=60)
        reads(leader, after(monotonic_ns() + 10_000_000))
        assert rig.bus.chain.servos[0].awake_from_ns > awake_ns
        leader.close()


@pytest.mark.parametrize("target", ["right", ""])
def test_noise_on_the_bus_damages_its_share_of_the_answers(target: str) -> None:
    with bench(turning) as rig:
        leader = DynamixelLeader("right", rig.config)
        rig.world.inject("bus_noise", target, size=0.25)
        samples = _patient(leader, 60)
        noisy = leader.retries
        rig.world.clear_faults()
        leader.close()
    assert noisy >= 3
    for sample in samples:
        assert np.abs(sample.q).max() < 1.01


def test_faults_of_another_leader_leave_this_one_alone() -> None:
    with bench() as rig:
        leader = DynamixelLeader("right", rig.config)
        for kind in ("bus_dead", "leader_stale", "servo_reboot"):
            rig.world.inject(kind, "left", size=16.0)
        a, b = leader.read(), reads(leader, after(monotonic_ns() + 5_000_000))[-1]
        leader.close()
    assert (b.servo_ticks > a.servo_ticks).all()


def _patient(leader: DynamixelLeader, count: int) -> list[LeaderSample]:
    found: list[LeaderSample] = []
    while len(found) < count:
        try:
            found.append(leader.read())
        except DeviceTimeout:
            continue
    return found
