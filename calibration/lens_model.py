"""Names of the lens models, and how many numbers each has: light enough for what reads results and solves nothing."""

from typing import Literal

LensModel = Literal["pinhole", "k1k2", "5p", "rational", "fisheye"]
"""pinhole: none; k1k2: k1 k2; 5p: k1 k2 p1 p2 k3; rational: 5p, k4 k5 k6; fisheye: OpenCV's four (Kannala-Brandt)."""

DISTORTION: dict[LensModel, int] = {"pinhole": 0, "k1k2": 2, "5p": 5, "rational": 8, "fisheye": 4}
"""How many coefficients each model has."""


def parameter_names(model: LensModel) -> tuple[str, ...]:
    """fx, fy, cx, cy and the distortion's, in the order in which a result has them."""
    kinds = ("k1", "k2", "k3", "k4") if model == "fisheye" else ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
    return ("fx", "fy", "cx", "cy", *kinds[: DISTORTION[model]])
