"""What the cameras saw: too dark, blurred, or the same picture again. Three frames a camera are decoded. Pure."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from collector.quality.figure import greatest, least

Grey = NDArray[np.float32]
Jpegs = Sequence[bytes | memoryview]

_LOOKED_AT = (0.1, 0.5, 0.9)
"""Of the take."""


def picture_figures(cameras: Mapping[str, Jpegs]) -> dict[str, float | None]:
    """Of the worst camera; None without a picture that can be decoded."""
    looks = [look for jpegs in cameras.values() if (look := _look(jpegs)) is not None]
    return {
        "brightness": least(bright for bright, _ in looks),
        "sharpness_db": least(sharp for _, sharp in looks),
        "repeated_share": greatest(_repeated(jpegs) for jpegs in cameras.values()),
    }


def _look(jpegs: Jpegs) -> tuple[float, float] | None:
    """Mean brightness 0..255, and fine detail in dB: medians over the frames looked at."""
    chosen = [jpegs[int(share * len(jpegs))] for share in _LOOKED_AT] if jpegs else []
    pictures = [grey for jpeg in chosen if (grey := _decoded(jpeg)) is not None]
    if not pictures:
        return None
    detail = [float(np.var(_laplacian(grey))) for grey in pictures]
    bright = float(np.median([grey.mean() for grey in pictures]))
    return bright, 10 * float(np.log10(max(float(np.median(detail)), 1e-3)))


def _decoded(jpeg: bytes | memoryview) -> Grey | None:
    try:
        grey = simplejpeg.decode_jpeg(jpeg, colorspace="GRAY", fastdct=True)
    except ValueError:
        return None
    return grey[:, :, 0].astype(np.float32)


def _laplacian(grey: Grey) -> Grey:
    """Of each inner pixel: four times itself less its neighbours."""
    inner = 4 * grey[1:-1, 1:-1]
    return inner - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]


def _repeated(jpegs: Jpegs) -> float | None:
    if len(jpegs) < 2:
        return None
    same = sum(len(before) == len(after) and bytes(before) == bytes(after) for before, after in pairwise(jpegs))
    return same / (len(jpegs) - 1)
