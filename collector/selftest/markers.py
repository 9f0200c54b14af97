"""The ArUco markers in a camera's pictures, with corners to a tenth of a pixel or better."""

from collections.abc import Iterable
from typing import Literal

import cv2
import numpy as np

from collector.selftest.evidence import MarkerTrack
from collector.selftest.marker_corners import Floats, Picture, refine_corners

Dictionary = Literal["4X4_50", "5X5_100", "6X6_250"]

_DICTIONARY = {
    "4X4_50": cv2.aruco.DICT_4X4_50,
    "5X5_100": cv2.aruco.DICT_5X5_100,
    "6X6_250": cv2.aruco.DICT_6X6_250,
}
_THRESHOLD_PX = 13  # one window in place of OpenCV's three: a third of the time
_RIM_SHARE = 0.03  # of the marker's girth: the outline of a white rim that is wider is a shape of its own
_WRONG_BORDER = 0.1  # share of border bits; with OpenCV's 0.35 a half-hidden marker passes
_MOVED_PX, _RESTS = 1.0, 30  # rough corners jitter by less; frames
_MARGIN_PX = 6  # a corner nearer to the picture's edge has not all of its surroundings


def track_markers(pictures: Iterable[tuple[int, Picture]], dictionary: Dictionary) -> list[MarkerTrack]:
    """Every marker of the dictionary in (row of the stream, (H, W) grey picture), by number.

    A marker of which a part is hidden (an eighth or more), that is blurred beyond reading or at the picture's edge
    is not in that frame. While it rests one frame in thirty is enough: the others say nothing of time.
    """
    marks = cv2.aruco.getPredefinedDictionary(_DICTIONARY[dictionary])
    detector = cv2.aruco.ArucoDetector(marks, _parameters())
    bits = marks.markerSize + 2
    tracks: dict[int, list[tuple[int, Floats]]] = {}
    for row, picture in pictures:
        for marker, rough in _seen(detector, picture).items():
            track = tracks.setdefault(marker, [])
            if track and row - track[-1][0] < _RESTS and np.abs(rough.mean(0) - track[-1][1].mean(0)).max() < _MOVED_PX:
                continue
            fine = refine_corners(picture, rough, bits)
            if fine is not None:
                track.append((row, fine))
    return [_track(marker, track) for marker, track in sorted(tracks.items()) if track]


def _parameters() -> cv2.aruco.DetectorParameters:
    parameters = cv2.aruco.DetectorParameters()
    parameters.adaptiveThreshWinSizeMin = parameters.adaptiveThreshWinSizeMax = _THRESHOLD_PX
    parameters.minMarkerDistanceRate = _RIM_SHARE
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_NONE
    parameters.errorCorrectionRate = 0.0
    parameters.maxErroneousBitsInBorderRate = _WRONG_BORDER
    return parameters


def _seen(detector: cv2.aruco.ArucoDetector, picture: Picture) -> dict[int, Floats]:
    """Rough corners (4, 2) px by marker; a number seen twice is nobody's."""
    rough, numbers, _ = detector.detectMarkers(picture)
    if not len(rough):
        return {}
    listed = [int(number) for number in np.asarray(numbers).ravel()]
    found = {n: np.asarray(one[0], np.float64) for n, one in zip(listed, rough, strict=True)}
    return {n: corners for n, corners in found.items() if listed.count(n) == 1 and _inside(picture, corners)}


def _inside(picture: Picture, corners: Floats) -> bool:
    low, high = corners.min(axis=0), corners.max(axis=0)
    height, width = picture.shape
    return low.min() > _MARGIN_PX and high[0] < width - _MARGIN_PX and high[1] < height - _MARGIN_PX


def _track(marker: int, track: list[tuple[int, Floats]]) -> MarkerTrack:
    frames, corners = zip(*track, strict=True)
    return MarkerTrack(marker, np.array(frames, np.int64), np.array(corners))
