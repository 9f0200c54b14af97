"""A capture as it was taken, in a folder of its own: whatever the solver says of it, nobody has to take it again.

`capture.json` tells the robot's poses, the boards and what the cameras said of themselves; beside it lie the pictures,
PNG files by the SHA-256 of their bytes.
"""

import json
import os
import time
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from calibration.board import Board
from calibration.errors import CalibrationError
from calibration.result import Rows
from calibration.store import slug
from collector.calibrate.lens_capture import LensCapture
from collector.calibrate.papers import Papers
from collector.calibrate.rounds import Round
from collector.calibrate.taken import Taken
from hardware.config import Model

FOLDER, FILE = "captures", "capture.json"
"""Of the store; of a capture."""
What = Literal["intrinsics", "mounts", "rig"]


class Look(Model):
    """A picture: whose, when, and the SHA-256 of its file."""

    camera: str
    sha256: str
    t_ns: int


class Moment(Model):
    """Looks of one instant; of a mount's with the robot's pose, 4x4 m, and its joints, rad."""

    looks: tuple[Look, ...]
    T_base_ee: Rows = ()
    q: tuple[float, ...] = ()


class Stretch(Model):
    """Moments of one board, and of one arm that moved, if one did. `name`, `on`: as collector.calibrate.rounds has it.

    `cameras`: those asked for; `beside`: those that looked on.
    """

    board: Board
    cameras: tuple[str, ...]
    moments: tuple[Moment, ...]
    arm: str = ""
    name: str = ""
    on: str = ""
    beside: tuple[str, ...] = ()


class Kept(Model):
    """All of a capture. `devices`: by camera, what it said of itself."""

    format: Literal["clapboard-capture"] = "clapboard-capture"
    format_version: Literal[1] = 1
    what: What
    rig: str
    operator: str = ""
    made_utc_ns: int = Field(default_factory=time.time_ns)
    devices: dict[str, dict[str, Any]] = Field(default={})
    stretches: tuple[Stretch, ...] = ()


class CaptureFolder:
    """Of one capture, in the store's folder; it is there once something is kept in it."""

    def __init__(self, papers: Papers, what: What, subject: str) -> None:
        date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        self.path = papers.store.root / FOLDER / f"{what}-{slug(subject)}-{date}-{uuid.uuid4().hex[:8]}"
        devices = {name: dict(told) for name, told in papers.devices.items()}
        self._kept = Kept(what=what, rig=papers.config.name, operator=papers.config.operator, devices=devices)

    def again(self, words: str) -> str:
        """What to do where it cannot be solved, after a sentence; `words`: of the command, with its cameras."""
        return f"; the capture is kept: mend that, then {self._command(words)}" if self._kept.stretches else ""

    @contextmanager
    def taking(self, keep: Callable[[], None], words: str, tell: Callable[[str], None]) -> Generator[None]:
        """`keep` what is taken within, also where a device's failure or the operator breaks it off.

        Then `tell` hears how to go on from it; `words`: as `again` has them.
        """
        try:
            yield
        except CalibrationError:  # nothing that could be solved was taken
            raise
        except BaseException:
            keep()
            if self._kept.stretches:
                tell(f"this was broken off; what was taken is kept, and solved by {self._command(words)}")
            raise
        keep()

    def keep_round(self, one: Round) -> None:
        """What an arm did before a board. Raises CalibrationError."""
        capture = one.capture
        moments = [
            Moment(looks=_looks(sight.taken.items()), T_base_ee=_rows(sight.T_base_ee), q=sight.q)
            for sight in capture.sights
        ]
        told = Stretch(
            board=one.board, cameras=capture.cameras, moments=tuple(moments), arm=one.arm, name=one.name, on=one.on,
            beside=capture.beside,
        )  # fmt: skip
        self._keep(told, [taken for sight in capture.sights for taken in sight.taken.values()])

    def keep_views(self, capture: LensCapture) -> None:
        """What a camera saw of a board in somebody's hand. Raises CalibrationError."""
        moments = [Moment(looks=_looks([(capture.camera, one)])) for one in capture.taken]
        told = Stretch(board=capture.board, cameras=(capture.camera,), moments=tuple(moments))
        self._keep(told, capture.taken)

    def _command(self, words: str) -> str:
        return f"clap calibrate {words} --rig RIG --from {self.path}"

    def _keep(self, stretch: Stretch, taken: Sequence[Taken]) -> None:
        if not taken:
            return
        self._kept = self._kept.model_copy(update={"stretches": (*self._kept.stretches, stretch)})
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for one in taken:
                _write(self.path / f"{one.view.sha256}.png", one.png)
            _write(self.path / FILE, self._kept.model_dump_json(indent=1).encode(), anew=True)
        except OSError as error:
            raise CalibrationError(
                f"{self.path} cannot be written: {error.strerror}; make room, or name a store"
            ) from error


def is_kept(source: Path) -> bool:
    """Is this the folder of a capture, rather than one of pictures alone?"""
    return (source / FILE).is_file()


def read_kept(folder: Path) -> Kept:
    """Raises CalibrationError."""
    if not is_kept(folder):
        raise CalibrationError(f"{folder} holds no {FILE}: give a folder that a clap calibrate of a live rig has kept")
    try:
        return Kept.model_validate(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise CalibrationError(f"{folder / FILE} cannot be read: {said}; take the capture again") from error


def stored_picture(folder: Path, look: Look) -> bytes:
    """A look's file. Raises CalibrationError."""
    path = folder / f"{look.sha256}.png"
    try:
        return path.read_bytes()
    except OSError as error:
        raise CalibrationError(f"{path} cannot be read: {error.strerror}; copy the whole folder") from error


def _looks(taken: Any) -> tuple[Look, ...]:
    return tuple(Look(camera=camera, sha256=one.view.sha256, t_ns=one.view.t_ns) for camera, one in taken)


def _rows(matrix: Any) -> Rows:
    return tuple(tuple(float(value) for value in row) for row in matrix)


def _write(path: Path, data: bytes, *, anew: bool = False) -> None:
    """In one step; a picture once, for its name is its hash."""
    if path.exists() and not anew:
        return
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_bytes(data)
    temporary.chmod(0o444)
    temporary.rename(path)
