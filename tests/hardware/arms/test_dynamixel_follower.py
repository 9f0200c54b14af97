"""The driver of a servo arm on a virtual bus, against what the arm truly did."""

import time
from pathlib import Path

import numpy as np
import pytest

from hardware.arms.control_table import RAD_PER_COUNT, WATCHDOG_REFLEX, WATCHDOG_TRIPPED
from hardware.arms.dynamixel_follower import DynamixelFollower
from hardware.interfaces import DeviceRefused, DeviceTimeout, ReflexError
from hardware.samples import ArmSample, Vector
from hardware.virtual.cell import CUBE_M
from tests.hardware.arms.servo_arm_bench import ArmBench, arm_bench
from tests.truth import truth_of

HALF_COUNT = RAD_PER_COUNT / 2 + 1e-9


def held(arm: DynamixelFollower, q: Vector, cycles: int, width: float | None = None) -> list[ArmSample]:
    """Command one pose for so many cycles, however often a busy machine lets the servos stop themselves meanwhile."""
    samples: list[ArmSample] = []
    while len(samples) < cycles:
        try:
            samples.append(arm.read())
            arm.command(q, np.zeros(6), width)
        except ReflexError as error:
            if error.reflex != WATCHDOG_REFLEX:
                raise
            arm.start()
            samples.clear()
    return samples


def test_a_state_tells_joints_pose_and_gripper_and_what_servos_do_not_measure_is_missing() -> None:
    with arm_bench() as rig:
        arm = DynamixelFollower("left", rig.config)
        sample, gripper, true = arm.observe(), arm.gripper(), rig.body.arm.q
        arm.close()
    assert np.abs(sample.q - true[:6]).max() <= HALF_COUNT
    assert np.isnan(sample.tau_ext).all() and np.isnan(sample.O_F_ext_hat_K).all()
    assert sample.O_T_EE.reshape(4, 4).T[3].tolist() == [0, 0, 0, 1]
    assert sample.read is not None and sample.read.servo_ticks.shape == (6,)
    assert gripper is not None and gripper.width == pytest.approx(0.074, abs=1e-3)


def test_brackets_hold_the_true_instants_of_arm_and_gripper(tmp_path: Path) -> None:
    with arm_bench(truth=tmp_path) as rig:
        arm = DynamixelFollower("left", rig.config)
        samples = [arm.observe() for _ in range(60)]
        last = arm.gripper()
        arm.close()
    truth = truth_of(tmp_path, "arms/left")
    for sample in samples:
        assert sample.read is not None
        assert sample.read.t_lo_ns <= truth[sample.stamp.seq] <= sample.read.t_hi_ns
        assert abs(sample.stamp.t_ns - truth[sample.stamp.seq]) <= sample.stamp.u_ns
    assert last is not None
    assert last.t_lo_ns <= truth_of(tmp_path, "grippers/left")[last.stamp.seq] <= last.t_hi_ns


@pytest.mark.live
def test_opening_sets_second_servos_and_modes_and_start_does_not_jump() -> None:
    with arm_bench() as rig:
        rig.servo(2).registers.set(116, 0)  # a goal far away, left in the servo
        arm = DynamixelFollower("left", rig.config)
        assert [rig.servo(id).secondary_id for id in (3, 5)] == [2, 4]
        assert [rig.servo(id).registers.get(10) for id in (2, 3, 4, 5)] == [0, 1, 0, 1]
        assert [rig.servo(id).registers.get(11) for id in (1, 3, 9)] == [3, 3, 5]
        before = rig.body.arm.joints.copy()
        first = arm.start()
        held(arm, first.q, 50)
        # Gravity takes up what the springs give: a few degrees, no more.
        assert np.abs(rig.body.arm.joints - before).max() < 0.08
        arm.close()
        assert all(servo.torque for servo in rig.body.servos)


def test_the_arm_follows_with_the_lag_of_its_servos_and_tells_the_torque_that_holds_it() -> None:
    with arm_bench() as rig:
        arm = DynamixelFollower("left", rig.config)
        start = arm.start()
        goal = start.q + np.array([0.2, 0.0, 0.0, 0.2, 0.0, 0.2])
        last = held(arm, goal, 100)[-1]
        arm.close()
        true = rig.body.arm.joints
    assert np.abs(last.q - true).max() < 0.02
    assert np.abs((last.q - goal)[[0, 3, 5]]).max() < 0.02
    assert abs(last.tau_J[1]) + abs(last.tau_J[2]) > 1.0  # Nm, of a kilogram or two held out
    assert 0.0 < last.success_rate <= 1.0


def test_goals_beyond_the_limits_are_cut_and_counted_and_nan_is_refused() -> None:
    with arm_bench() as rig:
        arm = DynamixelFollower("left", rig.config)
        start = arm.start()
        arm.command(start.q + np.array([0, 9, 0, 0, 0, 0]), np.zeros(6))
        with pytest.raises(DeviceRefused, match="the last goals stay"):
            arm.command(np.full(6, np.nan), np.zeros(6))
        arm.command(start.q, np.zeros(6))
        arm.close()
        assert arm.clipped == 1
        with pytest.raises(DeviceRefused, match="command before start"):
            arm.command(start.q, np.zeros(6))


