"""What a console is started with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from collector.labels.task import TaskConfig
from collector.remote_status import Role
from collector.tui.keys import KeyConfig
from collector.tui.widgets.preview_terminal import Graphics

Pictures = Literal["auto", "half", "none"]


@dataclass(frozen=True, slots=True)
class ConsoleOptions:
    """What the console was started for. `role`: watch does not control; `theme`: Textual's, empty: by the terminal."""

    socket: Path
    rig: Path
    task: TaskConfig
    operator: str
    skill: str = ""
    role: Role = "control"
    keys: KeyConfig = field(default_factory=KeyConfig)
    pictures: Pictures = "auto"
    theme: str = ""
    override: str = ""
    """Why to record without a certificate, where the command line has said so already."""
    graphics: Graphics = "half"
    """What the terminal can show pictures by (collector.tui.widgets.preview_terminal asks it)."""


def theme_for(color_system: str | None, environment: Mapping[str, str]) -> str:
    """A terminal of 16 colours shows its own; COLORFGBG (rxvt's) tells whether it is a light one."""
    if color_system != "standard":
        return ""
    return "ansi-light" if environment.get("COLORFGBG", "").endswith((";7", ";15")) else "ansi-dark"
