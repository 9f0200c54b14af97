"""The Dynamixel leader's driver on a virtual bus, against the truth."""

import contextlib
from pathlib import Path

import numpy as np
import pytest

from hardware.arms import dynamixel_bus
from hardware.arms.control_table import RAD_PER_COUNT
from hardware.arms.dynamixel import DynamixelLeader
from hardware.arms.dynamixel_wire import DynamixelWire
from hardware.arms.limits import FR3
from hardware.arms.models import arm_model
from hardware.config import DynamixelLeaderConfig, RigConfig, ThumbstickConfig
from hardware.interfaces import DeviceError, DeviceLost, DeviceRefused, DeviceTimeout
from hardware.load import load
from hardware.open import open_leader
from hardware.samples import LeaderSample, Vector
from hardware.virtual_config import VirtualConfig, VirtualDynamixelConfig
from tests.hardware.arms.bench import bench
from tests.truth import truth_of

HALF_COUNT = RAD_PER_COUNT / 2 + 1e-9
RIG = Path(__file__).parents[3] / "configs/rigs/virtual.yaml"


def reads(config: DynamixelLeaderConfig, count: int) -> tuple[list[LeaderSample], int]:
    leader = DynamixelLeader("right", config)
    try:
        return [leader.read() for _ in range(count)], leader.retries
    finally:
        leader.close()


def swinging(t_ns: int) -> tuple[Vector, Vector, float]:
    """Through several turns and back, up to 12 rad/s."""
    t = t_ns * 1e-9
    return np.full(3, 12 * np.sin(t)), np.full(3, 12 * np.cos(t)), 0.5 + 0.5 * np.sin(t)


def test_joints_and_grip_come_out_as_the_hand_holds_them() -> None:
    with bench() as rig:
        (sample,), _ = reads(rig.config, 1)
    assert np.abs(sample.q - [0.1, -0.5, 1.0]).max() <= HALF_COUNT
    assert np.abs(sample.dq).max() == 0.0
    assert sample.grip == pytest.approx(0.25, abs=RAD_PER_COUNT)


def test_each_sample_is_where_the_hand_was_at_the_true_instant(tmp_path: Path) -> None:
    with bench(swinging, truth=tmp_path) as rig:
        samples, _ = reads(rig.config, 150)
    truth = truth_of(tmp_path, "leaders/right")
    first = samples[0]
    turns = np.round((swinging(truth[first.stamp.seq])[0] - first.q) / (2 * np.pi))
    for sample in samples:
        q, dq, _ = swinging(truth[sample.stamp.seq])
        # Servos latch within 15 us of one another: 12 rad/s moves them 2e-4 rad apart.
        assert np.abs(sample.q + 2 * np.pi * turns - q).max() <= HALF_COUNT + 2e-4
        assert np.abs(sample.dq - dq).max() <= 0.0125


JOINTS = [0, 3, 5]
FR3_MIDDLE = (FR3.q_min + FR3.q_max)[JOINTS] / 2


@pytest.mark.parametrize("share", [0.001, 0.3, 0.999])
def test_whole_turns_come_out_as_the_followers_limits_tell_them(share: float) -> None:
    """Joint 6 of an FR3 goes to 4.5 rad, and its leader may be switched on there."""
    held = FR3.q_min + share * (FR3.q_max - FR3.q_min)
    pose = held[JOINTS]
    with bench(lambda _: (pose, np.zeros(3), 0.0)) as rig:
        leader = DynamixelLeader("right", rig.config, FR3_MIDDLE)
        samples = [leader.read() for _ in range(3)]
        leader.close()
    assert all(np.abs(sample.q - pose).max() <= HALF_COUNT for sample in samples)


def test_a_leader_is_opened_with_the_turns_of_the_arm_that_it_leads() -> None:
    rig = load(RigConfig, RIG)
    built = rig.leaders["right"]
    pose = arm_model("fr3").home.copy()
    pose[5] = 4.4
    with bench(
        lambda _: (pose, np.zeros(7), 0.0), ids=built.ids, signs=built.signs, offsets_rad=built.offsets_rad
    ) as there:
        leader = open_leader(rig.model_copy(update={"leaders": {"right": there.config}}), "right")
        sample = leader.read()
        leader.close()
    assert np.abs(sample.q - pose).max() <= HALF_COUNT


def test_brackets_hold_the_true_instant_and_u_bounds_the_error(tmp_path: Path) -> None:
    with bench(truth=tmp_path) as rig:
        samples, _ = reads(rig.config, 200)
    truth = truth_of(tmp_path, "leaders/right")
    for sample in samples:
        t_true = truth[sample.stamp.seq]
        assert sample.t_lo_ns <= t_true <= sample.t_hi_ns
        assert sample.t_lo_ns <= sample.stamp.t_ns <= sample.t_hi_ns <= sample.stamp.t_arrival_ns
        assert abs(sample.stamp.t_ns - t_true) <= sample.stamp.u_ns


def test_damaged_answers_are_read_again_counted_and_never_shift_seq(tmp_path: Path) -> None:
    noisy = VirtualConfig(seed=3, dynamixel=VirtualDynamixelConfig(error_rate=0.15))
    with bench(virtual=noisy, truth=tmp_path) as rig:
        samples, retries = reads(rig.config, 60)
    truth = truth_of(tmp_path, "leaders/right")
    assert retries > 0
    assert samples[-1].stamp.seq >= 59 + retries
    for sample in samples:
        assert sample.t_lo_ns <= truth[sample.stamp.seq] <= sample.t_hi_ns
        assert np.abs(sample.q - [0.1, -0.5, 1.0]).max() <= HALF_COUNT