def test_a_joint_outside_its_limits_is_named_and_gets_no_torque() -> None:
    with arm_bench(offsets_rad=(3.1416, 3.1416, 3.1416, 3.1416, 3.1416, 3.1416)) as rig:
        wrong = rig.config.model_copy(update={"offsets_rad": (3.1416, 4.8, 3.1416, 3.1416, 3.1416, 3.1416)})
        arm = DynamixelFollower("left", wrong)
        with pytest.raises(DeviceRefused, match=r"joint 2 \(servo 2\) stands at -2\.\d\d rad, outside its limits"):
            arm.start()
        arm.close()
        assert not any(servo.torque for servo in rig.body.servos)


def test_two_servos_of_a_joint_that_disagree_are_refused_with_the_offset_to_set() -> None:
    with arm_bench() as rig:
        rig.servo(3).registers.set(20, 300)
        rig.servo(3).reboot(0, boot_ns=0)
        with pytest.raises(DeviceRefused, match=r"servos 2 and 3 .* set Homing Offset of servo 3 to -?\d+"):
            DynamixelFollower("left", rig.config)


def test_servos_that_hold_the_arm_are_never_let_go_to_be_configured() -> None:
    with arm_bench() as rig:
        DynamixelFollower("left", rig.config).close()
        rig.servo(3).registers.set(12, 255)
        rig.servo(3).write(64, b"\x01", 0)
        with pytest.raises(DeviceRefused, match=r"servo 3 holds the arm.* support the arm"):
            DynamixelFollower("left", rig.config)
        assert rig.servo(3).torque


def test_a_dead_host_leaves_the_arm_stopped_and_held_and_the_next_start_goes_on() -> None:
    with arm_bench() as rig:
        arm = DynamixelFollower("left", rig.config)
        start = arm.start()
        arm.command(start.q + 0.1, np.zeros(6))
        while rig.servo(1).registers.get(98) != WATCHDOG_TRIPPED:
            time.sleep(0.05)  # nobody speaks
        stopped = rig.body.arm.joints.copy()
        time.sleep(0.3)
        assert np.abs(rig.body.arm.joints - stopped).max() < 0.05
        assert all(servo.torque for servo in rig.body.servos)
        with pytest.raises(ReflexError, match="stopped and holds") as told:
            arm.read()
        assert told.value.reflex == WATCHDOG_REFLEX
        again = arm.start()
        last = held(arm, again.q + np.array([0.1, 0, 0, 0, 0, 0]), 60)[-1]
        arm.close()
    assert last.q[0] - again.q[0] == pytest.approx(0.1, abs=0.03)


def test_a_silent_bus_times_out_and_the_arm_holds() -> None:
    with arm_bench(retries=0) as rig:
        arm = DynamixelFollower("left", rig.config)
        arm.start()
        rig.world.inject("bus_dead", "arms/left")
        with pytest.raises(DeviceTimeout, match="have not answered for 200 ms; they hold by themselves"):
            for _ in range(100):
                arm.read()
        rig.world.clear_faults()
        arm.close()
        assert all(servo.torque for servo in rig.body.servos)


def _blocked_until_overload(rig: ArmBench, arm: DynamixelFollower, q: Vector) -> None:
    rig.world.inject("arm_blocked", "left")
    until = time.monotonic() + 20.0
    while time.monotonic() < until:
        held(arm, q, 20)


def test_an_overloaded_servo_is_named_and_comes_back_by_recover_alone() -> None:
    with arm_bench() as rig:
        arm = DynamixelFollower("left", rig.config)
        start = arm.start()
        with pytest.raises(ReflexError, match="servo 1 has switched itself off") as caught:
            _blocked_until_overload(rig, arm, start.q + np.array([1.0, 0, 0, 0, 0, 0]))
        assert caught.value.reflex == "overload"
        rig.world.clear_faults()
        with pytest.raises(ReflexError):
            arm.start()
        arm.close()
        arm = DynamixelFollower("left", rig.config)
        arm.recover()
        again = arm.start()
        assert rig.servo(1).torque and np.isfinite(again.q).all()
        arm.close()


def _still(pose: Vector, width: float, t_ns: int, dt: float) -> None:
    """The cube stays where it is."""


def test_the_gripper_closes_on_the_cube_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with arm_bench() as rig:
        arm = DynamixelFollower("left", rig.config)
        start = arm.start()
        held(arm, start.q, 20, 0.074)
        pose = rig.body.arm.pose
        monkeypatch.setattr(rig.body.arm.cell, "step", _still)
        rig.body.arm.cell.cube = pose[:3, 3].copy()
        held(arm, start.q, 100, 0.0)
        gripper = arm.gripper()
        arm.close()
    assert gripper is not None and gripper.is_grasped
    assert gripper.width == pytest.approx(CUBE_M, abs=0.003)
