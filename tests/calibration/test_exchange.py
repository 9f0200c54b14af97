"""Lenses go into the files of ROS, Kalibr and OpenCV and come back the same to the last bit; what cannot is refused."""

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.errors import CalibrationError
from calibration.exchange import exported, foreign_of, format_of, imported, read_lens
from calibration.intrinsics import lens_of
from calibration.kalibr import read_camchain, step_of
from calibration.lens import DISTORTION, LensModel
from calibration.lens_model import parameter_names
from calibration.result import IntrinsicsResult
from tests.calibration.results import lens, lens_result, made, same_lens

CHAIN = """
cam0:
  T_cam_imu:
  - [0.0148655429818, -0.999880929698, 0.00414029679422, -0.0216401454975]
  - [0.999557249008, 0.0149672133247, 0.025715529948, -0.064676986768]
  - [-0.0257744366974, 0.00375618835797, 0.999660727178, 0.00981073058949]
  - [0.0, 0.0, 0.0, 1.0]
  cam_overlaps: [1]
  camera_model: pinhole
  distortion_coeffs: [-0.28340811, 0.07395907, 0.00019359, 1.76187114e-05]
  distortion_model: radtan
  intrinsics: [458.654, 457.296, 367.215, 248.375]
  resolution: [752, 480]
  rostopic: /cam0/image_raw
  timeshift_cam_imu: 0.0001
cam1:
  T_cn_cnm1:
  - [0.8, -0.6, 0.0, -0.11]
  - [0.6, 0.8, 0.0, 0.0001]
  - [0.0, 0.0, 1.0, 0.0005]
  - [0.0, 0.0, 0.0, 1.0]
  camera_model: pinhole
  distortion_coeffs: [0.01, 0.02, -0.003, 1e-3]
  distortion_model: equidistant
  intrinsics: [457.587, 456.134, 379.999, 255.238]
  resolution: [752, 480]
  rostopic: /cam1/image_raw
"""

ROS = """
image_width: 640
image_height: 480
camera_name: narrow_stereo/left
camera_matrix:
  rows: 3
  cols: 3
  data: [433.0, 0, 320.5, 0, 434.5, 240, 0, 0, 1]
distortion_model: plumb_bob
distortion_coefficients:
  rows: 1
  cols: 5
  data: [-0.3, 0.1, 1e-3, -2e-05, 0]
rectification_matrix:
  rows: 3
  cols: 3
  data: [0.99, 0.01, 0, -0.01, 0.99, 0, 0, 0, 1]
projection_matrix:
  rows: 3
  cols: 4
  data: [400, 0, 300, -24.5, 0, 400, 240, 0, 0, 0, 1, 0]
"""

# A stereo pair's file of OpenCV's samples (stereo_calib.cpp writes these keys and no size).
STEREO = """%YAML:1.0
---
M1: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 534.5, 0., 334.5, 0., 534.25, 241.0, 0., 0., 1. ]
D1: !!opencv-matrix
   rows: 1
   cols: 14
   dt: d
   data: [ -0.25, -0.5, 0., 0., 0., 0., 0., -0.75, 0., 0., 0., 0., 0., 0. ]
"""

numbers = st.floats(-3, 3).filter(lambda value: value == 0 or abs(value) > 1e-300)


@st.composite
def results(draw: st.DrawFn) -> IntrinsicsResult:
    """Any lens at all, with every coefficient of its model at work."""
    model: LensModel = draw(st.sampled_from(list(DISTORTION)))
    dist = draw(st.lists(numbers.filter(bool), min_size=DISTORTION[model], max_size=DISTORTION[model]))
    fx, fy = draw(st.floats(1, 1e5)), draw(st.floats(1, 1e5))
    cx, cy = draw(st.floats(0, 1e4)), draw(st.floats(0, 1e4))
    size = draw(st.tuples(st.integers(1, 9999), st.integers(1, 9999)))
    K = ((fx, 0.0, cx), (0.0, fy, cy), (0.0, 0.0, 1.0))
    return lens_result(model=model, size=size, K=K, dist=tuple(dist), pictures=(), camera="front")


@settings(max_examples=40, deadline=None)
@given(results())
def test_every_lens_survives_ros_and_opencv(result: IntrinsicsResult) -> None:
    for kind in ("ros", "opencv"):
        text = exported({"front": result}, kind)
        assert format_of(text) == kind
        back = read_lens(text, kind)
        same_lens(back.lens, lens_of(result))
    assert read_lens(exported({"front": result}, "opencv"), "opencv").rms_px == result.rms_px


@settings(max_examples=40, deadline=None)
@given(results())
def test_kalibr_holds_what_its_models_hold_and_refuses_the_rest(result: IntrinsicsResult) -> None:
    if result.model in ("5p", "rational"):
        with pytest.raises(CalibrationError, match="cannot hold"):
            exported({"front": result}, "kalibr")
        return
    text = exported({"front": result}, "kalibr")
    assert format_of(text) == "kalibr"
    same_lens(read_lens(text, "kalibr").lens, lens_of(result))


def back_and_forth(text: str, tmp_path: Path, part: str = "") -> IntrinsicsResult:
    """Through the store's own form."""
    path = tmp_path / "theirs.yaml"
    path.write_text(text)
    kind = format_of(text)
    return imported(read_lens(text, kind, part), kind, path, "front", "42", made())


def test_a_camchain_keeps_all_that_is_not_its_lenses(tmp_path: Path) -> None:
    both = {part: back_and_forth(CHAIN, tmp_path, part) for part in ("cam0", "cam1")}
    behind = step_of(both["cam1"].imported)
    assert yaml.safe_load(exported(both, "kalibr", [behind])) == yaml.safe_load(CHAIN.replace("1e-3", "0.001"))
    assert yaml.safe_load(exported({"side": both["cam1"]}, "kalibr")).keys() == {"cam1"}
    assert (both["cam0"].model, both["cam1"].model) == ("5p", "fisheye")


