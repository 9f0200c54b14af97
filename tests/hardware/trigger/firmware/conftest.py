"""The chip's own modules, for the firmware under CPython; what the ladder leaves out is told in one line."""

import os
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent / "chip"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not os.environ.get("MICROPYTHON_UF2"):
        terminalreporter.write_line(
            "trigger firmware: its emulation as a whole chip was left out; MICROPYTHON_UF2 names no image"
        )
