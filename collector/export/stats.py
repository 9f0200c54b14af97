"""Statistics of a feature: an episode's as LeRobot v2.1 has them, and exact ones of a set."""

import numpy as np
from numpy.typing import NDArray

Stats = dict[str, NDArray[np.generic]]

QUANTILES = {"q01": 0.01, "q99": 0.99}
PIXEL_STRIDE = 4  # every fourth pixel each way: 19,200 of a 640x480 picture


def column_stats(values: NDArray[np.generic]) -> Stats:
    """min, max, mean, std, count over the rows of (T,) or (T, n); shapes (1,) or (n,)."""
    keep = values.ndim == 1
    wide = values.astype(np.float64)
    return {
        "min": np.min(values, axis=0, keepdims=keep),
        "max": np.max(values, axis=0, keepdims=keep),
        "mean": np.mean(wide, axis=0, keepdims=keep),
        "std": np.std(wide, axis=0, keepdims=keep),
        "count": np.array([len(values)]),
    }


def quantile_stats(values: NDArray[np.generic]) -> Stats:
    """`column_stats` and the exact 1st and 99th percentiles."""
    wide = values.astype(np.float64)
    quantiles = np.quantile(wide, list(QUANTILES.values()), axis=0, keepdims=values.ndim == 1)
    return column_stats(values) | dict(zip(QUANTILES, quantiles, strict=True))


def to_json(stats: Stats) -> dict[str, list[object]]:
    """Plain lists, as the meta files hold them."""
    return {key: value.tolist() for key, value in stats.items()}


class ImageStats:
    """Statistics of pictures as they pass: all frames, every fourth pixel, per channel, 0..1."""

    def __init__(self) -> None:
        self._frames = 0
        self._counts = np.zeros((3, 256), np.int64)  # how often each channel had each value

    def add(self, image: NDArray[np.uint8]) -> None:
        """Count one (H, W, 3) picture."""
        self._frames += 1
        pixels = image[::PIXEL_STRIDE, ::PIXEL_STRIDE].reshape(-1, 3)
        for channel, counts in enumerate(self._counts):
            counts += np.bincount(pixels[:, channel], minlength=256)

    def result(self) -> Stats:
        """Shapes (3, 1, 1), scaled by 1/255; `count` is frames. Needs at least one picture."""
        values, pixels = np.arange(256), self._counts.sum(axis=1)
        mean = self._counts @ values / pixels
        parts = {
            "min": (self._counts > 0).argmax(axis=1),
            "max": 255 - (self._counts[:, ::-1] > 0).argmax(axis=1),
            "mean": mean,
            "std": np.sqrt(np.sum(self._counts * (values - mean[:, np.newaxis]) ** 2, axis=1) / pixels),
        }
        scaled: Stats = {key: (value / 255.0).reshape(3, 1, 1) for key, value in parts.items()}
        return scaled | {"count": np.array([self._frames])}
