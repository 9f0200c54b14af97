"""Cameras."""

from typing import Literal

from pydantic import Field, model_validator

from hardware.config.model import Model


class RealSenseConfig(Model):
    """A RealSense colour stream. `sync` is what the camera is asked to be on the sync line."""

    driver: Literal["realsense"] = "realsense"
    serial: str
    """Serial number; cameras are bound by it, never by order."""
    width: int = Field(default=640, ge=64)
    """Pixels."""
    height: int = Field(default=480, ge=64)
    """Pixels."""
    fps: int = Field(default=60, ge=1, le=240)
    """Frames a second."""
    exposure_us: int = Field(default=4000, ge=20, le=100_000)
    """Fixed exposure, us; below half a period."""
    sync: Literal["off", "master", "slave", "genlock"] = "slave"
    """inter_cam_sync_mode: 0 off, 1 master, 2 slave, 4 genlock (one frame a trigger, at half of fps at most).
    off = timestamped only."""
    view: Literal["scene", "wrist"] = "scene"
    """Where it is mounted: fixed in the cell, or on a follower's wrist."""
    follower: str = ""
    """Whose wrist, for view wrist; empty: the first follower's."""
    edge_to_exposure_end_us: float = 0.0
    """Calibrated: end of exposure minus sync edge, us (modes 1 and 2; LED sweep)."""
    edge_to_exposure_end_u_us: float = Field(default=50.0, ge=0)
    """Bound on the error of that constant, us."""
    edge_to_exposure_start_us: float = 790.0
    """Start of exposure minus trigger edge in genlock, us: 790 up to 848x480, 880 at 1280x720 (librealsense #9220)."""
    delivery_ms: float = Field(default=8.0, ge=0, le=100)
    """Typical least delay from end of exposure to host, ms; only picks the right edge, never the stamp."""
    jpeg_quality: int = Field(default=90, ge=50, le=100)
    """Quality of the stored JPEG."""

    @model_validator(mode="after")
    def _exposure_fits(self) -> "RealSenseConfig":
        if self.exposure_us > 500_000 / self.fps:
            raise ValueError(
                f"exposure_us {self.exposure_us} is over half a period at {self.fps} fps;"
                f" at most {int(500_000 / self.fps)}"
            )
        return self
