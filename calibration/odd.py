"""Robot poses and views that are wrong by far more than the others: named, and left out of a fit; a fifth at most."""

import numpy as np
from numpy.typing import NDArray

from calibration.poses import Vector

ROUNDS = 3
"""A large one hides smaller ones: look again once it is out, so often at most."""
_POSE = 6.0  # sigmas of all six numbers: one in 10^5 good poses
_VIEW_TIMES, _VIEW_PX = 2.5, 1.0  # of the views' median distance, and so much beyond it
_TIMES = 4.0  # of the median distance: a robot that is worse than supposed is so at every pose
_MOST = 0.2


def odd_poses(far: Vector) -> NDArray[np.bool_]:
    """Of one arm's poses, each `far` (k,) sigmas off."""
    return far > max(_POSE, _TIMES * float(np.median(far)))


def odd_views(rms_px: Vector) -> NDArray[np.bool_]:
    """Of one camera's views, by the rms distance (k,) px of their corners: boards that were seen wrongly, or moved."""
    median = float(np.median(rms_px))
    return rms_px > max(_VIEW_TIMES * median, median + _VIEW_PX)


def few(odd: NDArray[np.bool_], before: int = 0) -> bool:
    """Whether some are odd and, with those `before` them, no more than may be left out."""
    return bool(odd.any()) and odd.sum() + before <= _MOST * (len(odd) + before)


def pose_note(name: str, slack: Vector) -> str:
    """Of an odd pose, by the view taken at it; slack: (6,) m and rad."""
    shift, turn = 1e3 * np.linalg.norm(slack[:3]), np.degrees(np.linalg.norm(slack[3:]))
    return (
        f"{name}: left out, the robot's pose there is off by {shift:.1f} mm and {turn:.2f} deg, far more"
        " than at the others, or the board was seen wrongly"
    )


def view_note(name: str, rms_px: float) -> str:
    """Of an odd view."""
    return (
        f"{name}: left out, its corners are {rms_px:.1f} px from where all others put them: the board was seen wrongly,"
        " or it moved"
    )
