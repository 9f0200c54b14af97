"""Closed forms find the camera on the hand, as OpenCV 4's do, and tell what does not fit before anything is solved."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.hand_eye import Method, all_pairs, daniilidis, disagreement, motions, park, scale, start, wide_pairs
from calibration.poses import Matrix, apart, from_twist, inverse

METHODS: dict[str, Method] = {"PARK": park, "DANIILIDIS": daniilidis}


def drawn(seed: int, count: int = 20, degrees: float = 40.0) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """T_ee_camera, T_base_board, and of each pose T_base_ee and T_camera_board, exactly."""
    rng = np.random.default_rng(seed)
    camera = from_twist(np.concatenate([rng.uniform(-0.2, 0.2, 3), rng.uniform(-1.5, 1.5, 3)]))
    board = from_twist(np.concatenate([rng.uniform(-0.6, 0.6, 3), rng.uniform(-1.5, 1.5, 3)]))
    turns = np.radians(rng.uniform(-degrees, degrees, (count, 3)))
    hand = from_twist(np.concatenate([rng.uniform(-0.3, 0.3, (count, 3)), turns], axis=1))
    return camera, board, hand, inverse(hand @ camera) @ board


@pytest.mark.parametrize("method", METHODS.values())
@given(seed=st.integers(0, 10_000))
@settings(max_examples=15)
def test_exact_poses_give_the_camera_exactly(method: Method, seed: int) -> None:
    camera, _, hand, boards = drawn(seed, 8)
    metres, radians = apart(method(*motions(hand, boards, all_pairs(8))), camera)
    assert metres < 1e-9
    assert radians < 1e-9


@pytest.mark.parametrize("name", METHODS)
def test_noisy_poses_give_what_opencv_4_gives(name: str) -> None:
    _, _, hand, boards = drawn(3)
    rng = np.random.default_rng(1)
    boards = boards @ from_twist(rng.normal(0, 2e-3, (20, 6)))
    turned, shift = cv2.calibrateHandEye(
        list(hand[:, :3, :3]), list(hand[:, :3, 3]), list(boards[:, :3, :3]), list(boards[:, :3, 3]),
        method=getattr(cv2, f"CALIB_HAND_EYE_{name}"),
    )  # fmt: skip
    ours = METHODS[name](*motions(hand, boards, all_pairs(20)))
    assert np.allclose(ours[:3, :3], turned, atol=1e-6)
    assert np.allclose(ours[:3, 3], np.ravel(shift), atol=1e-6)


def test_half_turns_between_poses_do_not_mislead() -> None:
    camera, board, _, _ = drawn(5)
    turns = np.array([[0, 0, 0], [3.1, 0, 0], [0, 3.1, 0], [0, 0, 3.1], [2.2, 2.2, 0], [1.5, 0, 0], [0, 1.5, 0.1]])
    hand = from_twist(np.concatenate([np.linspace(0, 0.3, 21).reshape(7, 3), turns], axis=1))
    boards = inverse(hand @ camera) @ board
    for method in METHODS.values():
        metres, radians = apart(method(*motions(hand, boards, all_pairs(7))), camera)
        assert metres < 1e-8
        assert radians < 1e-8


def test_the_start_is_not_misled_by_a_board_that_was_seen_from_the_wrong_side() -> None:
    camera, board, hand, boards = drawn(9)
    boards[4] = boards[4] @ from_twist(np.array([0, 0, 0, 0.9, 0.2, 0]))

    def cost(X: Matrix, Z: Matrix) -> float:
        return float(np.median([apart(E @ X @ B, Z)[0] for E, B in zip(hand, boards, strict=True)]))

    X, Z = start(hand, boards, cost)
    assert apart(X, camera)[0] < 1e-6
    assert apart(Z, board)[0] < 1e-6


@given(seed=st.integers(0, 10_000), size=st.floats(0.8, 1.25))
@settings(max_examples=15)
def test_the_true_size_of_a_wrongly_measured_board_is_found(seed: int, size: float) -> None:
    _, _, hand, boards = drawn(seed, 10)
    boards[:, :3, 3] /= size
    assert scale(hand, boards) == pytest.approx(size, rel=1e-6)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10)
def test_hand_and_camera_turn_alike_wherever_the_camera_is(seed: int) -> None:
    _, _, hand, boards = drawn(seed, 8)
    assert disagreement(hand, boards).max() < 1e-7
    assert np.median(disagreement(np.roll(hand, 1, axis=0), boards)) > 0.02


def test_only_pairs_that_turn_far_are_used_unless_they_are_too_few() -> None:
    _, _, hand, _ = drawn(2, 12, degrees=40.0)
    first, second = wide_pairs(hand)
    angles = [apart(hand[i], hand[j])[1] for i, j in zip(first, second, strict=True)]
    assert min(angles) > np.radians(20)
    _, _, still, _ = drawn(2, 12, degrees=3.0)
    assert len(wide_pairs(still)[0]) == 12 * 11 // 2
