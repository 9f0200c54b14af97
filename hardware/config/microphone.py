"""A microphone for what the operator says of a take."""

from typing import Literal

from pydantic import Field

from hardware.config.model import Model


class MicrophoneConfig(Model):
    """One that ALSA knows."""

    driver: Literal["alsa"] = "alsa"
    device: str = "default"
    """ALSA's name of it (`arecord -L`), or `virtual` on the virtual rig."""
    rate_hz: int = Field(default=16_000, ge=8_000, le=192_000)
    """Samples a second; 16 kHz is what speech recognisers take."""
