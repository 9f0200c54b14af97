"""The virtual FR3 stands where Franka's published parameters put it."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hardware.arms.limits import FR3
from hardware.samples import Vector
from hardware.virtual import kinematics

shares = arrays(np.float64, 7, elements=st.floats(0.02, 0.98))
nudges = arrays(np.float64, 7, elements=st.floats(-0.3, 0.3))


def within_limits(share: Vector) -> Vector:
    return FR3.q_min + share * (FR3.q_max - FR3.q_min)


def test_zero_pose_adds_the_link_lengths() -> None:
    flange = kinematics.flange(np.zeros(7))
    assert np.allclose(flange[:3, 3], [0.088, 0.0, 0.333 + 0.316 + 0.384 - 0.107])


def test_at_home_the_hand_points_straight_down_with_x_to_the_front() -> None:
    pose = kinematics.end_effector(kinematics.HOME)
    assert np.allclose(pose[:3, :3], np.diag([1.0, -1.0, -1.0]), atol=1e-12)
    assert np.allclose(pose[:3, 3], [0.3069, 0.0, 0.4869], atol=1e-4)


def test_first_joint_turns_everything_about_the_vertical() -> None:
    turned = kinematics.frames(kinematics.HOME + np.eye(7)[0] * math.pi / 2)
    straight = kinematics.frames(kinematics.HOME)
    x, y, z = straight[8, :3, 3]
    assert np.allclose(turned[8, :3, 3], [-y, x, z])


@given(shares)
def test_frames_are_rigid_and_end_at_the_flange(share: Vector) -> None:
    q = within_limits(share)
    frames = kinematics.frames(q)
    turns = frames[:, :3, :3]
    assert frames.shape == (9, 4, 4)
    assert np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(3))
    assert np.allclose(np.linalg.det(turns), 1.0)
    assert np.array_equal(frames[8], kinematics.flange(q))
    assert np.allclose(frames[8] @ kinematics.HAND, kinematics.end_effector(q))


@given(shares)
def test_jacobian_is_the_derivative_of_the_pose(share: Vector) -> None:
    q, step = within_limits(share), 1e-6
    jacobian = kinematics.jacobian(q)
    for joint in range(7):
        ahead = kinematics.end_effector(q + step * np.eye(7)[joint])
        behind = kinematics.end_effector(q - step * np.eye(7)[joint])
        linear = (ahead - behind)[:3, 3] / (2 * step)
        spin = (ahead - behind)[:3, :3] / (2 * step) @ kinematics.end_effector(q)[:3, :3].T
        angular = np.array([spin[2, 1], spin[0, 2], spin[1, 0]])
        assert np.allclose(jacobian[:, joint], [*linear, *angular], atol=1e-6)


@given(nudges)
@settings(max_examples=40)
def test_inverse_reaches_poses_near_home_within_the_limits(nudge: Vector) -> None:
    goal = kinematics.end_effector(kinematics.HOME + nudge)
    q = kinematics.inverse(goal, kinematics.HOME)
    assert np.allclose(kinematics.end_effector(q), goal, atol=1e-5)
    assert (q >= FR3.q_min).all() and (q <= FR3.q_max).all()


def test_inverse_says_what_is_out_of_reach() -> None:
    goal = kinematics.end_effector(kinematics.HOME)
    goal[0, 3] = 1.5
    with pytest.raises(ValueError, match=r"\[1\.5, .* bring it nearer"):
        kinematics.inverse(goal, kinematics.HOME)
