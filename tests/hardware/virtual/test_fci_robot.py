"""What the virtual controller forbids, and how it moves; no sockets and no time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hardware.arms.kinematics import Matrix
from hardware.arms.models import arm_model
from hardware.samples import Vector
from hardware.virtual.cell import CUBE_M
from hardware.virtual.fci.contact import Cell
from hardware.virtual.fci.robot import Robot
from hardware.virtual.fci.state import State
from hardware.virtual.fci.structs import COMMAND, STATE, Controller, Error, Generator, MoveStatus, RobotMode

ARM = arm_model("fr3")

TORQUE = (Controller.EXTERNAL, Generator.NONE - 1)
POSITION = (Controller.JOINT_IMPEDANCE, Generator.JOINT_POSITION - 1)
VELOCITY = (Controller.JOINT_IMPEDANCE, Generator.JOINT_VELOCITY - 1)
CUBE = np.array([0.5, 0.1, CUBE_M / 2])


class Nobody:
    def cycle(self, t_ns: int) -> int:
        return 0

    def object_start(self, t_ns: int) -> Vector:
        return CUBE


def robot(q: Vector = ARM.home, *, enforce: bool = True, lost_in_a_row: int = 20) -> Robot:
    return Robot(q, Cell(Nobody(), 0), 15.0, enforce=enforce, lost_in_a_row=lost_in_a_row)


def command(**fields: Vector | bool) -> NDArray[np.void]:
    row = np.zeros(1, COMMAND)[0]
    for name, value in fields.items():
        row[name] = value
    return row


def run(arm: Robot, steps: int, width: float = 0.08) -> None:
    for _ in range(steps):
        arm.step(0, width)


def fields(arm: Robot) -> NDArray[np.void]:
    state = State()
    arm.write(state)
    return np.frombuffer(state.packet, STATE)[0]


def grasp_pose(height: float) -> Matrix:
    pose = np.diag([1.0, -1.0, -1.0, 1.0])
    pose[:3, 3] = (CUBE[0], CUBE[1], height)
    return pose


def test_the_packets_are_as_long_as_libfrankas() -> None:
    # sizeof of the packed structs in research_interface/robot/rbk_types.h
    assert (STATE.itemsize, COMMAND.itemsize) == (1377, 371)


def test_nothing_moves_without_a_motion() -> None:
    arm = robot()
    run(arm, 200)
    np.testing.assert_allclose(arm.joints.q, ARM.home, atol=1e-6)
    assert fields(arm)["control_command_success_rate"] == 0


def test_twenty_lost_cycles_in_a_row_stop_it_and_nineteen_do_not() -> None:
    arm = robot()
    arm.move(*TORQUE, None)
    for _ in range(19):
        arm.miss(blame=True)
    arm.command(command(tau_J_d=np.zeros(7)))
    assert arm.mode is RobotMode.MOVE
    for _ in range(20):
        arm.miss(blame=True)
    assert arm.mode is RobotMode.REFLEX
    assert arm.reflex_reason is Error.communication_constraints_violation
    assert arm.ended is MoveStatus.REFLEX_ABORTED


def test_a_robot_told_to_be_patient_comes_to_rest_in_a_silence_and_goes_on_after_it() -> None:
    arm = robot(lost_in_a_row=2000)
    arm.move(*TORQUE, None)
    push = command(tau_J_d=np.array([0.9, 0.9, 0.9, 0.9, 0.14, 0.13, 0.10]))
    for _ in range(200):
        arm.command(push)
        run(arm, 1)
    assert np.abs(arm.joints.dq).min() > 0.1
    for _ in range(500):
        arm.miss(blame=True)
        run(arm, 1)
    stands = arm.joints.q
    np.testing.assert_allclose(arm.joints.dq, 0.0, atol=1e-9)
    assert arm.mode is RobotMode.MOVE
    for _ in range(50):
        arm.command(push)
        run(arm, 1)
    assert (np.abs(arm.joints.q - stands) > 1e-4).all()


def test_cycles_that_the_endpoint_itself_missed_cost_the_client_nothing() -> None:
    arm = robot()
    arm.move(*TORQUE, None)
    for _ in range(200):
        arm.miss(blame=False)
    arm.command(command(tau_J_d=np.zeros(7)))
    assert fields(arm)["control_command_success_rate"] == 1.0


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_the_success_rate_is_that_of_the_last_hundred(answers: list[bool]) -> None:
    arm = robot(enforce=False)
    arm.move(*TORQUE, None)
    for good in answers:
        if good:
            arm.command(command(tau_J_d=np.zeros(7)))
        else:
            arm.miss(blame=True)
    recent = answers[-100:]
    assert fields(arm)["control_command_success_rate"] == pytest.approx(sum(recent) / len(recent))


@pytest.mark.parametrize(
    ("tau", "error"),
    [
        (0.99, None),
        (1.01, Error.controller_torque_discontinuity),
        (20.0, Error.tau_J_range_violation),
    ],
)
def test_torque_range_and_rate(tau: float, error: Error | None) -> None:
    arm = robot()
    arm.move(*TORQUE, None)
    arm.command(command(tau_J_d=np.array([0, 0, 0, 0, 0, 0, tau])))
    assert arm.reflex_reason is error


@pytest.mark.parametrize(
    ("way", "error"),
    [
        (0.0, None),
        (4e-9, None),
        (8e-6, Error.joint_motion_generator_acceleration_discontinuity),
        (0.02, Error.joint_motion_generator_velocity_discontinuity),
        (0.2, Error.joint_position_motion_generator_start_pose_invalid),
    ],
)
def test_joint_positions_must_be_smooth(way: float, error: Error | None) -> None:
    arm = robot()
    arm.move(*POSITION, None)
    arm.command(command(q_c=ARM.home + way))
    assert arm.reflex_reason is error


def test_joint_velocities_ramp_up_but_not_over_the_limit() -> None:
    arm = robot()
    arm.move(*VELOCITY, None)
    speed, rate = 0.0, 0.0
    while arm.reflex_reason is None and speed < 3:
        rate = min(rate + 0.004, 0.009)
        speed += rate
        arm.command(command(dq_c=np.array([speed, 0, 0, 0, 0, 0, 0])))
        run(arm, 1)
    assert arm.reflex_reason is Error.joint_motion_generator_velocity_limits_violation
    assert 2.6 < speed < 2.64


def test_a_lost_motion_packet_is_bridged_at_constant_acceleration() -> None:
    arm = robot()
    arm.move(*VELOCITY, None)
    for n in range(1, 41):
        arm.miss(blame=True) if n == 20 else arm.command(command(dq_c=np.full(7, 0.004 * n)))
    assert arm.reflex_reason is None


@settings(max_examples=5)
@given(st.lists(st.floats(-0.4, 0.4), min_size=7, max_size=7))
def test_the_default_impedance_brings_the_arm_to_its_reference(way: list[float]) -> None:
    arm = robot()
    arm.move(*TORQUE, None)
    k = np.array([240.0, 240.0, 240.0, 240.0, 100.0, 60.0, 20.0])
    d = np.array([20.0, 20.0, 20.0, 10.0, 10.0, 10.0, 5.0])
    goal, tau = ARM.home + np.array(way), np.zeros(7)
    for n in range(3000):
        reference = ARM.home + np.array(way) * (1 - np.cos(np.pi * min(n / 1500, 1))) / 2
        wanted = k * (reference - arm.joints.q) - d * arm.joints.dq
        tau = np.clip(wanted, tau - 0.95, tau + 0.95)
        arm.command(command(tau_J_d=tau))
        run(arm, 1)
    assert arm.reflex_reason is None
    np.testing.assert_allclose(arm.joints.q, goal, atol=0.01)


@settings(max_examples=5)
@given(st.lists(st.floats(-0.5, 0.5), min_size=7, max_size=7), st.integers(1, 100))
def test_the_async_generator_arrives_within_its_velocity(way: list[float], every: int) -> None:
    arm, goal = robot(), ARM.home + np.array(way)
    assert arm.move(*POSITION, np.full(7, 0.5)) is MoveStatus.MOTION_STARTED
    for n in range(2500):
        if n % every == 0:
            arm.command(command(q_c=goal))
        else:
            arm.miss(blame=True)
        run(arm, 1)
        assert np.abs(fields(arm)["dq_d"]).max() <= 0.5 + 1e-6
    np.testing.assert_allclose(arm.joints.q, goal, atol=1e-3)


def test_a_reflex_needs_recovery_before_the_next_motion() -> None:
    arm = robot()
    arm.reflex(Error.cartesian_reflex)
    assert arm.move(*TORQUE, None) is MoveStatus.COMMAND_NOT_POSSIBLE_REJECTED
    arm.recover()
    assert arm.move(*TORQUE, None) is MoveStatus.MOTION_STARTED


def test_pressing_on_the_table_shows_in_the_wrench_and_then_stops_the_arm() -> None:
    above = ARM.inverse(grasp_pose(0.03), ARM.home)
    below = ARM.inverse(grasp_pose(-0.02), above)
    arm = robot(above)
    arm.move(*POSITION, np.full(7, 0.1))
    pressed = 0.0
    for _ in range(4000):
        arm.command(command(q_c=below))
        run(arm, 1)
        pressed = min(pressed, float(fields(arm)["O_F_ext_hat_K"][2]))
        if arm.reflex_reason is not None:
            break
    # The robot pushes down on the table: negative z, over the 20 N that a robot allows by default.
    assert pressed < -15
    assert arm.reflex_reason in (Error.cartesian_reflex, Error.joint_reflex)


def test_fingers_that_slide_on_the_table_are_dragged_back() -> None:
    pose = grasp_pose(0.005)
    pressed = Cell(Nobody(), 0).force(pose, np.array([0.1, 0.0, 0.0]))
    assert pressed is not None
    assert pressed[2] > 0
    assert pressed[0] == pytest.approx(-0.4 * pressed[2])
    assert Cell(Nobody(), 0).force(grasp_pose(0.05), np.zeros(3)) is None


def pushed(arm: Robot, goal: Vector, steps: int) -> float:
    """The greatest error to a goal that a soft impedance pulls the arm to."""
    k = np.array([240.0, 240.0, 240.0, 240.0, 100.0, 60.0, 20.0])
    worst = 0.0
    for _ in range(steps):
        wanted = k * (goal - arm.joints.q) - 0.1 * k * arm.joints.dq
        last = arm.told[1] if arm.motion is not None else np.zeros(7)
        arm.command(command(tau_J_d=np.clip(wanted, last - 0.95, last + 0.95)))
        run(arm, 1)
        worst = float(np.abs(goal - arm.joints.q).max())
    return worst


def test_a_blocked_arm_stays_behind_feels_it_and_goes_on_when_it_is_free() -> None:
    arm, goal = robot(), ARM.home + np.array([0.1, 0, 0, 0, 0, 0, 0])
    arm.torque_limits, arm.force_limits = np.full(7, 40.0), np.full(6, 60.0)
    arm.move(*TORQUE, None)
    arm.block(blocked=True)
    assert pushed(arm, goal, 500) > 0.08
    assert fields(arm)["tau_ext_hat_filtered"][0] == pytest.approx(24.0, rel=0.15)
    assert abs(fields(arm)["O_F_ext_hat_K"][1]) > 10  # about the vertical: felt as a push from the side
    arm.block(blocked=False)
    assert pushed(arm, goal, 1500) < 0.02
    assert arm.reflex_reason is None


def test_an_arm_driven_hard_against_an_obstacle_stops_itself() -> None:
    arm = robot()
    arm.move(*TORQUE, None)
    arm.block(blocked=True)
    pushed(arm, ARM.home + 0.3, 500)
    assert arm.reflex_reason in (Error.cartesian_reflex, Error.joint_reflex)


def test_the_cube_is_carried_by_a_closed_hand_and_falls_from_an_open_one() -> None:
    low = ARM.inverse(grasp_pose(0.02), ARM.home)
    high = ARM.inverse(grasp_pose(0.20), low)
    arm = robot(low)
    run(arm, 5, width=CUBE_M)
    assert arm.cell.held
    arm.move(*POSITION, np.full(7, 0.5))
    for _ in range(2500):
        arm.command(command(q_c=high))
        run(arm, 1, width=CUBE_M)
    assert arm.cell.cube[2] == pytest.approx(0.20, abs=0.01)
    assert fields(arm)["O_F_ext_hat_K"][2] == pytest.approx(0.12 * 9.81, rel=0.1)
    run(arm, 500, width=0.08)
    assert not arm.cell.held
    assert arm.cell.cube[2] == pytest.approx(CUBE_M / 2)


def test_a_hand_that_closes_beside_the_cube_leaves_it() -> None:
    pose = grasp_pose(0.02)
    pose[1, 3] += 0.065
    arm = robot(ARM.inverse(pose, ARM.home))
    run(arm, 5, width=0.0)
    assert not arm.cell.held
    np.testing.assert_allclose(arm.cell.cube, CUBE)
