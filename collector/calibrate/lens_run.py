"""A camera's lens from what was taken: the views that say most, solved, compared with the maker's, kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from calibration.board import Board
from calibration.choose import choose
from calibration.errors import CalibrationError
from calibration.intrinsics import solve_intrinsics
from calibration.lens_model import LensModel
from calibration.result import IntrinsicsResult, Made
from calibration.store import Store
from calibration.view import View
from collector.calibrate.keep import keep
from collector.calibrate.taken import Taken

COUNT = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """How to solve: with at most `count` views, trying `models` (None: what the field of view suggests)."""

    board: Board
    count: int = COUNT
    models: tuple[LensModel, ...] | None = None


def chosen(views: Sequence[View], asked: Asked, camera: str) -> list[View]:
    """The views that say most. Raises CalibrationError without any."""
    if not views:
        raise CalibrationError(f"no picture of {camera} shows the board; see what each one lacks, then show it again")
    return choose(views, asked.board, views[0].size, asked.count)


def solve_lens(
    views: Sequence[View],
    asked: Asked,
    camera: str,
    made: Made,
    serial: str = "",
    factory: dict[str, Any] | None = None,
) -> IntrinsicsResult:
    """With the views that say most, beside the maker's values. Raises CalibrationError."""
    best = chosen(views, asked, camera)
    size = best[0].size
    return solve_intrinsics(best, asked.board, camera, made, asked.models, size, serial=serial, factory=factory)


def keep_lens(store: Store, result: IntrinsicsResult, taken: Sequence[Taken], folder: Path | None = None) -> Path:
    """Into the store, with the pictures that were used; `folder`: of the capture that they are from."""
    return keep(store, result, result.camera, taken, folder)