def test_a_camchain_of_several_needs_to_be_told_which(tmp_path: Path) -> None:
    for part in ("", "cam7"):
        with pytest.raises(CalibrationError, match="cam0, cam1; say which"):
            back_and_forth(CHAIN, tmp_path, part)


def test_a_camera_info_keeps_its_rectification_and_projection(tmp_path: Path) -> None:
    result = back_and_forth(ROS, tmp_path)
    again: dict[str, Any] = yaml.safe_load(exported({"front": result}, "ros"))
    theirs: dict[str, Any] = yaml.safe_load(ROS.replace("1e-3", "0.001").replace("-2e-05", "-0.00002"))
    assert again == theirs
    assert result.dist == (-0.3, 0.1, 0.001, -2e-05, 0.0) and math.isnan(result.rms_px)
    assert result.made.source.startswith("ros:theirs.yaml sha256:")


def test_a_camera_of_its_own_is_projected_by_its_own_matrix() -> None:
    told = yaml.safe_load(exported({"front": lens_result()}, "ros"))
    assert told["distortion_model"] == "plumb_bob" and told["camera_name"] == "front"
    P = np.array(told["projection_matrix"]["data"]).reshape(3, 4)
    assert np.array_equal(P[:, :3], lens().K) and not P[:, 3].any()
    assert list(told)[:3] == ["image_width", "image_height", "camera_name"]


def test_opencvs_own_samples_are_read_by_their_keys() -> None:
    with pytest.raises(CalibrationError, match="--size"):
        read_lens(STEREO, "opencv")
    found = read_lens(STEREO, "opencv", size=(640, 480)).lens
    assert (found.model, found.size, found.K[0, 0]) == ("rational", (640, 480), 534.5)
    assert np.array_equal(found.dist, [-0.25, -0.5, 0, 0, 0, 0, 0, -0.75])


def test_opencv_reads_what_is_written_for_it(tmp_path: Path) -> None:
    path = tmp_path / "front.yml"
    path.write_text(exported({"front": lens_result(model="rational")}, "opencv"))
    file = cv2.FileStorage(str(path), cv2.FILE_STORAGE_READ)
    points = np.array([[0.1, -0.2, 1.0], [-0.3, 0.2, 1.1]])
    seen, _ = cv2.projectPoints(
        points, np.zeros(3), np.zeros(3), file.getNode("camera_matrix").mat(),
        file.getNode("distortion_coefficients").mat(),
    )  # fmt: skip
    file.release()
    assert np.allclose(seen.reshape(-1, 2), lens("rational").project(points), atol=1e-12)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hello: 3", "neither a ROS"),
        ("camera_matrix: [1, 2", "no ROS camera_info file"),
        ("camera_matrix: {data: [1]}", "no distortion_coefficients"),
        (ROS.replace("433.0", "zero"), "no list of numbers"),
        (ROS.replace("433.0", "0"), "zero or no number"),
        (ROS.replace("[433.0, 0,", "[433.0, 2,"), "skew"),
        (ROS.replace("plumb_bob", "thin_prism"), "only plumb_bob"),
        (ROS.replace("plumb_bob", "equidistant"), "4 coefficients, here are 5"),
        (ROS.replace("-2e-05, 0]", "0]"), None),
        (ROS.replace("-2e-05, 0]", "]"), "3 distortion coefficients"),
        (ROS.replace("image_width: 640", "image_width: wide"), "picture's size"),
        (ROS.replace("433.0", ".nan"), "no number"),
        (CHAIN.replace("camera_model: pinhole", "camera_model: omni"), "only pinhole"),
        (CHAIN.replace("radtan", "fov"), "only radtan"),
        (CHAIN.replace("resolution: [752, 480]", "resolution: [752]"), "no width and height"),
        (CHAIN.replace(", 248.375]", "]"), "holds 3 numbers"),
        ("cam0: 3", "it has no cam0"),
        (STEREO.replace("-0.75, 0.,", "-0.75, 0.1,"), "thin prism"),
        (STEREO.replace("M1", "Q1"), "no camera_matrix"),
        ("%YAML:1.0\n---\nM1: !!opencv-matrix\n   rows: 3\n   cols: x\n", "no calibration of OpenCV"),
        ("%YAML:1.0\n---\nM1: [[[", "no YAML file of OpenCV"),
    ],
)
def test_what_is_no_lens_is_said_to_be_none(text: str, why: str | None) -> None:
    size = (640, 480) if text.startswith("%YAML") else None
    if why is None:
        assert read_lens(text, format_of(text), size=size).lens.model == "5p"
        return
    with pytest.raises(CalibrationError, match=why):
        kind = format_of(text)
        read_lens(text, kind, "cam0" if kind == "kalibr" and "cam1:" in text else "", size)


def test_only_a_camchain_holds_several_cameras() -> None:
    two = {"front": lens_result(model="k1k2"), "side": lens_result("side", model="fisheye")}
    with pytest.raises(CalibrationError, match="one by one"):
        exported(two, "ros")
    back = read_camchain(exported(two, "kalibr"))
    same_lens(back["cam0"].lens, lens("k1k2"))
    same_lens(back["cam1"].lens, lens("fisheye"))


def test_what_came_with_another_format_stays_out(tmp_path: Path) -> None:
    result = back_and_forth(CHAIN, tmp_path, "cam1")
    assert foreign_of(result, "ros").extra == {}
    assert result.names == parameter_names("fisheye") and result.serial == "42"
