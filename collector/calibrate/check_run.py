"""The daily check, judged: how far each camera is off what is stored, whether two are exchanged, how old it all is."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from calibration.board import Board
from calibration.check import FAIL_MM, Shift, Sight, check_sights, swapped
from calibration.drift import FAIL_PX, WARN_PX
from calibration.errors import CalibrationError
from calibration.poses import Matrix
from calibration.result import CheckResult, Line, Made, Verdict
from collector.calibrate.stored import Stored

_DAY_NS: Final = 86_400 * 10**9


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found; `problems`: a sentence for each camera of which it could tell nothing."""

    results: list[CheckResult]
    problems: list[str]


Take = Callable[[str, Mapping[str, Stored], Board], tuple[list[Sight], list[str]]]
"""Of an arm and the cameras in its base: their sights of the board, and what hindered others. CalibrationError."""


def check_all(
    known: Mapping[str, Stored], cameras: Sequence[str], board_on: Callable[[str], tuple[Board, Matrix | None]],
    take: Take, made: Callable[[], Made], max_age_days: float,
) -> Checked:  # fmt: skip
    """Arm by arm, since places are told in an arm's base. `board_on`: which board, and where it lay, if known."""
    results: list[CheckResult] = []
    problems: list[str] = []
    for arm in dict.fromkeys(known[camera].arm for camera in cameras):
        those = {camera: known[camera] for camera in cameras if known[camera].arm == arm}
        try:
            board, T_base_board = board_on(arm)
            sights, hindered = take(arm, those, board)
            problems += hindered
            results += judge(sights, known, board, T_base_board, made, max_age_days)
        except CalibrationError as error:
            problems.append(str(error))
    return Checked(results, problems)


def judge(
    sights: Sequence[Sight], known: Mapping[str, Stored], board: Board, T_base_board: Matrix | None,
    made: Callable[[], Made], max_age_days: float,
) -> list[CheckResult]:  # fmt: skip
    """Of every camera that has a sight. Raises CalibrationError.

    All cameras are of one arm's base; `T_base_board`: where this very board lay when it was calibrated, if it did.
    """
    shifts = check_sights(sights, board, T_base_board)
    pairs = swapped(sights, board, T_base_board)
    return [_result(known[camera], shift, pairs, made(), max_age_days) for camera, shift in shifts.items()]


def _result(of: Stored, shift: Shift, pairs: Sequence[tuple[str, str]], made: Made, max_age_days: float) -> CheckResult:
    with_whom = [other for pair in pairs if of.camera in pair for other in pair if other != of.camera]
    return CheckResult(
        made=made,
        camera=of.camera,
        intrinsics=of.lens_uuid,
        mount=of.mount_uuid,
        shift_px=shift.px,
        shift_mm=shift.mm,
        source=made.source,
        lines=(
            *(_exchanged(of.camera, other) for other in with_whom),
            _px("shift", shift.px, _why_shifted(of, shift)),
            _line("shift across the view", shift.mm, FAIL_MM, "mm", "fail", _why_shifted(of, shift)),
            _px("the lens alone", shift.lens_px, _lens_remedy(of.camera)),
            _line(
                "age", max(0.0, (time.time_ns() - of.made_utc_ns) / _DAY_NS), max_age_days, "days", "warn",
                f"calibrate it again: {_again(of)}",
            ),
        ),
    )  # fmt: skip


def _why_shifted(of: Stored, shift: Shift) -> str:
    if shift.lens_px > WARN_PX:
        return _lens_remedy(of.camera)
    moved = of.camera if shift.against.startswith(("its own", "where")) else f"{of.camera} or {shift.against}"
    board = ", or the board" if shift.against.startswith("where") else ""
    return f"{moved}{board} was moved since (it was checked against {shift.against}): tighten it, then {_again(of)}"


def _again(of: Stored) -> str:
    return f"clap calibrate {'hand-eye' if of.on_wrist else 'extrinsics'} {of.camera}"


def _lens_remedy(camera: str) -> str:
    return (
        f"the board does not fit its lens: was its focus or resolution changed, or is this another board? "
        f"Then clap calibrate intrinsics {camera}"
    )


def _exchanged(camera: str, other: str) -> Line:
    return Line(
        name=f"exchanged with {other}", value=1.0, limit=0.0, unit="", verdict="fail",
        remedy=f"{camera} and {other} each fit the other's calibration: exchange their serials in the rig's file,"
        " or their places",
    )  # fmt: skip


def _px(name: str, value: float, remedy: str) -> Line:
    """Warns from one limit on, fails from the next."""
    if value > FAIL_PX:
        return _line(name, value, FAIL_PX, "px", "fail", remedy)
    return _line(name, value, WARN_PX, "px", "warn", remedy)


def _line(name: str, value: float, limit: float, unit: str, beyond: Verdict, remedy: str) -> Line:
    good = value <= limit
    return Line(
        name=name, value=value, limit=limit, unit=unit, verdict="pass" if good else beyond,
        remedy="" if good else remedy,
    )  # fmt: skip
