"""The bundle adjustment: its derivatives, its elimination and its covariance are what they claim."""

from collections.abc import Callable

import numpy as np
import pytest

from calibration.bundle import Problem, adjust
from calibration.bundle_chain import SCALE, Chains, Sight
from calibration.bundle_normal import Layout
from calibration.lens import Lens, LensModel
from calibration.poses import Matrix, Vector, apart, from_twist, inverse
from calibration.projection import project
from calibration.slack import place, rigid, turn
from tests.calibration.synthetic_mounts import BOARD, LENS, T_BOARD, T_CAMERA, moved, scene

POINTS = BOARD.points()
STEP = 1e-6


def lens(model: LensModel) -> Lens:
    dist = {"pinhole": [], "5p": [0.05, -0.1, 1e-3, -5e-4, 0.02], "fisheye": [0.02, -0.01, 0.002, 0.0]}
    return Lens(model, LENS.K, np.array(dist[model]), LENS.size)


def numeric(function: Callable[[Vector], Matrix], at: Vector) -> Matrix:
    """Derivatives (n, 2, k) by central differences."""
    columns = [(function(at + d) - function(at - d)) / (2 * STEP) for d in STEP * np.eye(len(at))]
    return np.stack(columns, axis=-1)


@pytest.mark.parametrize("model", ["pinhole", "5p", "fisheye"])
def test_every_motion_of_both_chains_moves_the_corners_as_told(model: LensModel) -> None:
    drawn = scene(1)
    of = lens(model)
    error = from_twist(np.array([1e-3, -2e-3, 1e-3, 0.01, 0.02, -0.01]))
    motions = {"camera": T_CAMERA, "board": T_BOARD, "robot": error}
    sight = Sight("c", POINTS, np.zeros((54, 2)), (drawn.T_base_ee[0], "robot", "camera"), ("board",))

    def seen(name: str) -> Callable[[Vector], Matrix]:
        def at(change: Vector) -> Matrix:
            there = motions | ({name: motions[name] @ from_twist(change)} if name != SCALE else {})
            scale = 1.02 * float(np.exp(change[0])) if name == SCALE else 1.02
            return of.project(Chains(sight, there, scale).in_camera)

        return at

    chains = Chains(sight, motions, 1.02)
    _, _, of_point = project(of, chains.in_camera)
    told = chains.derivatives(of_point, scaled=True)
    assert set(told) == {"camera", "board", "robot", SCALE}
    for name, derivative in told.items():
        assert np.allclose(derivative, numeric(seen(name), np.zeros(1 if name == SCALE else 6)), atol=2e-4), name


def test_a_motion_on_both_sides_counts_twice() -> None:
    """The base of an arm whose camera looks at a board on its own hand does not move the picture."""
    sight = Sight("c", POINTS, np.zeros((54, 2)), ("base", T_CAMERA), ("base", T_BOARD))
    chains = Chains(sight, {"base": from_twist(np.array([0.1, 0.2, 0, 0.3, 0, 0.1]))}, 1.0)
    _, _, of_point = project(LENS, chains.in_camera)
    assert np.allclose(chains.derivatives(of_point, scaled=False)["base"], 0.0, atol=1e-6)


def problem(count: int = 8, pixel: float = 0.0, seed: int = 2) -> Problem:
    """A hand-eye whose start is 2 cm and 2 deg off; the poses are exact."""
    drawn = scene(seed)
    rng = np.random.default_rng(seed)
    sights: list[Sight] = []
    for i in range(count):
        view, pose = drawn.views[i], drawn.T_base_ee_true[i]
        camera = inverse(pose @ T_CAMERA) @ T_BOARD
        corners = LENS.project(moved(camera, POINTS)) + rng.normal(0, pixel, (54, 2))
        sights.append(Sight("c", POINTS[view.ids], corners, (pose, f"robot {i}", "camera"), ("board",)))
    off = from_twist(np.array([0.02, -0.02, 0.01, 0.03, -0.03, 0.02]))
    unknown = {"camera": T_CAMERA @ off, "board": T_BOARD @ off} | {f"robot {i}": np.eye(4) for i in range(count)}
    near = {f"robot {i}": rigid("robot") for i in range(count)}
    noise = {place("robot"): 3e-4, turn("robot"): 8.7e-4}
    return Problem({"c": LENS}, sights, unknown, near, noise, max(pixel, 0.1))


def test_without_noise_the_truth_is_found() -> None:
    found = adjust(problem())
    assert apart(found.motions["camera"], T_CAMERA)[0] < 1e-7
    assert apart(found.motions["board"], T_BOARD)[1] < 1e-7
    assert max(float(np.abs(off).max()) for off in found.residuals) < 1e-4


def test_the_covariance_is_the_inverse_of_the_whole_normal_matrix() -> None:
    """Against derivatives by differences, nothing eliminated."""
    asked = problem(5, pixel=0.1)
    found = adjust(asked)
    names = list(asked.unknown)

    def all_seen(change: Vector) -> Matrix:
        moved_by = {name: found.motions[name] @ from_twist(change[6 * i : 6 * i + 6]) for i, name in enumerate(names)}
        return np.concatenate([LENS.project(Chains(s, moved_by, 1.0).in_camera) for s in asked.sights])

    far = np.linalg.norm(np.concatenate(found.residuals), axis=1) / asked.pixel
    weight = np.sqrt(np.minimum(1.0, 2.5 / far)) / asked.pixel
    J = (numeric(all_seen, np.zeros(6 * len(names))) * weight[:, None, None]).reshape(-1, 6 * len(names))
    H = J.T @ J
    for i, name in enumerate(names):
        if name in asked.near:
            H[6 * i : 6 * i + 6, 6 * i : 6 * i + 6] += np.diag(1 / np.repeat([3e-4, 8.7e-4], 3) ** 2)
    whole = np.asarray(np.linalg.inv(H), np.float64)
    assert np.allclose(found.covariance("camera", "board"), whole[:12, :12], rtol=1e-3, atol=1e-14)
    assert np.allclose(found.covariance("robot 2"), whole[24:30, 24:30], rtol=1e-3, atol=1e-14)


def test_poses_that_never_meet_are_eliminated_and_those_that_do_are_not() -> None:
    single = Layout({"camera": 6, "board": 6, "a": 6, "b": 6}, [["a", "camera", "board"], ["b", "camera", "board"]])
    assert set(single.alone) == {"a", "b"}
    assert single.size == 12
    coupled = Layout({"a": 6, "b": 6, "camera": 6}, [["a", "b", "camera"]])
    assert len(coupled.alone) == 1


def test_an_uncertain_lens_widens_what_depends_on_it() -> None:
    found = adjust(problem(8, pixel=0.1))
    lens_covariance = np.diag([1.0, 1.0, 4.0, 4.0])
    widened = found.inverse.lens_effect("c", lens_covariance, "camera")
    shifted = Lens("pinhole", LENS.K + np.array([[0, 0, 2.0], [0, 0, 0], [0, 0, 0]]), np.zeros(0), LENS.size)
    asked = problem(8, pixel=0.1)
    off = adjust(Problem({"c": shifted}, asked.sights, asked.unknown, asked.near, asked.noise, asked.pixel))
    moved_by = np.linalg.norm(off.motions["camera"][:3, 3] - found.motions["camera"][:3, 3])
    assert np.sqrt(np.trace(widened[:3, :3])) > 0.5 * moved_by > 1e-5
