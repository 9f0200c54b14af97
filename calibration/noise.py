"""How much noise there really is: each 1-sigma from the residuals, drawn to what is supposed of it."""

import math
from collections.abc import Mapping

import numpy as np

from calibration.bundle import HUBER, HUBER_POSE, Problem, Solution
from calibration.poses import Matrix, Vector, to_twist
from calibration.slack import offsets

_LEAST_PIXEL = 0.03  # no corner is known better
_SURE = 4.0  # sigmas
_TRUST = 3.0  # what is supposed of a robot counts like this many figures that were measured


def slacks(problem: Problem, solution: Solution) -> Vector:
    """What each motion that is expected near the identity is off by, (k, 6) m and rad."""
    return to_twist(np.stack([solution.motions[name] for name in problem.near]))


def distances(problem: Problem, solution: Solution) -> Vector:
    """How far that is, (k,), in sigmas of all six numbers together."""
    off, C = slacks(problem, solution), problem.expected
    return np.sqrt(np.einsum("ki,ki->k", off, np.linalg.solve(C, off[:, :, None])[..., 0]))


def components(problem: Problem, solution: Solution, supposed: Mapping[str, float]) -> tuple[dict[str, float], float]:
    """Each noise that is `supposed` found anew, m and rad, the others as they are; and of a corner's x or y, px.

    Squares of the residuals over their share of the redundancy (Foerstner 1979, variance components), for noises that
    share their residuals by Rao 1973's quadratic forms: of C = sum of s_i^2 S_i that of s_i is e' C^-1 S_i C^-1 e.
    """
    names = list(problem.near)
    off, C = slacks(problem, solution), problem.expected
    through = np.asarray(np.linalg.inv(C), np.float64)
    weighed = np.einsum("kij,kj->ki", through, off)
    far = np.sqrt(np.einsum("ki,ki->k", off, weighed))
    weight = np.minimum(1.0, HUBER_POSE / np.maximum(far, 1e-12))
    left = C - weight[:, None, None] * np.stack([solution.covariance(name) for name in names])
    redundant = through @ left @ through
    found = dict(problem.noise)
    for noise, told in supposed.items():
        S = np.stack([slack.share(noise) for slack in problem.near.values()])
        variance = problem.noise[noise] ** 2
        squares = variance**2 * float((weight * np.einsum("ki,kij,kj->k", weighed, S, weighed)).sum())
        share = variance * max(float(np.einsum("kij,kji->", S, redundant)), 0.0)
        found[noise] = math.sqrt((squares + _TRUST * told**2) / (share + _TRUST))
    return found, _pixel(problem, solution, float(np.einsum("kij,kji->", C, redundant)))


def offset_notes(arm: str, name: str, solution: Solution) -> list[str]:
    """Of each joint whose zero is surely off, by how much; `name`: of the noise of that arm."""
    if offsets(name) not in solution.angles:
        return []
    off, sigmas = solution.angles[offsets(name)], np.sqrt(np.diag(solution.covariance(offsets(name))))
    return [
        f"{arm}: joint {i + 2} stands {math.degrees(off[i]):+.2f} deg (+- {math.degrees(sigmas[i]):.2f}) from where it"
        " says it does; allowed for here"
        for i in np.flatnonzero(np.abs(off) > _SURE * sigmas).tolist()
    ]


def _pixel(problem: Problem, solution: Solution, redundant: float) -> float:
    off: Matrix = np.concatenate(solution.residuals)
    far = np.linalg.norm(off, axis=1)
    kept = float((np.minimum(1.0, HUBER * problem.pixel / np.maximum(far, 1e-12)) * far**2).sum())
    free = 2 * len(off) - 6 * (len(problem.unknown) - len(problem.near)) - redundant
    return max(_LEAST_PIXEL, math.sqrt(kept / max(free, 1.0)))
