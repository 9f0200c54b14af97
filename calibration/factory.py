"""A lens as its maker tells it: what stands in a camera's device information until it is calibrated."""

from collections.abc import Mapping
from typing import Any

_MODELS = {
    "none": "pinhole", "brown_conrady": "5p", "modified_brown_conrady": "5p", "kannala_brandt4": "fisheye",
}  # fmt: skip


def factory_lens(options: Mapping[str, str]) -> dict[str, Any] | None:
    """K (3, 3) px, distortion and model of a camera's options `K` ("fx fy ppx ppy") and `distortion`; None without.

    A distortion of zeros is `pinhole`. `inverse_brown_conrady` (rays from pixels, the other way round than OpenCV's)
    and what else no function of OpenCV undoes keeps the maker's name. `maker`: that name, always.
    """
    try:
        fx, fy, cx, cy = (float(word) for word in options["K"].split())
        maker, *words = options["distortion"].split()
        distortion = [float(word) for word in words]
    except (KeyError, ValueError):
        return None
    model = _MODELS.get(maker, maker) if any(distortion) else "pinhole"
    kept = distortion[:4] if model == "fisheye" else distortion if any(distortion) else []
    K = [[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]]
    return {"K": K, "distortion": kept, "model": model, "maker": maker}
