"""One bundle adjustment for all that hangs together rigidly: cameras, boards, arms, and how wrong the arms' poses are.

A camera and a board are each at the end of a chain of motions from the first arm's base; every corner compares two
such chains. Motions are known (a matrix) or unknown (a name); some unknown ones are expected near the identity, as the
error of what a robot says of its own pose is. Corrections are twists on the right of a motion. Levenberg-Marquardt,
Huber's weights on corners and on robot poses, derivatives in closed form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from calibration.bundle_chain import SCALE, Chains, Sight
from calibration.bundle_normal import Inverse, Layout, Normal
from calibration.lens import Lens
from calibration.poses import Matrix, Vector, from_twist, to_twist
from calibration.projection import project
from calibration.slack import Slack

HUBER = 2.5
"""Sigmas of a corner's distance beyond which it counts less: 4 % of good ones lie there."""
HUBER_POSE = 4.5
"""The same of a robot pose's six numbers together: 0.2 %."""
_ENOUGH = 1e-6  # of the cost that a last step gained


@dataclass(frozen=True, slots=True)
class Problem:
    """What is asked.

    unknown: start of every unknown motion by name; near: for those that are expected near the identity, how near;
    noise: the 1-sigmas that this is told in, by name; pixel: 1-sigma of a corner's x or y, px; scale: whether the
    boards' size is unknown too; angles: by name, how many unknown ones a link of a chain turns by, and their 1-sigma.
    """

    lenses: Mapping[str, Lens]
    sights: Sequence[Sight]
    unknown: dict[str, Matrix]
    near: dict[str, Slack] = field(default_factory=dict[str, Slack])
    noise: dict[str, float] = field(default_factory=dict[str, float])
    pixel: float = 0.2
    scale: bool = False
    angles: dict[str, tuple[int, float]] = field(default_factory=dict[str, tuple[int, float]])

    @property
    def expected(self) -> Matrix:
        """Covariance (k, 6, 6) of those that are expected near the identity."""
        return np.stack([slack.covariance(self.noise) for slack in self.near.values()])


@dataclass(frozen=True, slots=True)
class Solution:
    """What was found. `residuals`: (n, 2) px a sight, seen less computed; `scale`: of the boards, true over told.

    `angles`: rad, by name.
    """

    motions: dict[str, Matrix]
    angles: dict[str, Vector]
    scale: float
    residuals: tuple[NDArray[np.float64], ...]
    cost: float
    inverse: Inverse

    def covariance(self, *names: str) -> Matrix:
        """Of the twists that correct these motions, (6 k, 6 k) m and rad; whatever else is unknown is allowed for."""
        return self.inverse.covariance(*names)


def adjust(problem: Problem, steps: int = 30) -> Solution:
    """Solve it from where it starts."""
    sizes = dict.fromkeys(problem.unknown, 6) | {name: n for name, (n, _) in problem.angles.items()}
    sizes |= {SCALE: 1} if problem.scale else {}
    layout = Layout(sizes, [[*sight.names, *((SCALE,) if problem.scale else ())] for sight in problem.sights])
    weights = np.linalg.inv(problem.expected).astype(np.float64) if problem.near else np.zeros((0, 6, 6))
    motions, scale = dict(problem.unknown), 1.0
    angles: dict[str, Vector] = {name: np.zeros(n) for name, (n, _) in problem.angles.items()}
    at = _Estimate(problem, layout, weights, motions, angles, scale)
    damping = 1e-4
    for _ in range(steps):
        change = at.normal.solve(damping)
        tried = _moved(motions, change)
        larger = scale * float(np.exp(change[SCALE][0])) if problem.scale else 1.0
        turned = {name: at_now + change[name] for name, at_now in angles.items()}
        after = _Estimate(problem, layout, weights, tried, turned, larger)
        gained = at.cost - after.cost
        if gained >= 0:
            motions, angles, scale, at = tried, turned, larger, after
            damping = max(damping / 10, 1e-12)
            if gained < _ENOUGH * (1.0 + at.cost):
                break
        else:
            damping *= 10
            if damping > 1e8:
                break
    return Solution(motions, angles, scale, at.residuals, at.cost, at.normal.inverse())


def _moved(motions: dict[str, Matrix], change: Mapping[str, Vector]) -> dict[str, Matrix]:
    moved = np.stack(list(motions.values())) @ from_twist(np.stack([change[name] for name in motions]))
    return dict(zip(motions, moved, strict=True))


class _Estimate:
    """Cost, residuals and normal equations of one set of motions."""

    def __init__(
        self, problem: Problem, layout: Layout, weights: Matrix, motions: dict[str, Matrix],
        angles: dict[str, Vector], scale: float,
    ) -> None:  # fmt: skip
        self.normal = Normal(layout, {name: len(lens.parameters) for name, lens in problem.lenses.items()})
        self.cost = 0.0
        residuals: list[NDArray[np.float64]] = [np.zeros((0, 2))] * len(problem.sights)
        for camera in problem.lenses:
            self._corners(problem, camera, motions, angles, scale, residuals)
        self.residuals = tuple(residuals)
        self._expectations(problem, weights, motions)
        for name, (n, sigma) in problem.angles.items():
            self.cost += float(angles[name] @ angles[name]) / sigma**2 / 2
            self.normal.expect(name, np.eye(n) / sigma**2, angles[name])

    def _corners(
        self,
        problem: Problem,
        camera: str,
        motions: dict[str, Matrix],
        angles: dict[str, Vector],
        scale: float,
        residuals: list[NDArray[np.float64]],
    ) -> None:
        """All sights of one camera, projected at once."""
        mine = ((i, sight) for i, sight in enumerate(problem.sights) if sight.camera == camera)
        chains = {i: Chains(sight, motions, scale, angles) for i, sight in mine}
        if not chains:
            return
        seen, of_lens, of_point = project(
            problem.lenses[camera], np.concatenate([c.in_camera for c in chains.values()])
        )
        at = 0
        for i, chain in chains.items():
            rows = slice(at, at + len(chain.in_camera))
            at = rows.stop
            residuals[i] = problem.sights[i].corners - seen[rows]
            far = np.linalg.norm(residuals[i], axis=1) / problem.pixel
            self.cost += _huber(far, HUBER)
            root = np.sqrt(np.minimum(1.0, HUBER / np.maximum(far, 1e-12)))[:, None] / problem.pixel
            blocks = {
                name: (block * root[..., None]).reshape(2 * len(far), -1)
                for name, block in chain.derivatives(of_point[rows], scaled=problem.scale).items()
            }
            lens = (of_lens[rows] * root[..., None]).reshape(2 * len(far), -1)
            self.normal.add(blocks, (residuals[i] * root).ravel(), camera, lens)

    def _expectations(self, problem: Problem, weights: Matrix, motions: dict[str, Matrix]) -> None:
        if not problem.near:
            return
        off = to_twist(np.stack([motions[name] for name in problem.near]))
        far = np.sqrt(np.einsum("ki,kij,kj->k", off, weights, off))
        self.cost += _huber(far, HUBER_POSE)
        share = np.minimum(1.0, HUBER_POSE / np.maximum(far, 1e-12))
        for name, w, weight, moved in zip(problem.near, share, weights, off, strict=True):
            self.normal.expect(name, w * weight, moved)


def _huber(far: Vector, knee: float) -> float:
    squares: Vector = np.where(far <= knee, far**2, 2 * knee * far - knee**2)
    return float(np.sum(squares)) / 2
