"""Views that give no lens: not of this board, mirrored, or with a motion of the board missing; which one."""

import numpy as np

from calibration.bundle_lens import Estimate, residuals
from calibration.errors import CalibrationError
from calibration.poses import Matrix
from calibration.robust_lens import Fit, spread
from calibration.sights import Sights
from calibration.uncertainty import Known

_FOCAL = 0.01
_CENTRE = 0.03
"""Sigmas, by the focal length and by the picture's width, beyond which a lens is a guess."""
_FOREIGN = 0.005
"""Spread of the residuals by the picture's width, where that is more."""
_ALIKE_RAD, _ALIKE = np.deg2rad(6), 0.08
_FLAT_RAD = np.deg2rad(12)


def refuse_foreign(sights: Sights, at: Estimate, least_px: float = 3.0) -> None:
    """Raises CalibrationError where the corners are not this board's at all, or the board is seen from behind.

    `least_px`: spread of the residuals below which nothing is said; a bent or stretched board stays far below 3 px.
    """
    off = spread(residuals(sights, at))
    if off > max(least_px, _FOREIGN * sights.size[0]):
        raise CalibrationError(
            f"the corners are {off:.0f} px from where any position of this board puts them: give the board that the"
            " pictures show, its columns and rows in this order, and look whether its corners were found rightly"
        )
    behind = at.poses[:, 2, 2] < 0
    if behind.mean() > 0.5:
        raise CalibrationError(
            f"{int(behind.sum())} of {len(behind)} views show the board from behind: the picture or the print is"
            " mirrored; turn the camera's mirror mode off, or print the board again"
        )


def refuse_open(fit: Fit, known: Known | None) -> Known:
    """What is known, if these views determine the lens; else raises CalibrationError naming the motion."""
    lens = fit.at.lens
    if known is not None:
        sigmas = known.sigmas
        focal = max(sigmas["fx"] / lens.K[0, 0], sigmas["fy"] / lens.K[1, 1])
        centre = max(sigmas["cx"], sigmas["cy"]) / lens.size[0]
        if focal < _FOCAL and centre < _CENTRE:
            return known
    raise CalibrationError(f"these {fit.sights.views} views leave the lens open: {missing(fit)}")


def missing(fit: Fit) -> str:
    """What to do about it."""
    tilts, places = _tilts(fit)
    away = np.linalg.norm(tilts - tilts.mean(axis=0), axis=1)
    if away.max() < _ALIKE_RAD and np.ptp(places, axis=0).max() < _ALIKE:
        return (
            "they are all alike; move the board all over the picture, near and far, and tilt it by 45 degrees each way"
        )
    if np.linalg.norm(tilts, axis=1).max() < _FLAT_RAD:
        return "the board faces the camera in all of them; tilt it by 30 to 45 degrees: left, right, up and down"
    if away.max() < _ALIKE_RAD:
        return "the board leans the same way in all of them; tilt it by 30 to 45 degrees to the other sides as well"
    spread = np.linalg.svd(tilts - tilts.mean(axis=0), compute_uv=False) / np.sqrt(len(tilts))
    if spread[1] < _ALIKE_RAD / 2:
        along = np.linalg.svd(tilts - tilts.mean(axis=0))[2][0]
        other = "up and down" if abs(along[0]) > abs(along[1]) else "to the left and to the right"
        return f"the board tilts along one line only; tilt it {other} as well, by 30 to 45 degrees"
    return "take more, nearer, until the board fills the picture, tilted by 45 degrees each way"


def _tilts(fit: Fit) -> tuple[Matrix, Matrix]:
    """Lean of the board (v, 2) rad to the right and down; its middle in the picture (v, 2) by the width.

    Off the camera's axis, not off the line of sight: boards that are parallel tell no more than one (Zhang, A Flexible
    New Technique for Camera Calibration, 2000, section 3.3).
    """
    sights = fit.sights
    normals = fit.at.poses[:, :3, 2]
    normals = normals * np.where(normals[:, 2:] < 0, -1, 1)
    places = np.stack([sights.corners[sights.view == view].mean(axis=0) for view in range(sights.views)])
    return np.arcsin(np.clip(normals[:, :2], -1, 1)), places / sights.size[0]
