"""The trigger box."""

from typing import Annotated, Literal

from pydantic import Field

from hardware.config.model import Model


class SerialBoxConfig(Model):
    """The trigger box (RP2040/RP2350) on a USB serial port, speaking hardware/trigger/PROTOCOL.md."""

    driver: Literal["serial_box"] = "serial_box"
    port: str
    """Serial device (/dev/serial/by-id/...), or `virtual`."""
    mode: Literal["listen", "drive"] = "listen"
    """listen: the box stamps a master camera's sync line. drive: the box makes the trigger."""
    rate_hz: float = Field(default=60.0, gt=0, le=240)
    """Nominal trigger rate, Hz."""
    pulse_us: int = Field(default=100, ge=1, le=5000)
    """Trigger pulse width in drive mode, us."""
    channel: int = Field(default=0, ge=0, le=3)
    """Input (listen) or output (drive) channel of the sync line."""
    also: tuple[Annotated[int, Field(ge=0, le=3)], ...] = ()
    """Further channels to capture, such as an industrial camera's exposure output."""
    falling: bool = False
    """Tell falling edges too, for the widths of pulses."""
    ping_hz: float = Field(default=10.0, gt=0, le=100)
    """Clock pings a second."""
