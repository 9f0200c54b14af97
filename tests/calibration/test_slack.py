"""How a servo arm's poses err: by its joints, each by its own; told sigmas hold, and a zero that is off is found."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.calibration_rig import measure
from calibration.bundle import Problem, adjust
from calibration.bundle_chain import Sight, Turned
from calibration.noise import components
from calibration.poses import apart, from_twist, inverse, to_twist
from calibration.slack import FLOOR_M, FLOOR_RAD, hand_jacobian, inner, joint, jointed, offsets, place, rigid, turn
from hardware.arms.models import arm_model
from tests.calibration.synthetic_mounts import BOARD, LENS, T_CAMERA, moved

MODEL = arm_model("viperx300s")
angles = st.lists(st.floats(-0.7, 0.7), min_size=6, max_size=6)


@settings(max_examples=25)
@given(angles, st.integers(0, 5))
def test_a_joint_that_is_off_moves_the_hand_as_told(at: list[float], which: int) -> None:
    q, step = MODEL.home + np.array(at), 1e-6 * np.eye(6)[which]
    off = to_twist(inverse(MODEL.end_effector(q)) @ MODEL.end_effector(q + step)) / 1e-6
    assert np.allclose(off, hand_jacobian(MODEL, q[None])[0][:, which], atol=1e-5)


def test_a_pose_s_covariance_is_the_sum_of_its_parts() -> None:
    J = hand_jacobian(MODEL, MODEL.home[None])[0]
    noise = {place("a"): 1e-3, turn("a"): 2e-3} | {joint("a", i): 1e-3 * (i + 1) for i in range(6)}
    assert np.allclose(rigid("a").covariance(noise), np.diag(np.repeat([1e-6, 4e-6], 3)))
    by_joints = (J * (1e-3 * np.arange(1, 7)) ** 2) @ J.T
    assert np.allclose(jointed("a", J).covariance(noise), by_joints + np.diag(np.repeat([1e-6, 4e-6], 3)))
    assert not jointed("a", J).share(joint("b", 0)).any()


def problem(off: np.ndarray, sigmas: np.ndarray, poses: int) -> Problem:
    """A camera on a hand whose joints are off by `off` (4,) always, and by `sigmas` (6,) at random."""
    rng = np.random.default_rng(1)
    q = MODEL.home + rng.uniform(-0.5, 0.5, (poses, 6))
    J = hand_jacobian(MODEL, q)
    sights: list[Sight] = []
    middle = np.append(BOARD.points().mean(axis=0), 1.0)
    for k in range(poses):
        told = MODEL.end_effector(q[k])
        true = told @ from_twist(inner(J[k]) @ off) @ from_twist(J[k] @ (sigmas * rng.normal(0, 1, 6)))
        pose = from_twist(np.concatenate([np.zeros(3), rng.uniform(-0.3, 0.3, 3)]))
        pose[:3, 3] = np.array([0, 0, 0.45]) - (pose @ middle)[:3]
        # each pose has a board of its own place that is known: only the arm errs
        corners = LENS.project(moved(pose, BOARD.points())) + rng.normal(0, 0.05, (54, 2))
        board = true @ T_CAMERA @ pose
        hand = (told, Turned(offsets("a"), inner(J[k])), f"error {k}", "camera")
        sights.append(Sight("c", BOARD.points(), corners, hand, (board,)))
    near = {f"error {k}": jointed("a", J[k]) for k in range(poses)}
    noise = {place("a"): FLOOR_M, turn("a"): FLOOR_RAD} | {joint("a", i): 5e-4 for i in range(6)}
    unknown = {"camera": T_CAMERA} | {name: np.eye(4) for name in near}
    return Problem({"c": LENS}, sights, unknown, near, noise, 0.05, angles={offsets("a"): (4, 5e-3)})


def test_joints_zeros_that_are_off_are_found_within_their_sigmas() -> None:
    off = np.array([3e-3, -2e-3, 4e-3, 1e-3])
    found = adjust(problem(off, np.full(6, 2e-4), 25))
    sigmas = np.sqrt(np.diag(found.covariance(offsets("a"))))
    assert (np.abs(found.angles[offsets("a")] - off) < 4 * sigmas).all()
    assert sigmas.max() < 6e-4
    assert apart(found.motions["camera"], T_CAMERA)[0] < 3e-4


def test_each_joint_s_own_noise_is_told_from_the_others() -> None:
    asked = problem(np.zeros(4), np.array([1e-5, 2e-3, 1e-5, 1e-5, 1e-5, 1e-5]), 40)
    supposed = {joint("a", i): 5e-4 for i in range(6)}
    for _ in range(4):
        noise, _ = components(asked, adjust(asked), supposed)
        asked = Problem(asked.lenses, asked.sights, asked.unknown, asked.near, noise, asked.pixel, angles=asked.angles)
    assert noise[joint("a", 1)] == pytest.approx(2e-3, rel=0.3)
    assert max(noise[joint("a", i)] for i in (0, 2, 3, 4, 5)) < 4e-4
    assert noise[place("a")] == FLOOR_M  # what is not asked for stays


def test_the_sigmas_of_a_rig_of_servo_arms_hold() -> None:
    """A share of benchmarks/calibration_rig.py, which has 50 seeds and the arms' errors taken otherwise beside them."""
    errors = measure(2e-3, range(1))
    assert errors.within(1) > 0.35
    assert errors.within(3) > 0.9
    assert errors.mm.max() < 1.5
