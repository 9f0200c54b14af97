"""What is known of a rig's cameras when pictures are solved, of a running rig or of a capture that was kept."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from calibration.embed import counting, mount_kind
from calibration.errors import CalibrationError
from calibration.factory import factory_lens
from calibration.intrinsics import lens_of
from calibration.lens import DISTORTION, Lens
from calibration.mounting_fit import Kind
from calibration.poses import Matrix
from calibration.result import IntrinsicsResult, Made
from calibration.slack import hand_jacobian
from calibration.store import Store
from collector.provenance import software
from hardware.arms.models import arm_model
from hardware.config import RigConfig


@dataclass(frozen=True, slots=True)
class Known:
    """A camera's lens; where it was calibrated its UUID and its parameters' covariance; what is to be said of it."""

    lens: Lens
    uuid: str = ""
    covariance: Matrix | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Papers:
    """`devices`: by camera, what it said of itself (hardware.samples.DeviceInfo as a dictionary).

    `source`: live, or the folder that the pictures are from.
    """

    config: RigConfig
    store: Store
    devices: Mapping[str, Mapping[str, Any]]
    source: str = "live"

    def serial(self, camera: str) -> str:
        """Of the camera that the pictures are of."""
        return str(self.devices.get(camera, {}).get("serial", "")) or self.config.cameras[camera].serial

    def factory(self, camera: str) -> dict[str, Any] | None:
        """The maker's K, distortion, model; None where the camera does not tell."""
        return factory_lens(self.devices.get(camera, {}).get("options", {}))

    def kind(self, camera: str) -> Kind:
        """How this camera's place is told."""
        return "hand-eye" if mount_kind(self.config, camera) == "hand-eye" else "extrinsics"

    def carrier(self, camera: str) -> str:
        """The arm whose hand carries it, '' of one in the cell."""
        if self.kind(camera) == "extrinsics":
            return ""
        return self.config.cameras[camera].follower or next(iter(self.config.followers))

    def J_ee(self, arm: str, q: Sequence[Sequence[float]]) -> Matrix | None:
        """Of an arm of servos, whose joints err, (k, 6, n) at joints q (k, n) rad; None of any other, or without q."""
        follower = self.config.followers[arm]
        if follower.driver != "dynamixel" or not all(q):
            return None
        return hand_jacobian(arm_model(follower.arm), np.array(q, np.float64))

    def made(self, *notes: str) -> Made:
        """Of a result of now."""
        return made(self.config.name, self.config.operator, self.source, *notes)

    def lens(self, camera: str) -> Known:
        """The lens that counts. Raises CalibrationError without any."""
        found = counting(self.store, self.config, "intrinsics", camera)
        if isinstance(found, IntrinsicsResult):
            return Known(lens_of(found), found.made.uuid, np.array(found.covariance))
        told, config = self.factory(camera), self.config.cameras[camera]
        if told is None or told["model"] not in DISTORTION:
            raise CalibrationError(f"{camera} has no lens yet: run clap calibrate intrinsics {camera} first")
        lens = Lens(
            told["model"], np.array(told["K"]), np.array(told["distortion"], np.float64), (config.width, config.height)
        )
        note = f"{camera}'s lens is the maker's; clap calibrate intrinsics {camera} tells how good it is"
        return Known(lens, note=note)


def made(rig: str, operator: str, source: str, *notes: str) -> Made:
    """Who made a result, when, of what, with which software."""
    return Made(
        uuid=str(uuid.uuid4()), made_utc_ns=time.time_ns(), rig=rig, operator=operator, software=software(),
        source=source, notes=tuple(note for note in notes if note),
    )  # fmt: skip
