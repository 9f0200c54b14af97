import sys
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pylibfranka
import pytest

from hardware.arms.franka import FrankaArm
from hardware.arms.limits import FR3
from hardware.arms.models import arm_model
from hardware.config import FrankaConfig
from hardware.interfaces import DeviceLost, DeviceRefused, ReflexError
from hardware.samples import ArmSample
from tests.hardware.arms.endpoint import Endpoint, endpoint, franka, smooth
from tests.truth import truth_of

ARM = arm_model("fr3")

__all__ = ["franka"]


@pytest.fixture
def arm(franka: Endpoint) -> Generator[FrankaArm]:
    driver = FrankaArm("right", franka.config())
    yield driver
    driver.close()


def follow(arm: FrankaArm, way: float, seconds: float) -> tuple[ArmSample, np.ndarray]:
    """Lead the started arm by `way` on each joint; its last sample and the reference it had."""
    sample = arm.read()
    begin, start, reference = sample.stamp.seq, sample.q, sample.q
    while sample.stamp.seq < begin + seconds * 1e3:
        reference, speed = smooth(start, way, (sample.stamp.seq - begin) * 1e-3, seconds * 0.7)
        arm.command(reference, speed)
        sample = arm.read()
    return sample, reference


def test_a_state_says_when_it_was_and_where_the_arm_is(arm: FrankaArm) -> None:
    first, second = arm.observe(), arm.observe()
    assert second.stamp.seq > first.stamp.seq
    assert second.stamp.ticks == second.stamp.seq * 1_000_000
    pose = second.O_T_EE.reshape(4, 4).T
    np.testing.assert_allclose(pose, ARM.end_effector(second.q), atol=1e-5)


@pytest.mark.parametrize("control", ["torque", "async_position"])
def test_the_arm_goes_where_it_is_led(franka: Endpoint, control: str) -> None:
    driver = FrankaArm("right", franka.config(control))
    driver.start()
    sample, reference = follow(driver, 0.1, 1.2)
    driver.stop()
    driver.close()
    np.testing.assert_allclose(sample.q, reference, atol=0.02)


def test_it_holds_its_pose_when_started_and_after_stop(arm: FrankaArm) -> None:
    before = arm.start()
    follow(arm, 0.0, 0.3)
    arm.stop()
    after = arm.observe()
    np.testing.assert_allclose(after.q, before.q, atol=0.01)
    assert after.success_rate == 0.0


def test_torques_stay_within_range_and_rate_however_far_the_reference() -> None:
    with endpoint(enforce=True) as strict:
        driver = FrankaArm("right", strict.config())
        driver.observe()
        for _ in range(3):
            # Every answer to a distant reference is a full step; the robot refuses a larger one. On a
            # busy host it may also miss answers, and says so: that is another matter.
            with pytest.raises(ReflexError) as error:
                driver.start()
                for _ in range(3000):
                    driver.command(FR3.q_max, np.zeros(7))
                    driver.read()
            assert error.value.reflex in (
                "communication_constraints_violation",
                "joint_velocity_violation",
                "joint_position_limits_violation",
                "cartesian_reflex",
            )
            driver.recover()
        driver.close()


def test_a_client_that_falls_silent_is_stopped_and_can_recover() -> None:
    with endpoint(enforce=True) as strict:
        driver = FrankaArm("right", strict.config())
        driver.start()
        time.sleep(0.3)
        with pytest.raises(ReflexError) as error:
            driver.read()
        assert error.value.reflex == "communication_constraints_violation"
        with pytest.raises((ReflexError, DeviceRefused)):
            driver.start()
        driver.recover()
        driver.start()
        driver.stop()
        driver.close()


def test_a_reflex_comes_by_name_in_both_controls(franka: Endpoint) -> None:
    for control in ("torque", "async_position"):
        driver = FrankaArm("right", franka.config(control))
        driver.start()
        franka.world.inject("robot_reflex", "right")
        with pytest.raises(ReflexError) as error:
            follow(driver, 0.0, 5.0)
        assert error.value.reflex == "cartesian_reflex"
        franka.world.clear_faults()
        driver.recover()
        driver.observe()
        driver.close()


def test_a_command_before_start_is_refused(arm: FrankaArm) -> None:
    with pytest.raises(DeviceRefused, match="start"):
        arm.command(ARM.home, np.zeros(7))


def test_a_soft_start_pulls_less(franka: Endpoint) -> None:
    pulls = []
    for stiffness in (1.0, 0.2):
        driver = FrankaArm("right", franka.config())
        start = driver.start().q
        for _ in range(150):
            driver.command(start + 0.02, np.zeros(7), stiffness=stiffness)
            sample = driver.read()
        pulls.append(abs(sample.q - start)[0])
        driver.stop()
        driver.close()
    assert pulls[1] < 0.7 * pulls[0]


