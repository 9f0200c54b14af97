"""Results as the solvers make them, of made-up cameras: for tests of what keeps, tells and delivers them."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calibration.board import CharucoBoard, describe
from calibration.lens import Lens, LensModel
from calibration.lens_model import DISTORTION, parameter_names
from calibration.poses import from_twist
from calibration.result import CheckResult, IntrinsicsResult, Line, Made, MountResult, Picture, Rows

BOARD = CharucoBoard(columns=8, rows=6, square_m=0.03, marker_m=0.022)
BEGAN_NS = 1_790_000_000_000_000_000
DAY_NS = 86_400_000_000_000
NUMBERS: dict[LensModel, tuple[float, ...]] = {
    "pinhole": (),
    "k1k2": (-0.27, 0.08),
    "5p": (-0.28, 0.09, 0.0011, -0.0007, 0.031),
    "rational": (0.4, -0.2, 0.001, -0.0005, 0.03, 0.7, -0.1, 0.02),
    "fisheye": (0.02, -0.01, 0.004, -0.001),
}


def lens(model: LensModel = "5p", size: tuple[int, int] = (640, 480), fx: float = 533.1234567890123) -> Lens:
    K = np.array([[fx, 0, 341.7], [0, fx + 0.3, 233.9], [0, 0, 1]])
    return Lens(model, K, np.array(NUMBERS[model]), size)


def rows(matrix: NDArray[np.float64]) -> Rows:
    return tuple(tuple(float(value) for value in row) for row in matrix)


def made(day: float = 0.0, seed: int = 0) -> Made:
    return Made(
        uuid=f"{seed:08x}-0000-4000-8000-{seed:012x}",
        made_utc_ns=BEGAN_NS + int(day * DAY_NS),
        rig="virtual",
        operator="operator-1",
        software={"clapboard": "0.1.0", "git_revision": "abc"},
        source="live",
    )


def pictures(of: Lens, count: int, seed: int, shift: float = 0.0) -> tuple[Picture, ...]:
    rng = np.random.default_rng(seed)
    points, found = BOARD.points(), list[Picture]()
    for number in range(count):
        twist = np.array([*rng.uniform(-0.25, 0.05, 2), rng.uniform(0.5, 0.9), *rng.uniform(-0.5, 0.5, 3)])
        pose = from_twist(twist)
        seen = of.project(points @ pose[:3, :3].T + pose[:3, 3])
        inside = np.flatnonzero(((seen > 3) & (seen < np.array(of.size) - 3)).all(axis=1))
        off = rng.normal(0, 0.1, (len(inside), 2)) + np.array([shift, 0])
        found.append(
            Picture(
                name=f"front@{number}", sha256=f"{number:064x}", t_ns=number * 10**9,
                rms_px=float(np.sqrt((off**2).sum(axis=1).mean())) if len(off) else 0.0,
                ids=tuple(int(i) for i in inside), corners=rows(seen[inside] + off), residuals=rows(off),
            )
        )  # fmt: skip
    return tuple(found)


def lens_result(
    camera: str = "front", *, model: LensModel = "5p", day: float = 0.0, seed: int = 0, fx: float = 533.1234567890123,
    serial: str = "944122070101", size: tuple[int, int] = (640, 480), **changes: Any,
) -> IntrinsicsResult:  # fmt: skip
    of = lens(model, size, fx)
    names = parameter_names(model)
    sigmas = {name: 0.4 if name in ("fx", "fy", "cx", "cy") else 0.002 for name in names}
    spread = np.hypot(*np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 7)))
    told: dict[str, Any] = {
        "made": made(day, seed),
        "camera": camera,
        "serial": serial,
        "width": size[0],
        "height": size[1],
        "model": model,
        "K": rows(of.K),
        "dist": tuple(of.dist.tolist()),
        "names": names,
        "sigmas": sigmas,
        "covariance": rows(np.diag([sigmas[name] ** 2 for name in names])),
        "rms_px": 0.21,
        "holdout_rms_px": 0.23,
        "cross_validation": {"difference_px": 0.2, "ratio": 1.1},
        "uncertainty": {
            "centre": 0.1, "central_80_max": 0.25, "corner_max": 1.3, "map": (0.1 + 0.6 * spread**2).tolist(),
        },
        "ladder": (
            {"model": "k1k2", "rms_px": 0.238, "holdout_rms_px": 0.249, "chosen": model == "k1k2"},
            {"model": "5p", "rms_px": 0.234, "holdout_rms_px": 0.247, "chosen": model == "5p"},
        ),
        "outliers": 0.01,
        "board": describe(BOARD),
        "pictures": changes["pictures"] if "pictures" in changes else pictures(of, 6, seed),
        "lines": (
            Line(name="training rms", value=0.21, limit=0.3, unit="px", verdict="pass"),
            Line(name="worst corner", value=1.3, limit=1.0, unit="px", verdict="warn", remedy="fill the <corners>"),
        ),
    }  # fmt: skip
    return IntrinsicsResult(**(told | changes))


def mount_result(
    camera: str = "front", *, kind: Literal["hand-eye", "extrinsics"] = "extrinsics", day: float = 0.0, seed: int = 1,
    serial: str = "944122070101", twist: tuple[float, ...] = (0.6, -0.4, 0.5, 2.0, 0.3, -0.2), **changes: Any,
) -> MountResult:  # fmt: skip
    told: dict[str, Any] = {
        "kind": kind,
        "made": made(day, seed),
        "camera": camera,
        "serial": serial,
        "arm": "right",
        "T": rows(from_twist(np.array(twist))),
        "T_board": rows(np.eye(4)),
        "sigma_mm": 0.3,
        "sigma_deg": 0.04,
        "covariance": rows(np.diag([(0.3e-3) ** 2 / 3] * 3 + [np.radians(0.04) ** 2 / 3] * 3)),
        "rms_px": 0.3,
        "holdout_mm": 0.5,
        "holdout_deg": 0.06,
        "robot_sigma_m": 3e-4,
        "robot_sigma_rad": 8.7e-4,
        "poses": 20,
        "intrinsics": made(0).uuid,
        "board": describe(BOARD),
        "pictures": pictures(lens(), 8, seed),
        "lines": (Line(name="hold-out", value=0.5, limit=2.0, unit="mm", verdict="pass"),),
    }
    return MountResult(**(told | changes))


def check_result(camera: str = "front", *, day: float = 0.0, seed: int = 2, shift_px: float = 0.4) -> CheckResult:
    verdict = "pass" if shift_px <= 1 else "warn" if shift_px <= 2 else "fail"
    line = Line(name="shift", value=shift_px, limit=1.0, unit="px", verdict=verdict, remedy="calibrate it again")
    return CheckResult(
        made=made(day, seed), camera=camera, intrinsics=made(0).uuid, shift_px=shift_px, source="live", lines=(line,)
    )


def same_lens(one: Lens, other: Lens) -> None:
    """Down to the last bit."""
    assert (one.model, one.size) == (other.model, other.size)
    assert np.array_equal(one.K, other.K) and np.array_equal(one.dist, other.dist)


assert all(len(NUMBERS[model]) == DISTORTION[model] for model in NUMBERS)
