"""The figures of a lens against their limits, each with what to do where it is not met."""

from dataclasses import dataclass
from typing import Any

from calibration.coverage import GRID_SHARE, Coverage
from calibration.cross_validation import Agreement
from calibration.ladder import Rung
from calibration.result import Line, Verdict
from calibration.stretch import Stretch
from calibration.uncertainty import INFINITY_M, Known, sigma_at, sigma_within

_MORE = "take more views: close, tilted by 45 degrees, the board filling the picture"
_CORNERS = "bring the board into the corners of the picture, partly out of it"


@dataclass(frozen=True, slots=True)
class Limit:
    """`most`: passes up to here; `fails`: beyond here it is no calibration to record with."""

    name: str
    most: float
    fails: float
    unit: str
    remedy: str


TRAIN = Limit(
    "train rms", 0.3, 0.5, "px",
    "a flat board on glass or aluminium, still, in focus, in good light; is the board's description right?",
)  # fmt: skip
HOLDOUT = Limit("hold-out over train rms", 1.15, 1.5, "", "too few views for this model: " + _MORE)
CENTRE = Limit("sigma of a projection, centre", 0.3, 0.6, "px", _MORE)
CENTRAL = Limit("sigma of a projection, central 80 %", 0.6, 1.2, "px", _MORE + "; " + _CORNERS)
OUTER = Limit("sigma of a projection, 90 % of the way to the corners", 1.0, 2.0, "px", _CORNERS)
FOCAL = Limit(
    "sigma of the focal length", 0.15, 0.5, "%", "tilt the board more, by 45 degrees each way, and come closer"
)
CENTRE_X = Limit("sigma of cx", 1.0, 3.0, "px", "tilt the board to the left and to the right, by 45 degrees")
CENTRE_Y = Limit("sigma of cy", 1.0, 3.0, "px", "tilt the board up and down, by 45 degrees")
CROSS = Limit(
    "halves' difference over its prediction", 2.0, 4.0, "",
    "the board is not flat or moved, the picture is distorted otherwise than by the lens, or its model does not fit:"
    " use a stiff board, rest it, try --models rational",
)  # fmt: skip
OUTLIERS = Limit(
    "corners left out", 3.0, 10.0, "%", "look at the residuals in the report: blur, glare, a covered board"
)
VIEWS_OUT = Limit(
    "views left out", 10.0, 30.0, "%", "take them again: the board at rest, sharp, all of it on one plane"
)
BOARD_ASPECT = Limit(
    "squares longer along x than along y", 0.5, 2.0, "%",
    "measure the print along both sides: a printer stretched it, or the description is wrong",
)  # fmt: skip
FACTORY = Limit(
    "focal length away from the factory's", 1.0, 3.0, "%",
    "check the square's size along both sides, the focus, the camera's mode; else keep the factory's values",
)  # fmt: skip
FOLDS = Limit("rim of the picture without a direction", 0.0, 1.0, "", _CORNERS)


def line(limit: Limit, value: float) -> Line:
    """A figure judged; one that is no number fails."""
    verdict: Verdict = "pass" if value <= limit.most else "warn" if value <= limit.fails else "fail"
    return Line(
        name=limit.name,
        value=value,
        limit=limit.most,
        unit=limit.unit,
        verdict=verdict,
        remedy="" if verdict == "pass" else limit.remedy,
    )


def judged(
    rung: Rung,
    known: Known,
    halves: Agreement | None,
    stretch: Stretch | None,
    factory: dict[str, Any],
    covered: Coverage,
) -> tuple[Line, ...]:
    """All lines of one lens, the ones that can be had."""
    lens, sigmas, fit = rung.fit.at.lens, known.sigmas, rung.fit
    lines = [
        line(TRAIN, fit.rms_px),
        line(HOLDOUT, rung.holdout.rms_px / max(fit.rms_px, 1e-9)),
        line(CENTRE, sigma_at(known, INFINITY_M, 0.0)),
        line(CENTRAL, sigma_within(known, INFINITY_M, 0.8)),
        line(OUTER, sigma_at(known, INFINITY_M, 0.9)),
        line(FOCAL, 100 * max(sigmas["fx"] / lens.K[0, 0], sigmas["fy"] / lens.K[1, 1])),
        line(CENTRE_X, sigmas["cx"]),
        line(CENTRE_Y, sigmas["cy"]),
        line(OUTLIERS, 100 * (1 - float(fit.kept.mean()))),
        line(VIEWS_OUT, 100 * (1 - float(fit.views_kept.mean()))),
        line(FOLDS, float(rung.folds)),
    ]
    if halves is not None:
        lines.append(line(CROSS, halves.ratio))
    if stretch is not None:
        lines.append(line(BOARD_ASPECT, 100 * abs(stretch.share)))
    if "focal_percent" in factory:
        lines.append(line(FACTORY, factory["focal_percent"]))
    return (*lines, _covered(covered))


def _covered(by: Coverage) -> Line:
    return Line(
        name="share of the picture covered",
        value=100 * by.grid_share,
        limit=100 * GRID_SHARE,
        unit="%",
        verdict="pass" if by.done else "warn",
        remedy=by.advice,
    )