def test_the_hand_is_no_part_of_this_connection(arm: FrankaArm) -> None:
    sample = arm.start()
    arm.command(sample.q, np.zeros(7), width=0.04)
    assert arm.gripper() is None
    arm.stop()


def test_the_robot_is_told_the_collision_levels_of_the_rig_file(
    franka: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[object, ...]] = []
    monkeypatch.setattr(pylibfranka.Robot, "set_collision_behavior", lambda _, *levels: told.append(levels))
    torque, force = (10.0,) * 7, (20.0,) * 6
    config = franka.config().model_copy(update={"collision_torque": torque, "collision_force": force})
    FrankaArm("right", config).close()
    assert told == [(torque, torque, force, force)]


def test_without_the_extra_its_backend_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiofranka", None)
    monkeypatch.delitem(sys.modules, "hardware.arms.franka_rt", raising=False)
    config = FrankaConfig(address="127.9.9.9", leader="right", backend="aiofranka")
    with pytest.raises(DeviceRefused, match=r"pip install 'clapboard\[rt\]'"):
        FrankaArm("right", config)


def test_no_robot_at_the_address_names_the_device() -> None:
    with pytest.raises(DeviceLost, match="right"):
        FrankaArm("right", FrankaConfig(address="127.9.9.9", leader="right"))


def test_a_silent_robot_is_lost_and_found_again() -> None:
    with endpoint() as quiet:
        driver = FrankaArm("right", quiet.config())
        driver.observe()
        quiet.world.inject("robot_silent", "right")
        with pytest.raises(DeviceLost):
            for _ in range(100):
                driver.observe()
        with pytest.raises(DeviceLost, match="recover"):
            driver.observe()
        quiet.world.clear_faults()
        driver.recover()
        assert driver.observe().q.shape == (7,)
        driver.close()


def test_a_second_client_is_turned_away(franka: Endpoint, arm: FrankaArm) -> None:
    with pytest.raises(pylibfranka.NetworkException):
        pylibfranka.Robot(franka.address, pylibfranka.RealtimeConfig.kIgnore)
    arm.observe()


def test_stamps_hold_their_bound_against_the_truth(tmp_path: Path) -> None:
    with endpoint(truth_dir=str(tmp_path)) as logged:
        # A wide prior: on a busy host even the quickest of many states may be slow.
        config = logged.config().model_copy(update={"network_delay_us": (30.0, 20_000.0)})
        driver = FrankaArm("right", config)
        samples = [driver.observe()]
        driver.start()
        for _ in range(1500):
            samples.append(driver.read())
            driver.command(samples[0].q, np.zeros(7))
        driver.stop()
        driver.close()
    truth = truth_of(tmp_path, "arms/right")
    for sample in samples:
        stamp = sample.stamp
        assert abs(stamp.t_ns - truth[stamp.seq]) <= stamp.u_ns


def test_the_model_served_is_the_one_that_the_robot_weighs(franka: Endpoint) -> None:
    robot = pylibfranka.Robot(franka.address, pylibfranka.RealtimeConfig.kIgnore)
    state, model = robot.read_once(), robot.load_model()
    while np.abs(state.dq).max() > 1e-4:  # from the motion of an earlier test
        state = robot.read_once()
    np.testing.assert_allclose(model.gravity(state), state.tau_J, atol=1e-2)
    jacobian = np.array(model.zero_jacobian(state)).reshape(7, 6).T
    np.testing.assert_allclose(jacobian, ARM.jacobian(np.array(state.q)), atol=1e-5)


@pytest.mark.parametrize("control", ["torque", "async_position"])
def test_a_robot_that_goes_away_under_control_is_lost_not_fatal(control: str) -> None:
    with endpoint() as dying:
        driver = FrankaArm("right", dying.config(control))
        driver.start()
    with pytest.raises(DeviceLost):
        for _ in range(5000):
            driver.command(driver.read().q, np.zeros(7))
    driver.close()


@pytest.mark.parametrize("control", ["torque", "async_position"])
def test_a_robot_that_falls_silent_under_control_is_lost_not_fatal(control: str) -> None:
    with endpoint() as quiet:
        driver = FrankaArm("right", quiet.config(control))
        driver.start()
        quiet.world.inject("robot_silent", "right")
        with pytest.raises(DeviceLost):
            for _ in range(5000):
                driver.command(driver.read().q, np.zeros(7))
        driver.close()
