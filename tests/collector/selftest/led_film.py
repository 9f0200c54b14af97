"""JPEGs of a still life with a lamp in it, as bright in each as told."""

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray


def film(
    brightness: NDArray[np.float64],
    *,
    size: tuple[int, int] = (120, 160),
    lamp: tuple[float, float] = (101.0, 43.0),
    radius: float = 3.0,
    glow: float = 180.0,
    flicker: float = 0.0,
    clipped: bool = False,
    seed: int = 0,
) -> list[bytes]:
    """Grey pictures (height, width); the lamp at `lamp` (x, y) px shines `glow` levels at brightness 1.

    `flicker`: of the room's light, a share of it; `clipped`: the lamp's middle is far beyond white.
    """
    rng = np.random.default_rng(seed)
    high, wide = size
    room = cv2.GaussianBlur(rng.uniform(20, 110, size), (0, 0), 3.0)
    y, x = np.mgrid[:high, :wide]
    far = np.hypot(x - lamp[0], y - lamp[1])
    shape = np.clip(radius + 0.5 - far, 0, 1) * (10 if clipped else 1) + 0.35 * np.exp(-((far / (2 * radius)) ** 2))
    pictures: list[bytes] = []
    for n, level in enumerate(brightness.tolist()):
        light = 1 + flicker * np.sin(2.1 * n)
        noisy = room * light + glow * level * shape + rng.normal(0, 1.5, size)
        grey = np.clip(noisy, 0, 255).astype(np.uint8)
        pictures.append(simplejpeg.encode_jpeg(grey[..., np.newaxis], quality=90, colorspace="GRAY"))
    return pictures
