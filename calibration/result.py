"""What a calibration found, how well, from what: one frozen record, one file of the store. Data only."""

import time
import uuid
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from calibration.lens_model import LensModel
from hardware.config.model import Model

Rows = tuple[tuple[float, ...], ...]
Pixels = Annotated[Rows, AfterValidator(lambda rows: tuple(tuple(round(v, 4) for v in row) for row in rows))]
"""(n, 2) px to 0.0001 px, far below what a corner is found to: thousands of them are in every episode."""
Verdict = Literal["pass", "warn", "fail"]


class Line(Model):
    """One figure against its limit. `remedy`: what to do where it is not met."""

    name: str
    value: float
    limit: float
    unit: str
    verdict: Verdict
    remedy: str = ""


class Picture(Model):
    """A picture that was used. `rms_px`: of its corners about the solution; `ids`, `corners`, `residuals` (n, 2) px.

    `T_base_ee`: 4x4 m of the arm that carried camera or board, as the robot told it; a mount can be solved anew by it.
    """

    name: str
    sha256: str
    t_ns: int = 0
    rms_px: float = 0.0
    ids: tuple[int, ...] = ()
    corners: Pixels = ()
    residuals: Pixels = ()
    T_base_ee: Rows = ()


class Made(Model):
    """Who made it, when, of what. Wall time: no data hangs on it."""

    uuid: str = Field(default_factory=lambda: str(uuid.uuid4()))
    made_utc_ns: int = Field(default_factory=time.time_ns)
    rig: str = ""
    operator: str = ""
    software: dict[str, str] = Field(default={})
    """Versions and the git revision, as in an episode's provenance."""
    source: str = ""
    """Where the pictures came from: live, or the folder, video or episode."""
    notes: tuple[str, ...] = ()
    """Warnings that were given."""


class IntrinsicsResult(Model):
    """A lens."""

    kind: Literal["intrinsics"] = "intrinsics"
    made: Made
    camera: str
    """As the rig names it; for pictures from elsewhere, any name."""
    serial: str = ""
    width: int
    height: int
    model: LensModel
    K: Rows
    dist: tuple[float, ...]
    names: tuple[str, ...]
    """Of the parameters: fx, fy, cx, cy and the distortion."""
    sigmas: dict[str, float]
    """1-sigma of each, in its own unit (px; distortion has none)."""
    covariance: Rows
    """Of the parameters, in the order of `names`."""
    rms_px: float
    """Root mean square distance of a corner from where it should be, over the corners used."""
    holdout_rms_px: float
    """The same on views that the solution did not see (k-fold, pose only)."""
    cross_validation: dict[str, float] = Field(default={})
    """Difference of projections of the two halves' solutions, px, and over the predicted one."""
    uncertainty: dict[str, Any] = Field(default={})
    """1-sigma of a projection, px: centre, central_80_max, corner_max, and `map` (rows of a grid over the picture)."""
    ladder: tuple[dict[str, Any], ...] = ()
    """Every model that was tried: model, rms_px, holdout_rms_px, chosen."""
    outliers: float = 0.0
    """Share of the corners that were left out."""
    board: dict[str, Any]
    board_warp_m: tuple[float, ...] = ()
    """How far the board's middle stands out along x and along y, m."""
    factory: dict[str, Any] = Field(default={})
    """K and distortion as the maker tells them, and the difference."""
    imported: dict[str, Any] = Field(default={})
    """`format` and what else the file says that it was imported from: goes back into a file of that format."""
    pictures: tuple[Picture, ...]
    lines: tuple[Line, ...] = ()


class MountResult(Model):
    """Where a camera is: on an arm's wrist (T_ee_camera), or fixed in the cell (T_base_camera)."""

    kind: Literal["hand-eye", "extrinsics"]
    made: Made
    camera: str
    serial: str = ""
    arm: str
    T: Rows
    """T_ee_camera (hand-eye) or T_base_camera (extrinsics), 4x4, m."""
    T_board: Rows
    """T_base_board (hand-eye) or T_ee_board (extrinsics)."""
    sigma_mm: float
    """1-sigma of the translation: root of the sum of its three variances."""
    sigma_deg: float
    """The same of the rotation."""
    covariance: Rows
    """(6, 6) of the twist that corrects T on its right: m, rad."""
    rms_px: float
    holdout_mm: float
    holdout_deg: float
    """Median error of the board's pose on robot poses that the solution did not see."""
    robot_sigma_m: float
    robot_sigma_rad: float
    """Of the robot's own poses, as supposed."""
    poses: int
    intrinsics: str
    """UUID of the lens it was found with."""
    board: dict[str, Any]
    pictures: tuple[Picture, ...]
    lines: tuple[Line, ...] = ()


class RigResult(Model):
    """All cameras, boards and arms at once. `mounts`: by camera its T in the frame `of`, sigmas, covariance, serial."""

    kind: Literal["rig"] = "rig"
    made: Made
    mounts: dict[str, dict[str, Any]]
    bases: dict[str, Rows]
    """T_first_base: where each arm's base is in the first arm's base frame, 4x4 m."""
    base_sigmas: dict[str, tuple[float, float]]
    """mm, deg."""
    boards: dict[str, dict[str, Any]]
    rms_px: float
    links: tuple[dict[str, Any], ...] = ()
    """Pairs of cameras, the corners that both saw, and whether that is good, marginal or insufficient."""
    pictures: tuple[Picture, ...] = ()
    lines: tuple[Line, ...] = ()


class LeaderResult(Model):
    """Signs, offsets and grip of a leader against its follower."""

    kind: Literal["leader"] = "leader"
    made: Made
    leader: str
    signs: tuple[int, ...]
    offsets_rad: tuple[float, ...]
    offset_sigmas_rad: tuple[float, ...]
    turns: tuple[int, ...]
    """Whole turns that each servo's count was off."""
    grip_open_rad: float | None = None
    grip_closed_rad: float | None = None
    checked_rad: float
    """Largest difference to the follower at the pose that checked it."""
    lines: tuple[Line, ...] = ()


class LatencyResult(Model):
    """Constants of one camera model, firmware, mode and profile; of one arm."""

    kind: Literal["latency"] = "latency"
    made: Made
    subject: str
    """cameras/<name> or arms/<name>."""
    device: dict[str, str]
    """model, firmware, serial, mode, profile."""
    constants: dict[str, float]
    """edge_to_exposure_end_us, or action_latency_ms."""
    bounds: dict[str, float]
    episode: str = ""
    """UUID of the take it was measured on."""
    lines: tuple[Line, ...] = ()


class CheckResult(Model):
    """The daily look: does what is stored still hold?"""

    kind: Literal["check"] = "check"
    made: Made
    camera: str
    intrinsics: str
    mount: str = ""
    """UUIDs of what was checked."""
    shift_px: float
    """Root mean square distance of the board's corners from where the stored calibration puts them."""
    shift_mm: float | None = None
    source: str = ""
    lines: tuple[Line, ...] = ()


Result = Annotated[
    IntrinsicsResult | MountResult | RigResult | LeaderResult | LatencyResult | CheckResult, Field(discriminator="kind")
]
