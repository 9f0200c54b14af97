"""CFG, LED and SWEEP: what was asked, and whether it can be done. Needs no hardware."""

CHANNELS = 4
_SLOWEST_MHZ = 100
_FASTEST_MHZ = 240_000
_LONGEST_PULSE_US = 5_000
_LONGEST_LIGHT_US = 1_000_000


class Settings:
    """What START will do."""

    def __init__(self, drive: bool, channel: int, rate_mhz: int, pulse_us: int, mask: int, falling: bool) -> None:
        self.drive = drive
        self.channel = channel
        self.rate_mhz = rate_mhz
        self.pulse_us = pulse_us
        self.channels = [n for n in range(CHANNELS) if n == channel or mask & 1 << n]
        self.falling = falling


def settings(mode: str, numbers: "list[int]") -> "Settings | str":
    """The settings, or PROTOCOL.md's word for what is wrong with them.

    numbers: channel, rate (mHz), pulse width (us), and if wanted a mask of further channels, and 1 to tell
    falling edges too.
    """
    channel, rate_mhz, pulse_us = numbers[:3]
    mask = numbers[3] if len(numbers) > 3 else 0
    falling = numbers[4] if len(numbers) > 4 else 0
    if mode not in ("L", "D"):
        return "mode"
    if channel >= CHANNELS or mask >= 1 << CHANNELS:
        return "channel"
    if not _SLOWEST_MHZ <= rate_mhz <= _FASTEST_MHZ:
        return "rate"
    if not 1 <= pulse_us <= _LONGEST_PULSE_US or pulse_us * rate_mhz >= 1_000_000_000:
        return "pulse"
    if falling > 1:
        return "range"
    return Settings(mode == "D", channel, rate_mhz, pulse_us, mask, falling == 1)


def light_fits(phase_us: int, width_us: int) -> bool:
    """Whether LED or SWEEP can have these times."""
    return phase_us <= _LONGEST_LIGHT_US and width_us <= _LONGEST_LIGHT_US


def period_cycles(clock_hz: int, rate_mhz: int) -> int:
    """The whole number of clock cycles nearest to a period."""
    return (clock_hz * 1000 + rate_mhz // 2) // rate_mhz
