"""Normal equations whose small independent blocks are eliminated: the errors of robot poses, one block a pose.

Triggs and others 1999, "Bundle adjustment: a modern synthesis", section 6.1: the Schur complement.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from calibration.poses import Matrix, Vector

Rows = dict[str, slice]


class Layout:
    """Where each unknown stands: `kept` ones in one dense matrix, `alone` ones that no equation holds two of."""

    def __init__(self, sizes: Mapping[str, int], together: Iterable[Sequence[str]]) -> None:
        beside: dict[str, set[str]] = {name: set() for name in sizes}
        for names in together:
            for name in names:
                beside[name].update(names)
        least = sorted((name for name in sizes if sizes[name] == 6), key=lambda name: len(beside[name]))
        alone: list[str] = []
        for name in least[: len(sizes) - 1]:
            if not beside[name].intersection(alone):
                alone.append(name)
        self.alone = {name: i for i, name in enumerate(alone)}
        self.kept: Rows = {}
        at = 0
        for name, size in sizes.items():
            if name not in self.alone:
                self.kept[name] = slice(at, at + size)
                at += size
        self.size = at


class Normal:
    """`H x = -g` in blocks, and the right side's counterpart `of_lens` (unknowns by lens parameters) of each camera."""

    def __init__(self, layout: Layout, lens_sizes: Mapping[str, int]) -> None:
        size, count = layout.size, len(layout.alone)
        self.layout = layout
        self._kept, self._cross, self._alone = (
            np.zeros((size, size)),
            np.zeros((count, 6, size)),
            np.zeros((count, 6, 6)),
        )
        self._g_kept, self._g_alone = np.zeros(size), np.zeros((count, 6))
        self._lens = {name: (np.zeros((size, n)), np.zeros((count, 6, n))) for name, n in lens_sizes.items()}

    def add(self, blocks: Mapping[str, Matrix], off: Vector, camera: str, of_lens: Matrix) -> None:
        """Equations: `off` (m,) less `blocks` (m, 6 or 1) times the unknowns should be nothing; all in sigmas."""
        kept = [name for name in blocks if name in self.layout.kept]
        lens_kept, lens_alone = self._lens[camera]
        J = np.concatenate([np.zeros((len(off), 0)), *(blocks[name] for name in kept)], axis=1)
        where = self._where(kept)
        self._kept[np.ix_(where, where)] += J.T @ J
        self._g_kept[where] -= J.T @ off
        lens_kept[where] += J.T @ of_lens
        for name in blocks:
            if name in self.layout.alone:
                i, own = self.layout.alone[name], blocks[name]
                self._alone[i] += own.T @ own
                self._g_alone[i] -= own.T @ off
                self._cross[i][:, where] += own.T @ J
                lens_alone[i] += own.T @ of_lens

    def expect(self, name: str, weight: Matrix, off: Vector) -> None:
        """An unknown of n numbers expected to have moved by `off` (n,) less than it has, its weight (n, n)."""
        if name in self.layout.alone:
            i = self.layout.alone[name]
            self._alone[i] += weight
            self._g_alone[i] += weight @ off
        else:
            rows = self.layout.kept[name]
            self._kept[rows, rows] += weight
            self._g_kept[rows] += weight @ off

    def solve(self, damping: float) -> dict[str, Vector]:
        """The step of each unknown, its diagonal enlarged by `damping` of itself (Marquardt)."""
        kept = self._kept + damping * np.diag(np.diag(self._kept))
        alone = self._alone * (1.0 + damping * np.eye(6))
        through = np.linalg.solve(alone, np.concatenate([self._cross, self._g_alone[:, :, None]], axis=2))
        W, straight = through[:, :, :-1], through[:, :, -1]
        reduced = kept - np.einsum("kia,kib->ab", self._cross, W)
        right = self._g_kept - np.einsum("kia,ki->a", self._cross, straight)
        moved = -np.asarray(np.linalg.solve(reduced, right), np.float64)
        others = -straight - W @ moved
        steps: dict[str, Vector] = {name: moved[rows] for name, rows in self.layout.kept.items()}
        return steps | {name: others[i] for name, i in self.layout.alone.items()}

    def inverse(self) -> "Inverse":
        """For covariances."""
        own = np.asarray(np.linalg.inv(self._alone), np.float64)
        W = own @ self._cross
        reduced = self._kept - np.einsum("kia,kib->ab", self._cross, W)
        lens = {name: (kept - np.einsum("kia,kib->ab", W, alone), alone) for name, (kept, alone) in self._lens.items()}
        return Inverse(self.layout, np.asarray(np.linalg.inv(reduced), np.float64), W, own, lens)

    def _where(self, names: Sequence[str]) -> NDArray[np.intp]:
        return where(self.layout.kept, names)


class Inverse:
    """Of the normal equations, so far as it is asked for."""

    def __init__(
        self, layout: Layout, kept: Matrix, W: Matrix, own: Matrix, lens: dict[str, tuple[Matrix, Matrix]]
    ) -> None:
        self._layout, self._kept, self._W, self._own, self._lens = layout, kept, W, own, lens

    def covariance(self, *names: str) -> Matrix:
        """Of unknowns that are kept, together, or of one that stands alone."""
        if names[0] in self._layout.alone:
            i = self._layout.alone[names[0]]
            return self._own[i] + self._W[i] @ self._kept @ self._W[i].T
        rows = where(self._layout.kept, names)
        return self._kept[np.ix_(rows, rows)]

    def lens_effect(self, camera: str, lens_covariance: Matrix, name: str) -> Matrix:
        """What an uncertain lens, taken as it is, adds to the covariance of an unknown."""
        of_kept, of_alone = self._lens[camera]
        if name in self._layout.alone:
            i = self._layout.alone[name]
            moved = self._own[i] @ of_alone[i] - self._W[i] @ self._kept @ of_kept
        else:
            moved = self._kept[self._layout.kept[name]] @ of_kept
        return moved @ lens_covariance @ moved.T


def where(rows: Rows, names: Iterable[str]) -> NDArray[np.intp]:
    """Row numbers of these, one after the other."""
    parts = [np.arange(rows[name].start, rows[name].stop, dtype=np.intp) for name in names]
    return np.concatenate([np.zeros(0, np.intp), *parts])
