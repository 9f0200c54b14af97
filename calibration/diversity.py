"""Whether a set of robot poses can tell where a camera is, before anything is solved; if not, what motion is missing.

The lever of the camera on the hand shows only in rotations: a common axis leaves the place along it open (Tsai and
Lenz 1989, lemmas on the accuracy of hand-eye), and small angles multiply the noise.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from calibration.poses import Matrix, Vector

LEAST_POSES, GOOD_POSES = 5, 15
LEAST_RATIO = 0.1
PAIR_DEG = (20.0, 160.0)
SPREAD_DEG = 40.0
"""Full range of turning that two axes must have for a good result; 30 deg to both sides is better still."""
STILL_DEG, STILL_M = 0.5, 0.005
_NOISE_M = 4.5e-4  # one pose of the board seen by a good robot's camera: 0.3 mm, and 0.05 deg at 0.4 m
_AXES = ("x", "y", "z")


@dataclass(frozen=True, slots=True)
class Diversity:
    """How much a set of robot poses turns the hand.

    range_deg: from the least to the greatest turn about the hand's own x, y and z; ratio: least over greatest
    eigenvalue of sum(I - a a') over the axes `a` of all pairs of poses, 0 where all turn about one axis, 1 at best;
    pairs: those that differ by 20 to 160 deg; expected_mm: 1-sigma of the camera's place to expect with a robot of
    0.3 mm and 0.05 deg; solvable: a solution exists; enough: it will be good; advice: what to do next.
    """

    poses: int
    range_deg: tuple[float, float, float]
    ratio: float
    pairs: int
    expected_mm: float
    solvable: bool
    enough: bool
    advice: str


def diversity(T_base_ee: Matrix) -> Diversity:
    """Of robot poses (k, 4, 4); those with numbers that are not finite do not count."""
    poses = np.asarray(T_base_ee, np.float64).reshape(-1, 4, 4)
    poses = poses[np.isfinite(poses).all(axis=(1, 2))]
    turns = _turns(poses)
    angles, axes = _pairs(poses)
    ratio = _ratio(axes[angles > math.radians(STILL_DEG)])
    wide = np.degrees(angles)
    pairs = int(((wide >= PAIR_DEG[0]) & (wide <= PAIR_DEG[1])).sum())
    spread = np.ptp(turns, axis=0) if len(turns) else np.zeros(3)
    second = _second_spread(turns)
    solvable = len(poses) >= 3 and second > 4 * STILL_DEG and ratio > 0.01
    problem = _problem(poses, spread, ratio, second, pairs)
    x, y, z = (float(r) for r in spread)
    return Diversity(
        len(poses), (x, y, z), ratio, pairs, _expected_mm(poses), solvable, not problem, problem or _better(spread)
    )


def _turns(poses: Matrix) -> Vector:
    """Rotation of each pose against their mean, (k, 3) deg, in the hand's own axes."""
    if len(poses) < 2:
        return np.zeros((len(poses), 3))
    turned = Rotation.from_matrix(poses[:, :3, :3])
    return np.degrees((turned.mean().inv() * turned).as_rotvec())


def _pairs(poses: Matrix) -> tuple[Vector, NDArray[np.float64]]:
    """Angle (p,) rad and axis (p, 3) of the motion between all pairs, in the hand's axes."""
    first, second = np.triu_indices(len(poses), 1)
    if len(first) == 0:
        return np.zeros(0), np.zeros((0, 3))
    turned = Rotation.from_matrix(poses[:, :3, :3])
    vectors = (turned[first].inv() * turned[second]).as_rotvec()
    angles = np.linalg.norm(vectors, axis=1)
    return angles, vectors / np.maximum(angles, 1e-12)[:, None]


def _ratio(axes: NDArray[np.float64]) -> float:
    if len(axes) == 0:
        return 0.0
    values = np.linalg.eigvalsh(len(axes) * np.eye(3) - axes.T @ axes)
    return float(max(values[0], 0.0) / values[-1])


def _second_spread(turns: Vector) -> float:
    """Range of turning about the second best direction, deg: what a single axis has none of."""
    if len(turns) < 2:
        return 0.0
    _, directions = np.linalg.eigh(turns.T @ turns)
    return float(np.ptp(turns @ directions[:, 1]))


def _problem(poses: Matrix, spread: Vector, ratio: float, second: float, pairs: int) -> str:
    """The one thing that is most in the way, and the motion that mends it; empty if none is."""
    least, middle, most = (int(i) for i in np.argsort(spread))
    if len(poses) < 2:
        return "move the hand and turn it about its x by 30 deg, then rest"
    if spread[most] < STILL_DEG * 4:
        moved = np.ptp(poses[:, :3, 3], axis=0).max() > STILL_M
        what = "moves without turning" if moved else "stands still"
        return f"the hand only {what}: turn it about its x and about its y, 30 deg to both sides each"
    if ratio < LEAST_RATIO or second < SPREAD_DEG / 5:
        return (
            f"the hand turns about one axis alone, mostly its {_AXES[most]} ({spread[most]:.0f} deg in all): turn it"
            f" about its {_AXES[least]}, now {spread[least]:.0f} deg, and its {_AXES[middle]}, now"
            f" {spread[middle]:.0f} deg, 30 deg to both sides"
        )
    if second < SPREAD_DEG or pairs < len(poses):
        few = [i for i in (least, middle, most) if spread[i] < SPREAD_DEG] or [least]
        named = " and ".join(f"its {_AXES[i]} (now {spread[i]:.0f} deg in all)" for i in sorted(few))
        return f"the turns are small: turn the hand about {named}, 30 deg to both sides"
    if len(poses) < LEAST_POSES:
        return f"take {LEAST_POSES - len(poses)} poses more, each turned about another axis"
    return ""


def _better(spread: Vector) -> str:
    """What would still help though there is enough."""
    least = int(np.argmin(spread))
    if spread[least] < SPREAD_DEG:
        return f"enough; turning about the hand's {_AXES[least]} (now {spread[least]:.0f} deg in all) makes it better"
    return "enough"


def _expected_mm(poses: Matrix) -> float:
    """1-sigma of the place, mm: of t in R_k t + t_k = the board's place, the latter the same for all poses."""
    if len(poses) < 3:
        return math.inf
    apart = poses[:, :3, :3] - poses[:, :3, :3].mean(axis=0)
    values = np.linalg.eigvalsh(np.einsum("kij,kil->jl", apart, apart))
    if values[0] < 1e-9:
        return math.inf
    return float(1e3 * _NOISE_M * math.sqrt((1.0 / values).sum()))
