"""The physics of a servo arm: lag, weight, ends, table, speed limits, overload."""

import numpy as np
import pytest

from hardware.arms.control_table import CURRENT_POSITION_MODE, POSITION_MODE, RAD_PER_COUNT
from hardware.arms.models import arm_model
from hardware.arms.servo_models import MODELS
from hardware.samples import Vector
from hardware.virtual.cell import CUBE_M
from hardware.virtual.dynamixel.servo_arm import DT, OVERLOAD_S, Mount, ServoArm
from hardware.virtual.dynamixel.servo_horn import NO_TORQUE, Drive
from hardware.virtual.fci.contact import Cell

MODEL = arm_model("viperx300s")
HIGH = np.array([0.0, -1.2, 1.2, 0.0, 0.0, 0.0])
GRIPPER = 6
KINDS = [*["xm540-w270"] * 5, "xm430-w350"]


class Nobody:
    def cycle(self, t_ns: int) -> int:
        return 0

    def object_start(self, t_ns: int) -> Vector:
        return np.array([0.3, 0.0, CUBE_M / 2])


def arm(q: Vector = HIGH) -> ServoArm:
    mounts = [Mount(i, 1, 3.0, MODELS[kind].motor) for i, kind in enumerate(KINDS)]
    mounts.append(Mount(GRIPPER, 1, 0.0, MODELS["xm430-w350"].motor))
    mounts += [Mount(i, -1, -3.0, MODELS["xm540-w270"].motor) for i in (1, 2)]
    return ServoArm(MODEL, mounts, q, (2.5, 4.6, 0.074), Cell(Nobody(), 0), 0)


def position(goal_rad: float, **changes: float) -> Drive:
    full = 141.6 * RAD_PER_COUNT  # error of full voltage at P gain 800
    return Drive(POSITION_MODE, goal_rad, stiffness=1 / full, current=1.0, top_rad_s=3.0)._replace(**changes)


def told(made: ServoArm, q: Vector, **changes: float) -> None:
    for i in range(6):
        made.drive(i, position(float(q[i]) + 3.0, **changes))
    made.drive(GRIPPER, Drive(CURRENT_POSITION_MODE, 4.6, stiffness=4.6, current=0.13))
    for index, joint in ((7, 1), (8, 2)):
        made.drive(index, position(-float(q[joint]) - 3.0, **changes))


def run(made: ServoArm, seconds: float) -> None:
    for _ in range(round(seconds / DT)):
        made.step()


def test_it_holds_its_weight_with_a_sag_that_the_gain_and_the_weight_explain() -> None:
    made = arm()
    told(made, HIGH)
    run(made, 2.0)
    sag = made.joints - HIGH
    assert np.abs(sag).max() < 0.08
    assert abs(sag[0]) < 1e-3
    assert abs(sag[1]) + abs(sag[2]) > 0.005
    assert np.abs(made.dq).max() < 1e-3


@pytest.mark.parametrize(("joint", "lag_s"), [(0, 0.069), (5, 0.045)])
def test_it_lags_a_steady_motion_by_what_gain_and_no_load_speed_say(joint: int, lag_s: float) -> None:
    made, q, speed = arm(), HIGH.copy(), 0.4
    told(made, q)
    for _ in range(round(1.5 / DT)):
        q[joint] += speed * DT
        made.drive(joint, position(float(q[joint]) + 3.0))
        made.step()
    friction = 0.1 * MODELS[KINDS[joint]].motor.no_load_rad_s / MODELS[KINDS[joint]].motor.stall_nm
    assert (q - made.joints)[joint] / speed == pytest.approx(lag_s * (1 + friction), abs=0.006)


def test_without_torque_it_falls_onto_the_table_or_an_end_but_not_before_it_was_ever_on() -> None:
    made = arm()
    run(made, 0.5)
    assert np.array_equal(made.joints, HIGH)
    told(made, HIGH)
    run(made, 0.1)
    for index in range(9):
        made.drive(index, Drive(NO_TORQUE))
    run(made, 4.0)
    assert np.abs(made.joints - HIGH).max() > 0.3
    assert (made.joints >= MODEL.limits.q_min).all() and (made.joints <= MODEL.limits.q_max).all()


def test_the_profile_velocity_limits_the_way_to_the_goal() -> None:
    made = arm()
    told(made, HIGH)
    run(made, 0.2)
    made.drive(0, position(4.0, profile_rad_s=0.25))
    run(made, 1.0)
    assert 0.1 < made.joints[0] < 0.26


def leaning(height: float) -> Vector:
    """Joints that bring the grasp point to a height, m, by the shoulder alone."""
    leans = [np.array([0.0, lean, 0.6, 0.0, 0.9, 0.0]) for lean in np.linspace(-1.0, 1.0, 400)]
    return min(leans, key=lambda q: abs(float(MODEL.end_effector(q)[2, 3]) - height))


def test_the_table_carries_a_hand_that_is_told_to_go_below_it() -> None:
    made = arm(leaning(0.03))
    told(made, leaning(-0.03))
    run(made, 2.0)
    assert -0.005 < MODEL.end_effector(made.joints)[2, 3] < 0.012
    assert np.abs([made.horn(i, made.t_ns).effort for i in range(6)]).max() > 0.02


def test_a_blocked_joint_runs_into_its_limit_and_counts_as_overloaded_after_a_while() -> None:
    made = arm()
    told(made, HIGH)
    run(made, 0.2)
    made.blocked = True
    made.drive(5, position(3.0 + 2.0))
    run(made, OVERLOAD_S / 2)
    assert made.overloaded == []
    run(made, OVERLOAD_S)
    assert made.overloaded == [5]
    assert made.horn(5, made.t_ns).effort == pytest.approx(1.0)
