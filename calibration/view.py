"""What one picture tells: which corners of the board it shows, where, and from where the picture is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class View:
    """Corners of one board in one picture.

    `name`: of the picture (a file, or camera@t_ns); `size`: (width, height) px; `ids`: (n,) rows of `Board.points()`;
    `corners`: (n, 2) px; `sha256`: of the picture's bytes as stored, hex; `t_ns`: mid-exposure, 0 where unknown;
    `blur`: mean width of the board's edges, px (`detect`).
    """

    name: str
    size: tuple[int, int]
    ids: NDArray[np.int64]
    corners: NDArray[np.float64]
    sha256: str = ""
    t_ns: int = 0
    blur: float = 0.0
