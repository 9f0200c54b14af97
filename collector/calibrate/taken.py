"""A picture that was taken for a calibration: seen once, kept as the file that goes into the store."""

import hashlib
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.view import View
from collector.live import Picture


@dataclass(frozen=True, slots=True)
class Taken:
    """What the picture shows, and its bytes (PNG)."""

    view: View
    png: bytes


def taken(view: View, picture: Picture) -> Taken:
    """The view of a picture with the hash of the file that keeps it."""
    png = encode(picture.rgb)
    return Taken(replace(view, sha256=hashlib.sha256(png).hexdigest()), png)


def encode(rgb: NDArray[np.uint8]) -> bytes:
    """PNG of (h, w, 3) RGB."""
    done, data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert done
    return data.tobytes()
