"""What a camera tells of an arm's lag. Apart from how it is found: that loads scipy, which sealing does without."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LagFit:
    """A camera against an arm. lag_ns > 0: the picture is later than its stamp says.

    sigma_ns: standard deviation, with the residuals' own correlation; rms_px: of what is left of a coordinate;
    stroke_px: how far the markers moved, rms about their mean; explained: share of that motion (R^2); markers:
    that were used; t_ns, residual_px: (frames,) instants and rms residuals for a plot.
    """

    camera: str
    arm: str
    lag_ns: int
    sigma_ns: int
    rms_px: float
    stroke_px: float
    explained: float
    markers: tuple[int, ...]
    t_ns: NDArray[np.int64]
    residual_px: NDArray[np.float64]

    @property
    def frames(self) -> int:
        """Pictures used."""
        return len(self.t_ns)


@dataclass(frozen=True, slots=True)
class NotEnough:
    """Nothing could be said; one sentence with the remedy."""

    reason: str
