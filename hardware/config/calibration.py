"""Which calibrations count: where they are kept, and which of them are named outright."""

from pathlib import Path

from pydantic import Field, field_validator

from hardware.config.model import Model

PIN_KINDS = ("intrinsics", "hand-eye", "extrinsics", "rig", "leader", "latency")
"""What can be pinned."""


class CalibrationConfig(Model):
    """The store of a rig's calibrations. Without a pin the newest one of a camera counts, by serial where known."""

    store: Path | None = None
    """Folder of the results; none, or "": $XDG_DATA_HOME/clapboard/calibrations/<rig>."""
    pins: dict[str, str] = Field(default={})
    """`<subject>/<kind>`: the name of the result that counts, whatever is newer (`front/intrinsics`, `wrist/hand-eye`).
    Kinds: intrinsics, hand-eye, extrinsics, rig, leader, latency."""

    max_age_days: float = Field(default=90.0, gt=0)
    """The pre-flight warns of a camera whose calibration is older."""
    check_hours: float = Field(default=24.0, gt=0)
    """It warns of one that was not checked for so long (clap calibrate check)."""

    @field_validator("store", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("pins")
    @classmethod
    def _known(cls, pins: dict[str, str]) -> dict[str, str]:
        for pin in pins:
            subject, _, kind = pin.rpartition("/")
            if not subject or kind not in PIN_KINDS:
                raise ValueError(f"pin {pin!r}: write <subject>/<kind>; kinds are {', '.join(PIN_KINDS)}")
        return pins
