"""The lens of a camera from views of a board: solved, chosen among models, and with how well it is known.

No view shows whether ALL squares are larger than the board's description says: distances scale with them, pixels do
not. That x and y differ shows, and is told (`stretch`); a hand-eye calibration shows the rest.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from calibration.board import CharucoBoard, ChessBoard, describe
from calibration.coverage import coverage
from calibration.cross_validation import agreement
from calibration.ladder import choose_rung, climb
from calibration.lens import Lens, LensModel
from calibration.lens_lines import judged
from calibration.lens_told import agreed, compared, noted, pictured, range_m, rows, uncertain
from calibration.open_views import refuse_open
from calibration.result import IntrinsicsResult, Made
from calibration.sights import stack
from calibration.stretch import refuse_stretched, stretch
from calibration.view import View


def solve_intrinsics(
    views: Sequence[View],
    board: CharucoBoard | ChessBoard,
    camera: str = "",
    made: Made | None = None,
    models: Sequence[LensModel] | None = None,
    size: tuple[int, int] | None = None,
    *,
    serial: str = "",
    factory: dict[str, Any] | None = None,
) -> IntrinsicsResult:
    """The lens that `views` of `board` show. All pictures are of one size, or of `size` (width, height).

    `models`: to choose from; by default k1k2, 5p and rational, and fisheye where the picture is wider than 110 deg.
    `factory`: the maker's values, as `calibration.factory.factory_lens` gives them.
    Raises CalibrationError where the views do not determine a lens.
    """
    sights, used, notes = stack(views, board, size)
    rungs = climb(sights, models)
    chosen = choose_rung(rungs)
    fit, lens = chosen.fit, chosen.fit.at.lens
    stretched = stretch(fit)
    refuse_stretched(stretched)
    known = refuse_open(fit, chosen.known)
    distance = range_m(fit)
    halves = agreement(fit, distance)
    maker = compared(lens, factory)
    made = made or Made()
    notes += noted(fit, used)
    return IntrinsicsResult(
        made=made.model_copy(update={"notes": (*made.notes, *notes)}),
        camera=camera,
        serial=serial,
        width=sights.size[0],
        height=sights.size[1],
        model=lens.model,
        K=rows(lens.K),
        dist=tuple(float(k) for k in lens.dist),
        names=lens.names,
        sigmas=known.sigmas,
        covariance=rows(known.lens),
        rms_px=fit.rms_px,
        holdout_rms_px=chosen.holdout.rms_px,
        cross_validation=agreed(halves),
        uncertainty=uncertain(known, distance),
        ladder=tuple(rung.told(chosen) for rung in rungs),
        outliers=1 - float(fit.kept.mean()),
        board=describe(board),
        board_warp_m=tuple(float(m) for m in fit.at.shape[:2]) if fit.free.shape else (),
        factory=maker,
        pictures=pictured(fit, used),
        lines=judged(chosen, known, halves, stretched, maker, coverage(used, board, sights.size, lens)),
    )


def lens_of(result: IntrinsicsResult) -> Lens:
    """The lens that a result holds."""
    return Lens(result.model, np.array(result.K), np.array(result.dist, np.float64), (result.width, result.height))
