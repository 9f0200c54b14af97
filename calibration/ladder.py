"""Which model of the lens, and whether the board is bent: by what held-out views say, the simplest that is as good."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from calibration.board_shape import BEND, FLAT
from calibration.bundle_lens import Estimate, Free
from calibration.holdout import Holdout, holdout
from calibration.lens import DISTORTION, Lens, LensModel
from calibration.open_views import refuse_foreign, refuse_open
from calibration.robust_lens import Fit, fit
from calibration.sights import Sights
from calibration.start_lens import start
from calibration.uncertainty import Known, grid, known

STEPS: tuple[LensModel, ...] = ("k1k2", "5p", "rational")
WIDE_RAD = np.deg2rad(110)
"""Width of view above which a fisheye's model is tried as well."""
_LOST_PX = 40.0
"""Spread of a first guess's residuals beyond which there is nothing to descend to."""
_ALIKE = 0.05
"""Share of the corners that a model may leave out more than another: what it does not explain is no outlier."""
_MISFIT = 1.25
"""Held-out error, by the best one's, beyond which a model that folds nowhere is still the wrong one."""
_NOISE = 0.5
"""1-sigmas of the difference that count as none. With 1.0 the simpler model is taken too often: over 16 synthetic sets
of a 5p lens its projections were 25 % worse, and its sigmas covered 61 % instead of 71 %."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One model tried. `known`: None where the views leave it open; `folds`: part of the picture looks nowhere."""

    fit: Fit
    holdout: Holdout
    known: Known | None
    folds: bool

    @property
    def unknowns(self) -> int:
        """Numbers beside the poses."""
        return len(self.fit.at.lens.parameters) + len(self.fit.free.shape)

    def told(self, chosen: "Rung") -> dict[str, Any]:
        """As a result keeps it."""
        lens = self.fit.at.lens
        return {
            "model": lens.model,
            "board_warp": bool(self.fit.free.shape),
            "rms_px": self.fit.rms_px,
            "holdout_rms_px": self.holdout.rms_px,
            "fx": float(lens.K[0, 0]),
            "usable": self.known is not None and not self.folds,
            "chosen": self is chosen,
        }


def climb(sights: Sights, models: Sequence[LensModel] | None) -> list[Rung]:
    """Every model, with a flat board and a bent one; without `models` the usual ones, a fisheye for wide lenses.

    Raises CalibrationError where the corners are not of this board, or leave even the simplest lens open.
    """
    first: LensModel = "fisheye" if models and set(models) == {"fisheye"} else "k1k2"
    guess = start(sights, first)
    refuse_foreign(sights, guess, _LOST_PX)
    begun = fit(sights, guess, Free())
    refuse_foreign(sights, begun.at)
    wide = _wide(begun.at.lens) and first != "fisheye"
    if first == "k1k2" and not wide and "pinhole" not in (models or ()):
        refuse_open(begun, known(begun))  # more unknowns only leave more open
    if models is None:
        models = (*STEPS, "fisheye") if wide else STEPS
    rungs: list[Rung] = []
    for model in models:
        at = start(sights, "fisheye") if model == "fisheye" else _as(begun.at, model)
        flat = fit(sights, at, Free())
        rungs += [_rung(flat), _rung(fit(sights, flat.at, Free(shape=BEND)))]
    return rungs


def choose_rung(rungs: Sequence[Rung]) -> Rung:
    """The simplest whose held-out error is within the noise, paired by view, of the best one's."""
    usable = [rung for rung in rungs if rung.known is not None] or list(rungs)
    most = max(rung.fit.kept.mean() for rung in usable)
    usable = [rung for rung in usable if rung.fit.kept.mean() >= most - _ALIKE]
    whole = [rung for rung in usable if not rung.folds]
    least = min(rung.holdout.rms_px for rung in usable)
    if any(rung.holdout.rms_px < _MISFIT * least for rung in whole):
        usable = whole
    best = min(usable, key=lambda rung: rung.holdout.rms_px)
    for rung in sorted(usable, key=lambda rung: rung.unknowns):
        worse, noise = _compared(rung, best)
        if worse <= _NOISE * noise:
            return rung
    return best


def _compared(rung: Rung, best: Rung) -> tuple[float, float]:
    """Over the views that both kept."""
    mine, others = rung.fit.views_kept, best.fit.views_kept
    both = mine & others
    return _part(rung.holdout, both[mine]).worse_than(_part(best.holdout, both[others]))


def _part(of: Holdout, views: np.ndarray[Any, np.dtype[np.bool_]]) -> Holdout:
    return Holdout(of.of_views[views], of.corners[views])


def _rung(one: Fit) -> Rung:
    return Rung(one, holdout(one), known(one), folds(one.at.lens))


def _as(at: Estimate, model: LensModel) -> Estimate:
    """The same lens in a model with other coefficients."""
    dist = np.concatenate([at.lens.dist, np.zeros(8)])[: DISTORTION[model]]
    return replace(at, lens=Lens(model, at.lens.K, dist, at.lens.size), shape=FLAT)


def folds(lens: Lens) -> bool:
    """Whether some pixel of the picture's rim is nothing's image: the distortion turns back before it gets there."""
    rim = grid(lens.size, 5, 5)
    back = lens.project(lens.rays(rim))
    return not bool((np.abs(back - rim) < 0.5).all())


def _wide(lens: Lens) -> bool:
    width, height = lens.size
    sides = lens.rays(np.array([[0.0, (height - 1) / 2], [width - 1.0, (height - 1) / 2]]))
    angle = np.arctan(np.abs(sides[:, 0])).sum()
    return folds(lens) or not angle < WIDE_RAD
