"""Pictures that exist already: of a folder, a video, or one camera of a recorded episode."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.errors import CalibrationError
from collector.calibrate.pictures_video import video
from collector.episode.foreign import NotAnEpisode, damage_named
from collector.episode.reader import Episode

Told = tuple[str, NDArray[np.uint8], str, int]
"""Name, picture (H, W, 3) RGB, SHA-256 of its bytes as stored (of a video's frame as decoded), t_ns (0: unknown)."""

_PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}
_EPISODES = {".h5", ".hdf5"}
MOST = 400
"""As many pictures at most are taken of a video or an episode, evenly; of a folder all are."""


def pictures(source: str, most: int = MOST) -> Iterator[Told]:
    """Of `source`: a folder, a video, or EPISODE[:camera]; one at a time, in the order of their names or times.

    As the sensor saw them: a turn that a file asks of its viewer (EXIF) is not made, for a lens does not turn.
    Raises CalibrationError.
    """
    found = _opened(source, most)
    size: tuple[int, ...] = ()
    first = ""
    for told in found:
        size, first = size or told[1].shape[1::-1], first or told[0]
        if told[1].shape[1::-1] != size:
            here = "x".join(str(side) for side in told[1].shape[1::-1])
            raise CalibrationError(
                f"{told[0]} is {here}, {first} is {size[0]}x{size[1]}: a lens holds for one size of picture;"
                " keep each size in a folder of its own"
            )
        yield told
    if not first:
        raise CalibrationError(f"{source} holds no picture; give a folder, a video or EPISODE[:camera]")


def _opened(source: str, most: int) -> Iterator[Told]:
    path, camera = Path(source), ""
    if not path.exists() and ":" in source:
        name, camera = source.rsplit(":", 1)
        path = Path(name)
    if not path.exists():
        raise CalibrationError(f"{source}: no such folder, video or episode; check the path")
    if path.is_dir():
        return _folder(path)
    if path.suffix.lower() in _EPISODES:
        return _episode(path, camera, most)
    if path.suffix.lower() in _PICTURES:
        raise CalibrationError(f"{source} is one picture; give the folder with all of them")
    return video(path, most)


def _folder(path: Path) -> Iterator[Told]:
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in _PICTURES)
    if not files:
        raise CalibrationError(f"{path} holds no picture (png, jpg, bmp, tif); choose the folder that does")
    for file in files:
        stored = file.read_bytes()
        yield file.name, decoded(stored, str(file)), hashlib.sha256(stored).hexdigest(), 0


def decoded(stored: bytes, name: str) -> NDArray[np.uint8]:
    """(H, W, 3) RGB of a picture's file, not turned as its EXIF may ask. Raises CalibrationError."""
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    picture = cv2.imdecode(np.frombuffer(stored, np.uint8), flags) if stored else None
    if picture is None:
        raise CalibrationError(f"{name} is no picture that can be read; remove it or copy it again")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def _episode(path: Path, camera: str, most: int) -> Iterator[Told]:
    try:
        with Episode(path) as episode:
            with damage_named(path):
                names = episode.cameras
            if camera not in names and (camera or len(names) != 1):
                told = ", ".join(names)
                raise CalibrationError(f"{path}: name one of its cameras, {path.name}:CAMERA with CAMERA of {told}")
            yield from _frames(episode, camera or names[0], most)
    except NotAnEpisode as error:
        raise CalibrationError(str(error)) from error


def _frames(episode: Episode, camera: str, most: int) -> Iterator[Told]:
    with damage_named(episode.path):
        times = episode.t_ns + episode.offset_ns(camera)
    for step in range(0, len(times), max(1, -(-len(times) // most))):
        with damage_named(episode.path):
            stored = episode.jpeg(camera, step)
        if stored is not None:
            name = f"{episode.path.stem}:{camera}:{step}"
            yield name, decoded(stored, name), hashlib.sha256(stored).hexdigest(), int(times[step])
