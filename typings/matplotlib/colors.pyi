from numpy.typing import ArrayLike

class BoundaryNorm:
    def __init__(self, boundaries: ArrayLike, ncolors: int, *, extend: str) -> None: ...
