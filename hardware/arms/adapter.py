"""The USB adapter behind a serial port, as the kernel shows it."""

import os
from pathlib import Path


def latency_timer(port: str, root: Path = Path("/")) -> tuple[Path, float] | None:
    """An FTDI adapter's latency timer: its file and its value in ms; None for any other kind of port."""
    tty = os.path.realpath(root / port.lstrip("/")).rpartition("/")[2]
    file = root / "sys/bus/usb-serial/devices" / tty / "latency_timer"
    try:
        return file, float(file.read_text())
    except (OSError, ValueError):
        return None
