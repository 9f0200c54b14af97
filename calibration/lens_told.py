"""What was found, in the words of an `IntrinsicsResult`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from calibration.bundle_lens import residuals, seen_at
from calibration.cross_validation import Agreement, difference
from calibration.lens import DISTORTION, Lens
from calibration.poses import Matrix
from calibration.result import Picture, Rows
from calibration.robust_lens import Fit, rms
from calibration.uncertainty import INFINITY_M, Known, grid, sigma_at, sigma_map, sigma_within
from calibration.view import View


def rows(matrix: Matrix) -> Rows:
    """(n, m) as a result keeps it."""
    return tuple(tuple(float(value) for value in row) for row in matrix)


def range_m(fit: Fit) -> float:
    """Median distance of the corners from the camera: the range that the lens was looked at."""
    return float(np.median(np.linalg.norm(seen_at(*fit.inliers), axis=1)))


def noted(fit: Fit, views: Sequence[View]) -> list[str]:
    """Warnings: views and corners that were left out."""
    out = [view.name for view, kept in zip(views, fit.views_kept, strict=True) if not kept]
    notes: list[str] = []
    if out:
        names = ", ".join(out[:5]) + (" and others" if len(out) > 5 else "")
        notes.append(f"{len(out)} of {len(views)} views do not agree with the others and were left out: {names}")
    share = 1 - float(fit.kept.mean())
    if share > 0.03:
        notes.append(f"{100 * share:.1f} % of the corners stand out and were left out: more than 3 %, look at them")
    return notes


def uncertain(known: Known, distance: float) -> dict[str, Any]:
    """1-sigma of a projection, px: far away, where it is largest, and under `near` at the range of the views."""
    return {
        **_sigmas(known, INFINITY_M),
        "map": rows(sigma_map(known, INFINITY_M)),
        "near": {"range_m": distance, **_sigmas(known, distance)},
    }


def _sigmas(known: Known, distance: float) -> dict[str, float]:
    return {
        "centre": sigma_at(known, distance, 0.0),
        "central_80_max": sigma_within(known, distance, 0.8),
        "radius_90_max": sigma_at(known, distance, 0.9),
        "corner_max": sigma_at(known, distance, 1.0),
    }


def agreed(halves: Agreement | None) -> dict[str, float]:
    """Of the odd and the even views."""
    if halves is None:
        return {}
    return {"rms_px": halves.rms_px, "max_px": halves.max_px, "ratio": halves.ratio}


def pictured(fit: Fit, views: Sequence[View]) -> tuple[Picture, ...]:
    """Every view with its corners and residuals, those left out as well; `rms_px` over the corners that count."""
    sights = fit.sights
    off = residuals(sights, fit.at)
    told: list[Picture] = []
    for number, view in enumerate(views):
        mine = sights.view == number
        counted = fit.kept[mine] if fit.kept[mine].any() else np.ones(int(mine.sum()), bool)
        told.append(
            Picture(
                name=view.name,
                sha256=view.sha256,
                t_ns=view.t_ns,
                rms_px=rms(off[mine][counted]),
                ids=tuple(int(one) for one in view.ids),
                corners=rows(view.corners),
                residuals=rows(off[mine]),
            )
        )
    return tuple(told)


def compared(lens: Lens, factory: dict[str, Any] | None) -> dict[str, Any]:
    """The maker's values beside ours: `focal_percent` off; px in the middle 80 % where their model can be computed."""
    if not factory:
        return {}
    K = np.array(factory["K"], np.float64)
    focal = max(abs(lens.K[0, 0] / K[0, 0] - 1), abs(lens.K[1, 1] / K[1, 1] - 1))
    told = {**factory, "focal_percent": 100 * float(focal)}
    model, dist = factory["model"], np.array(factory["distortion"], np.float64)
    if model not in DISTORTION or len(dist) != DISTORTION[model]:
        return told
    off = difference(lens, Lens(model, K, dist, lens.size), grid(lens.size, 11, 9, 0.8), INFINITY_M)
    if off is not None:
        told |= {"rms_px": rms(off), "max_px": float(np.linalg.norm(off, axis=1).max())}
    return told
