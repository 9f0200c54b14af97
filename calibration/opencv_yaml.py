"""OpenCV's own YAML (`%YAML:1.0`, `!!opencv-matrix`) with the keys of its calibration samples, by cv2.FileStorage."""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.errors import CalibrationError
from calibration.foreign_lens import ForeignLens, coefficients, made_lens, polynomial

# The samples' keys: calibration.cpp and camera_calibration.cpp now, camera_calibration.cpp before 3.0,
# stereo_calib.cpp; common in other programs.
_MATRIX = ("camera_matrix", "Camera_Matrix", "M1", "cameraMatrix", "K")
_DISTORTION = ("distortion_coefficients", "Distortion_Coefficients", "D1", "distCoeffs", "D")
_WIDTH, _HEIGHT = ("image_width", "image_Width"), ("image_height", "image_Height")
_RMS = ("avg_reprojection_error", "Avg_Reprojection_Error")


def read_opencv(text: str, size: tuple[int, int] | None = None) -> ForeignLens:
    """Camera matrix and distortion. `size`: (width, height) px of the pictures, where the file does not tell.

    Raises CalibrationError.
    """
    try:
        file = cv2.FileStorage(text, cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY)
    except (cv2.error, SystemError) as error:
        raise CalibrationError("this is no YAML file of OpenCV: it cannot be parsed; see its first lines") from error
    try:
        K, dist = _matrix(file, _MATRIX), _matrix(file, _DISTORTION)
        if K is None:
            raise CalibrationError("this is no calibration of OpenCV: it has no camera_matrix")
        numbers = [] if dist is None else [float(value) for value in dist.ravel()]
        width, height = (_number(file, _WIDTH), _number(file, _HEIGHT)) if size is None else size
        if math.isnan(width) or math.isnan(height):
            raise CalibrationError("the file does not tell how large the pictures were; give --size 640x480")
        if _number(file, ("fisheye_model",)) == 1:
            if len(numbers) != 4:
                raise CalibrationError(f"a fisheye lens has 4 coefficients, here are {len(numbers)}; see the file")
            lens = made_lens(K, "fisheye", numbers, (width, height))
        else:
            lens = made_lens(K, *polynomial(numbers), (width, height))
        return ForeignLens(lens, rms_px=_number(file, _RMS))
    except cv2.error as error:
        raise CalibrationError(f"this is no calibration of OpenCV: {error.err}; see the file") from error
    finally:
        file.release()


def opencv_yaml(foreign: ForeignLens, date: str = "") -> str:
    """The file, as camera_calibration.cpp writes it, as far as it is known here."""
    lens = foreign.lens
    fisheye = lens.model == "fisheye"
    dist = lens.dist if fisheye else np.array(coefficients(lens, 5) or coefficients(lens, 8))
    file = cv2.FileStorage(".yml", cv2.FILE_STORAGE_WRITE | cv2.FILE_STORAGE_MEMORY)
    if date:
        file.write("calibration_time", date)
    file.write("image_width", lens.size[0])
    file.write("image_height", lens.size[1])
    file.write("fisheye_model", int(fisheye))
    file.write("camera_matrix", lens.K)
    file.write("distortion_coefficients", dist.reshape(-1, 1))
    if not math.isnan(foreign.rms_px):
        file.write("avg_reprojection_error", foreign.rms_px)
    return file.releaseAndGetString()


def _matrix(file: cv2.FileStorage, keys: tuple[str, ...]) -> NDArray[Any] | None:
    for key in keys:
        node = file.getNode(key)
        found: NDArray[Any] | None = None if node.empty() else node.mat()  # an empty matrix is None too
        if found is not None:
            return found
    return None


def _number(file: cv2.FileStorage, keys: tuple[str, ...]) -> float:
    for key in keys:
        node = file.getNode(key)
        if node.isInt() or node.isReal():
            return node.real()
    return math.nan