def test_the_servos_return_delay_is_set_to_zero_once() -> None:
    with bench() as rig:
        assert rig.bus.chain.servos[0].return_delay_ns == 500_000
        reads(rig.config, 1)
        assert {servo.return_delay_ns for servo in rig.bus.chain.servos} == {0}


def test_reopening_starts_a_new_count() -> None:
    with bench() as rig:
        before, _ = reads(rig.config, 20)
        (again,), retries = reads(rig.config, 1)
    assert before[-1].stamp.seq >= 19
    assert again.stamp.seq == retries


def test_a_dead_bus_times_out_and_may_come_back() -> None:
    with bench(retries=1) as rig:
        leader = DynamixelLeader("right", rig.config)
        rig.world.inject("bus_dead", "right")
        with pytest.raises(DeviceTimeout, match=r"right: no valid answer from servos \[1, 2, 3, 8\]"):
            leader.read()
        rig.world.clear_faults()
        while True:
            try:
                sample = leader.read()
                break
            except DeviceTimeout:
                continue
        leader.close()
    assert sample.stamp.seq >= 2


def test_a_wrong_model_is_refused_by_name() -> None:
    with bench() as rig:
        other = rig.config.model_copy(update={"model": "xc330-t288"})
        with pytest.raises(DeviceRefused, match=r"servo 1 has model number 1200 \(xl330-m288\), wanted 1220"):
            DynamixelLeader("right", other)


def test_an_absent_servo_is_named() -> None:
    with bench() as rig:
        other = rig.config.model_copy(update={"ids": (1, 2, 4)})
        with pytest.raises(DeviceTimeout, match="servo 4 does not answer"):
            DynamixelLeader("right", other)


def test_a_hardware_error_is_refused_at_the_start() -> None:
    with bench() as rig:
        rig.bus.chain.servos[2].registers.set(70, 1 << 2)
        with pytest.raises(DeviceRefused, match=r"servo 3 reports a hardware error \(overheating\)"):
            DynamixelLeader("right", rig.config)


def test_old_firmware_is_refused() -> None:
    with bench() as rig:
        rig.bus.chain.servos[1].registers.set(6, 45)
        with pytest.raises(DeviceRefused, match="servo 2 has firmware 45, Fast Sync Read needs 46"):
            DynamixelLeader("right", rig.config)


def test_a_port_that_is_not_there_or_taken_says_so() -> None:
    with bench() as rig:
        with pytest.raises(DeviceLost, match="no such device"):
            DynamixelLeader("right", rig.config.model_copy(update={"port": "/dev/ttyUSB_none"}))
        with pytest.raises(DeviceRefused, match="baud 123 "):
            DynamixelLeader("right", rig.config.model_copy(update={"baud": 123}))
        leader = DynamixelLeader("right", rig.config)
        with pytest.raises(DeviceLost, match="another program has it"):
            DynamixelLeader("right", rig.config)
        leader.close()


def test_an_unplugged_adapter_is_lost() -> None:
    with bench() as rig:
        leader = DynamixelLeader("right", rig.config)
    with pytest.raises(DeviceLost, match="went away"):
        leader.read()
    leader.close()


def test_a_late_answer_is_never_taken_for_that_of_a_later_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamixel_bus, "_READ_MARGIN_MS", 15.0)  # each answer comes during the next try
    slow = VirtualConfig(dynamixel=VirtualDynamixelConfig(usb_in_us=(25_000.0, 0.0)))
    samples: list[LeaderSample] = []
    with bench(virtual=slow, truth=tmp_path) as rig:
        leader = DynamixelLeader("right", rig.config)
        for _ in range(3):
            # A reader that is late itself may find its own answer there, and may take it.
            with contextlib.suppress(DeviceTimeout):
                samples.append(leader.read())
        assert leader.retries > 0
        leader.close()
    truth = truth_of(tmp_path, "leaders/right")
    assert all(s.t_lo_ns <= truth[s.stamp.seq] <= s.t_hi_ns for s in samples)


def test_one_answer_too_fast_for_the_baud_is_read_again_and_nothing_else_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with bench() as rig:
        leader = DynamixelLeader("right", rig.config)
        fast, measured = [True], DynamixelWire.bracket

        def once(wire: DynamixelWire, length: int, servos: int, joints: int) -> tuple[int, int] | None:
            return None if fast and fast.pop() else measured(wire, length, servos, joints)

        def never(wire: DynamixelWire, length: int, servos: int, joints: int) -> None: ...

        monkeypatch.setattr(DynamixelWire, "bracket", once)
        assert leader.read().stamp.u_ns > 0
        assert leader.retries == 1
        monkeypatch.setattr(DynamixelWire, "bracket", never)
        with pytest.raises(DeviceError, match="faster than 4000000 bit/s"):
            for _ in range(20):
                with contextlib.suppress(DeviceTimeout):
                    leader.read()
        leader.close()


@pytest.mark.parametrize(
    ("told", "read"),
    [((0.0, 0.0), (0.0, 0.0)), ((0.05, -0.09), (0.0, 0.0)), ((1.0, -1.0), (1.0, -1.0)), ((0.55, -0.1), (0.5, 0.0))],
)
def test_the_thumbstick_reads_from_rest_to_full(told: tuple[float, float], read: tuple[float, float]) -> None:
    stick = ThumbstickConfig(ids=(9, 10), center_rad=(3.0, 0.1), range_rad=(0.6, -0.5), deadband=0.1)
    with bench(thumbstick=stick, stick=told) as rig:
        (sample,), _ = reads(rig.config, 1)
    assert sample.stick == pytest.approx(read, abs=0.005)
    assert sample.q.shape == (3,)


def test_a_leader_without_thumbstick_has_no_stick() -> None:
    with bench() as rig:
        (sample,), _ = reads(rig.config, 1)
    assert sample.stick is None
