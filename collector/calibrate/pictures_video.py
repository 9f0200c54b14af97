"""Frames of a video that are worth a look: of each stretch the one in which least moves."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.errors import CalibrationError

_THUMB = (160, 120)


def video(path: Path, most: int) -> Iterator[tuple[str, NDArray[np.uint8], str, int]]:
    """At most about `most` frames as `pictures` gives them, t_ns from the video's start. Raises CalibrationError."""
    film = cv2.VideoCapture(str(path))
    try:
        if not film.isOpened():
            raise CalibrationError(f"{path} is no video that can be read; give a folder, a video or EPISODE[:camera]")
        film.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
        count, rate = int(film.get(cv2.CAP_PROP_FRAME_COUNT)), film.get(cv2.CAP_PROP_FPS) or 30.0
        stretch = max(1, -(-count // most))
        for index, frame in _stillest(film, stretch):
            picture = np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)
            told = hashlib.sha256(picture.tobytes()).hexdigest()
            yield f"{path.stem}:{index:06d}", picture, told, round(index / rate * 1e9)
    finally:
        film.release()


def _stillest(film: cv2.VideoCapture, stretch: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Of every `stretch` frames the one that differs least from the one before it, and its number."""
    before: NDArray[np.float32] | None = None
    best: tuple[float, int, NDArray[np.uint8]] | None = None
    index = 0
    while True:
        there, frame = film.read()
        if not there:
            break
        thumb = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), _THUMB, interpolation=cv2.INTER_AREA)
        thumb = np.asarray(thumb, np.float32)
        motion = float(np.abs(thumb - before).mean()) if before is not None else float("inf")
        before = thumb
        if best is None or motion < best[0]:
            best = motion, index, np.asarray(frame, np.uint8)
        index += 1
        if index % stretch == 0:
            yield best[1:]
            best = None
    if best is not None:
        yield best[1:]
