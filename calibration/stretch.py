"""Whether the board is as its description says along x and along y: measured by the views themselves."""

from dataclasses import dataclass

import numpy as np

from calibration.board_shape import BEND, STRETCH
from calibration.bundle_lens import Free
from calibration.errors import CalibrationError
from calibration.robust_lens import Fit, fit
from calibration.uncertainty import known

_USEFUL = 0.002
"""1-sigma beyond which the views do not tell."""
_REFUSED = 0.05


@dataclass(frozen=True, slots=True)
class Stretch:
    """By which share the squares are longer along the board's x than along its y, and 1-sigma of that."""

    share: float
    sigma: float


def stretch(of: Fit) -> Stretch | None:
    """Solved as one more unknown, from all corners; None where the views do not tell it."""
    tried = fit(of.sights, of.at, Free(shape=(*BEND, *STRETCH)))
    found = known(tried)
    if found is None:
        return None
    at = len(tried.at.lens.parameters) + len(BEND)
    sigma = float(np.sqrt(max(found.covariance[at, at], 0)))
    return Stretch(float(tried.at.shape[2]), sigma) if sigma < _USEFUL else None


def refuse_stretched(by: Stretch | None) -> None:
    """Raises CalibrationError where no lens can be had with this board."""
    if by is not None and abs(by.share) > _REFUSED:
        longer = "longer" if by.share > 0 else "shorter"
        raise CalibrationError(
            f"the board's squares are {100 * abs(by.share):.1f} +- {100 * by.sigma:.2f} % {longer} along its x than"
            " along its y: measure both sides of the print, and print it again at 100 %, not fitted to the page"
        )
