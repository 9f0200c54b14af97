"""Does the arm stand, and where: the mean of its poses over the rest. Pure."""

from collections import deque

import numpy as np
from scipy.spatial.transform import Rotation

from calibration.poses import Matrix, apart

MOVED_M = 1e-4
"""An arm whose end effector went so far within the window does not stand."""
MOVED_RAD = 5e-4
WINDOW_NS = 350_000_000
"""The arm has to stand for so long: what still swings has settled then."""
_LEAST = 5  # states in a window


class Standstill:
    """Fed with states as they come; knows since when the arm stands."""

    def __init__(self) -> None:
        self._states: deque[tuple[int, Matrix]] = deque(maxlen=400)
        self.since_ns: int | None = None
        """Begin of the rest; None while the arm moves."""

    def feed(self, t_ns: int, pose: Matrix) -> None:
        """A state: O_T_EE (4, 4) at t_ns. One that was fed already changes nothing."""
        if self._states and t_ns <= self._states[-1][0]:
            return
        if not np.isfinite(pose).all():
            self._states.clear()
            self.since_ns = None
            return
        self._states.append((t_ns, pose))
        if self.since_ns is None:
            while len(self._states) > 1 and t_ns - self._states[0][0] > WINDOW_NS:
                self._states.popleft()
            whole = t_ns - self._states[0][0] > 0.8 * WINDOW_NS and len(self._states) >= _LEAST
            if whole and all(stands(self._states[0][1], one) for _, one in self._states):
                self.since_ns = self._states[0][0]
        elif not stands(self._states[0][1], pose):
            self._states.clear()
            self._states.append((t_ns, pose))
            self.since_ns = None

    @property
    def until_ns(self) -> int:
        """The last state's instant."""
        return self._states[-1][0]

    def mean(self) -> Matrix:
        """O_T_EE (4, 4) over the rest so far."""
        poses = np.stack([pose for _, pose in self._states])
        out = np.eye(4)
        out[:3, :3] = Rotation.from_matrix(poses[:, :3, :3]).mean().as_matrix()
        out[:3, 3] = poses[:, :3, 3].mean(axis=0)
        return out


def stands(one: Matrix, other: Matrix) -> bool:
    """Is it the same place?"""
    metres, radians = apart(one, other)
    return metres < MOVED_M and radians < MOVED_RAD
