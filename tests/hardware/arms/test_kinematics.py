"""The arms stand where their makers' published parameters put them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy.linalg import expm

from hardware.arms.models import ArmModel, arm_model
from hardware.samples import Vector

FR3, VIPERX = arm_model("fr3"), arm_model("viperx300s")
ARMS = st.sampled_from([FR3, VIPERX])
shares = arrays(np.float64, 7, elements=st.floats(0.02, 0.98))
nudges = arrays(np.float64, 7, elements=st.floats(-0.25, 0.25))

# Interbotix' interbotix_xs_modules, mr_descriptions.py, class vx300s: screw axes (w, v) in the base frame, and M.
VIPERX_SCREWS = (
    (0.0, 0.0, 1.0, 0.0, 0.0, 0.0),
    (0.0, 1.0, 0.0, -0.12705, 0.0, 0.0),
    (0.0, 1.0, 0.0, -0.42705, 0.0, 0.05955),
    (1.0, 0.0, 0.0, 0.0, 0.42705, 0.0),
    (0.0, 1.0, 0.0, -0.42705, 0.0, 0.35955),
    (1.0, 0.0, 0.0, 0.0, 0.42705, 0.0),
)
VIPERX_TIP = (0.536494, 0.0, 0.42705)


def within_limits(arm: ArmModel, share: Vector) -> Vector:
    limits = arm.limits
    return limits.q_min + share[: arm.joints] * (limits.q_max - limits.q_min)


def turned(screw: tuple[float, ...], angle: float) -> NDArray[np.float64]:
    wx, wy, wz, *v = screw
    twist = np.zeros((4, 4))
    twist[:3, :3] = [[0, -wz, wy], [wz, 0, -wx], [-wy, wx, 0]]
    twist[:3, 3] = v
    return np.asarray(expm(twist * angle), dtype=np.float64)


def test_zero_pose_of_the_fr3_adds_the_link_lengths() -> None:
    flange = FR3.flange(np.zeros(7))
    assert np.allclose(flange[:3, 3], [0.088, 0.0, 0.333 + 0.316 + 0.384 - 0.107])


def test_at_home_the_fr3s_hand_points_straight_down_with_x_to_the_front() -> None:
    pose = FR3.end_effector(FR3.home)
    assert np.allclose(pose[:3, :3], np.diag([1.0, -1.0, -1.0]), atol=1e-12)
    assert np.allclose(pose[:3, 3], [0.3069, 0.0, 0.4869], atol=1e-4)


@given(shares)
@settings(max_examples=40)
def test_viperx_is_the_makers_product_of_exponentials(share: Vector) -> None:
    q = within_limits(VIPERX, share)
    pose = np.eye(4)
    for screw, angle in zip(VIPERX_SCREWS, q, strict=True):
        pose = pose @ turned(screw, angle)
    tip = np.eye(4)
    tip[:3, 3] = VIPERX_TIP
    np.testing.assert_allclose(VIPERX.end_effector(q), pose @ tip, atol=1e-12)


@pytest.mark.parametrize("arm", [FR3, VIPERX])
def test_first_joint_turns_everything_about_the_vertical(arm: ArmModel) -> None:
    turn = np.eye(arm.joints)[0] * math.pi / 2
    x, y, z = arm.frames(arm.home)[-1, :3, 3]
    assert np.allclose(arm.frames(arm.home + turn)[-1, :3, 3], [-y, x, z])


@given(ARMS, shares)
def test_frames_are_rigid_and_end_at_the_flange(arm: ArmModel, share: Vector) -> None:
    q = within_limits(arm, share)
    frames = arm.frames(q)
    turns = frames[:, :3, :3]
    assert frames.shape == (arm.joints + 2, 4, 4)
    assert np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(3))
    assert np.allclose(np.linalg.det(turns), 1.0)
    assert np.array_equal(frames[-1], arm.flange(q))
    assert np.allclose(frames[-1] @ arm.tool, arm.end_effector(q))


@given(ARMS, shares)
def test_jacobian_is_the_derivative_of_the_pose(arm: ArmModel, share: Vector) -> None:
    q, step = within_limits(arm, share), 1e-6
    jacobian = arm.jacobian(q)
    for joint in range(arm.joints):
        ahead = arm.end_effector(q + step * np.eye(arm.joints)[joint])
        behind = arm.end_effector(q - step * np.eye(arm.joints)[joint])
        linear = (ahead - behind)[:3, 3] / (2 * step)
        spin = (ahead - behind)[:3, :3] / (2 * step) @ arm.end_effector(q)[:3, :3].T
        angular = np.array([spin[2, 1], spin[0, 2], spin[1, 0]])
        assert np.allclose(jacobian[:, joint], [*linear, *angular], atol=1e-6)


@given(nudges)
@settings(max_examples=40)
def test_inverse_reaches_poses_near_home_within_the_limits(nudge: Vector) -> None:
    for arm in (FR3, VIPERX):
        goal = arm.end_effector(arm.home + nudge[: arm.joints])
        q = arm.inverse(goal, arm.home)
        assert np.allclose(arm.end_effector(q), goal, atol=1e-5)
        assert (q >= arm.limits.q_min).all() and (q <= arm.limits.q_max).all()


@pytest.mark.parametrize("arm", [FR3, VIPERX])
def test_inverse_says_what_is_out_of_reach(arm: ArmModel) -> None:
    goal = arm.end_effector(arm.home)
    goal[0, 3] = 1.5
    with pytest.raises(ValueError, match=r"\[1\.5, .* bring it nearer"):
        arm.inverse(goal, arm.home)
