"""A picture's two chains of motions, from the first base to the camera and to the board, and what moves its corners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.poses import Matrix, Vector, from_twist
from calibration.projection import skewed


@dataclass(frozen=True, slots=True)
class Turned:
    """The small motion of a hand whose joints are off by unknown angles, the same at every pose.

    `name`: of the angles (n,) rad; `J`: twist (6, n) of a unit of them at this pose.
    """

    name: str
    J: Matrix


Link = str | Matrix | Turned
"""A motion of a chain: the name of an unknown one, a known one (4, 4), or one by unknown angles."""
Angles = Mapping[str, Vector]
SCALE = "scale"
"""Name of the boards' common size, where it is unknown."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One picture of a board. `points` (n, 3) m in the board's frame, `corners` (n, 2) px."""

    camera: str
    points: Matrix
    corners: NDArray[np.float64]
    to_camera: tuple[Link, ...]
    to_board: tuple[Link, ...]

    @property
    def names(self) -> list[str]:
        """The unknown motions in it."""
        links = (*self.to_camera, *self.to_board)
        return list(dict.fromkeys(name for link in links if (name := _name(link)) is not None))


class Chains:
    """A sight at one estimate. `in_camera`: (n, 3) m, the board's points in the camera's frame."""

    def __init__(self, sight: Sight, motions: Mapping[str, Matrix], scale: float, angles: Angles | None = None) -> None:
        self._sight = sight
        self._behind_camera = _frames(sight.to_camera, motions, angles or {})
        self._behind_board = _frames(sight.to_board, motions, angles or {})
        self._camera = self._behind_camera[-1] if self._behind_camera else np.eye(4)
        self._board = self._behind_board[-1] if self._behind_board else np.eye(4)
        self._points = scale * sight.points @ self._board[:3, :3].T + self._board[:3, 3]
        self.in_camera = (self._points - self._camera[:3, 3]) @ self._camera[:3, :3]

    def derivatives(self, of_point: Matrix, *, scaled: bool) -> dict[str, Matrix]:
        """Pixels (n, 2, 6) by each unknown motion, (n, 2, m) by m angles, (n, 2, 1) by the boards' size if unknown.

        A point at `p` in the frame behind a motion moves there by `v + w x p`; the camera sees this turned.
        """
        sides = (
            (self._sight.to_camera, self._behind_camera, -1.0),
            (self._sight.to_board, self._behind_board, 1.0),
        )
        out: dict[str, Matrix] = {}
        for links, frames, sign in sides:
            for link, frame in zip(links, frames, strict=True):
                if (name := _name(link)) is not None:
                    there = (self._points - frame[:3, 3]) @ frame[:3, :3]
                    seen = of_point @ (sign * self._camera[:3, :3].T @ frame[:3, :3])
                    block = np.concatenate([seen, -seen @ skewed(there)], axis=2)
                    block = block @ link.J if isinstance(link, Turned) else block
                    out[name] = out[name] + block if name in out else block
        if scaled:
            grown = (self._points - self._board[:3, 3]) @ self._camera[:3, :3]
            out[SCALE] = of_point @ grown[:, :, None]
        return out


def _name(link: Link) -> str | None:
    """Of what is unknown in it."""
    match link:
        case str():
            return link
        case Turned():
            return link.name
        case _:
            return None


def _frames(links: Sequence[Link], motions: Mapping[str, Matrix], angles: Angles) -> list[Matrix]:
    """From the first base up to and with each motion."""
    out: list[Matrix] = []
    at = np.eye(4)
    for link in links:
        at = at @ motion(link, motions, angles)
        out.append(at)
    return out


def motion(link: Link, motions: Mapping[str, Matrix], angles: Angles) -> Matrix:
    """Of a link, (4, 4); angles that nobody tells are nothing."""
    match link:
        case str():
            return motions[link]
        case Turned():
            return from_twist(link.J @ angles[link.name]) if link.name in angles else np.eye(4)
        case _:
            return link
