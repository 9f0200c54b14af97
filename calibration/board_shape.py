"""What a printed board may be instead of a flat one of square squares: bent, or longer along x than it says.

`shape` is (3,): how far the board's middle stands out along x and along y (m), and by which share it is longer along x
than its description says, y being true. The bend is a parabola each way, as in mrcal's docs/formulation.org ("board
deformation"). That ALL squares are larger or smaller by the same share moves no corner of any picture: a lens cannot
show it, a hand-eye calibration can.
"""

import numpy as np

from calibration.poses import Matrix, Vector
from calibration.sights import Sights

FLAT: Vector = np.zeros(3)
BEND = (0, 1)
"""Indices of the bend in a shape."""
STRETCH = (2,)
"""Index of the stretch."""


def shaped(sights: Sights, shape: Vector) -> Matrix:
    """Where the corners (N, 3) m are on a board of this shape, in its frame."""
    return sights.points + shape_jacobian(sights) @ shape


def shape_jacobian(sights: Sights) -> Matrix:
    """Derivative (N, 3, 3) of the same by the shape: linear, so it holds anywhere."""
    out = np.zeros((len(sights.points), 3, 3))
    out[:, 2, :2] = 1.0 - sights.reach**2
    out[:, 0, 2] = sights.points[:, 0]
    return out
