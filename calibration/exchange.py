"""Calibrations of other programs into results, and results into their files."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from calibration.camera_info import camera_info, read_camera_info
from calibration.errors import CalibrationError
from calibration.foreign_lens import ForeignLens
from calibration.intrinsics import lens_of
from calibration.kalibr import STEP, camchain, read_camchain
from calibration.opencv_yaml import opencv_yaml, read_opencv
from calibration.poses import Matrix
from calibration.result import IntrinsicsResult, Made

Format = Literal["ros", "kalibr", "opencv"]
FORMATS: tuple[Format, ...] = get_args(Format)


def format_of(text: str) -> Format:
    """Whose file this is. Raises CalibrationError."""
    if text.startswith("%YAML:1.0") or "!!opencv-matrix" in text:
        return "opencv"
    if re.search(r"^cam\d+:", text, re.MULTILINE):
        return "kalibr"
    if re.search(r"^camera_matrix:", text, re.MULTILINE):
        return "ros"
    raise CalibrationError("this is neither a ROS camera_info file, nor a Kalibr camchain, nor a YAML file of OpenCV")


def read_lens(text: str, kind: Format, part: str = "", size: tuple[int, int] | None = None) -> ForeignLens:
    """`part`: which camera of a camchain (cam0); `size`: of the pictures, if the file does not tell.

    Raises CalibrationError.
    """
    match kind:
        case "ros":
            return read_camera_info(text)
        case "opencv":
            return read_opencv(text, size)
        case "kalibr":
            cameras = read_camchain(text)
            if part not in cameras and (part or len(cameras) > 1):
                raise CalibrationError(f"the camchain has {', '.join(cameras)}; say which one with --part")
            return cameras[part or next(iter(cameras))]


def imported(
    foreign: ForeignLens, kind: Format, source: Path, camera: str, serial: str, made: Made
) -> IntrinsicsResult:
    """A result of what a file says: no sigmas, and residuals only as far as it tells."""
    lens = foreign.lens
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    return IntrinsicsResult(
        made=made.model_copy(update={"source": f"{kind}:{source.name} sha256:{digest}"}),
        camera=camera,
        serial=serial,
        width=lens.size[0],
        height=lens.size[1],
        model=lens.model,
        K=tuple(tuple(float(value) for value in row) for row in lens.K),
        dist=tuple(float(value) for value in lens.dist),
        names=lens.names,
        sigmas={},
        covariance=(),
        rms_px=foreign.rms_px,
        holdout_rms_px=math.nan,
        board={},
        imported={"format": kind, "name": foreign.name, **foreign.extra},
        pictures=(),
    )


def foreign_of(result: IntrinsicsResult, kind: Format) -> ForeignLens:
    """As a file of that kind has it; keys that came with it from such a file go with it again."""
    extra = dict(result.imported) if result.imported.get("format") == kind else {}
    name = str(extra.pop("name", "") or result.camera)
    extra.pop("format", None)
    return ForeignLens(lens_of(result), name, result.rms_px, extra)


def exported(results: Mapping[str, IntrinsicsResult], kind: Format, steps: Sequence[Matrix | None] = ()) -> str:
    """The file's text. `results`: by camera; only a camchain holds several. Raises CalibrationError.

    `steps`: of a camchain, T_cn_cnm1 (4, 4) m of each camera but the first (`neighbours.steps`), None: not known.
    """
    if kind != "kalibr" and len(results) != 1:
        raise CalibrationError(f"a file for {kind} holds one camera, here are {len(results)}; export them one by one")
    result = next(iter(results.values()))
    match kind:
        case "ros":
            return camera_info(foreign_of(result, kind))
        case "opencv":
            date = f"{datetime.fromtimestamp(result.made.made_utc_ns // 10**9, UTC):%Y-%m-%dT%H:%M:%SZ}"
            return opencv_yaml(foreign_of(result, kind), date)
        case "kalibr":
            cameras = [foreign_of(each, kind) for each in results.values()]
            if len(cameras) == 1:
                return camchain({cameras[0].name if re.fullmatch(r"cam\d+", cameras[0].name) else "cam0": cameras[0]})
            known = [None, *steps, *[None] * (len(cameras) - 1 - len(steps))]
            return camchain({f"cam{n}": _behind(cam, T) for n, (cam, T) in enumerate(zip(cameras, known, strict=True))})


def _behind(camera: ForeignLens, T_cn_cnm1: Matrix | None) -> ForeignLens:
    """In a chain: what an imported file said of a neighbour there holds for no other one."""
    extra = {key: value for key, value in camera.extra.items() if key != STEP}
    return replace(camera, extra=extra if T_cn_cnm1 is None else extra | {STEP: T_cn_cnm1.tolist()})
