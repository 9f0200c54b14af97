"""How much later a camera sees the hand move than its joints tell. Pure.

Positive lag: the picture is later than its stamp says (or the joints' stamps are early). No calibration is
needed: where the camera and the markers are is found along with the lag, and so is a slack of the lens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from collector.selftest.evidence import MarkerTrack, Rows
from collector.selftest.lag_fit import LagFit, NotEnough
from collector.selftest.motion_curve import Curve, Floats, Ints, TooFewStates, hand_curve
from collector.selftest.motion_fit import Fit, Sighting, fit, marker_corners
from collector.selftest.motion_sigma import lag_sigma
from collector.selftest.motion_start import marker_poses, start_models

_MARGIN_S = 0.5  # lags that can be told
_FEWEST_FRAMES, _FEWEST_AT_REST = 60, 8
_STROKE_PX = 10.0  # rms about the mean; below this a marker stands still
_START_FRAMES = 80
_EXPLAINED = 0.98
_LEADS = 4  # markers tried as the first one
_ALIKE, _ALIKE_PX = (
    3.0,
    0.5,
)  # robust deviations of the first marker, px: a marker that is missed by more moves otherwise
_MARKERS = 8  # that are enough


@dataclass(frozen=True, slots=True)
class View:
    """A camera: K (3, 3) px; wrist: it rides on the hand; marker_m: edge of the markers."""

    name: str
    K: Floats
    wrist: bool
    marker_m: float


def camera_lag(
    view: View, arm: str, tracks: Sequence[MarkerTrack], frame_t_ns: Ints, states: Rows
) -> LagFit | NotEnough:
    """Lag of a camera against the hand of `arm`.

    tracks: what the camera saw; frame_t_ns: (F,) stamps of its frames; states: rows of the arm (t_ns, O_T_EE).
    """
    where = f"a marker of {view.marker_m * 1000:g} mm " + (
        f"flat in the cell where {view.name} sees it while the hand moves"
        if view.wrist
        else f"on the hand of {arm} where {view.name} sees it"
    )
    if not tracks:
        return NotEnough(f"{view.name} saw no marker: fix {where}")
    try:
        curve = hand_curve(states["t_ns"], states["O_T_EE"], inverted=view.wrist)
    except TooFewStates as error:
        return NotEnough(f"{arm} told too little of its hand's pose ({error}): check its connection")
    seen = [s for s in (_sighting(curve, track, frame_t_ns) for track in tracks) if len(s.t) >= _FEWEST_AT_REST]
    if not seen:
        return NotEnough(f"{view.name} hardly saw a marker: fix {where}")
    moving = sorted((s for s in seen if _stroke(s) >= _STROKE_PX), key=_worth, reverse=True)
    if not moving:
        return NotEnough(f"no marker moved in the pictures of {view.name}: move {arm}, and fix {where}")
    if len(moving[0].t) < _FEWEST_FRAMES:
        return NotEnough(
            f"{view.name} saw no marker move in {_FEWEST_FRAMES} frames: fix {where}, and move {arm} longer"
        )
    found = _explained(curve, view, moving)
    if found is None:
        return NotEnough(f"no marker in the pictures of {view.name} moved as the hand of {arm} did: fix {where}")
    return _result(curve, view, arm, *found, frame_t_ns)


def _sighting(curve: Curve, track: MarkerTrack, frame_t_ns: Ints) -> Sighting:
    t = curve.seconds(frame_t_ns[track.frame])
    kept = curve.covers(t, _MARGIN_S) & np.isfinite(track.corners).all(axis=(1, 2))
    return Sighting(track.marker, track.frame[kept], t[kept], np.asarray(track.corners[kept], np.float64))


def _stroke(sighting: Sighting) -> float:
    """Rms of the corners' motion about their mean, px (of both coordinates together)."""
    return float(np.sqrt(sighting.corners.var(axis=0).sum(axis=1).mean()))


def _worth(sighting: Sighting) -> float:
    return len(sighting.t) * _stroke(sighting)


def _explained(curve: Curve, view: View, moving: list[Sighting]) -> tuple[list[Sighting], Fit] | None:
    """The markers that move as the hand does, and the fit of all of them."""
    X = marker_corners(view.marker_m)
    for lead in moving[:_LEADS]:
        few = lead.thinned(_START_FRAMES)
        fits = [fit(curve, view.K, [few], X, model) for model in start_models(curve, view.K, few, X)]
        best = min(fits, key=lambda found: found.sigma_px)
        if _r2([few], best.residual, best.sigma_px) < _EXPLAINED:
            continue
        used, model = [lead], best.model
        for other in moving:
            if other is lead or len(used) == _MARKERS:
                continue
            B = _joined(curve, view.K, (few, other.thinned(_START_FRAMES)), X, best)
            if B is not None:
                used.append(other)
                model = replace(model, B=(*model.B, B))
        whole = fit(curve, view.K, used, X, model)
        if _r2(used, whole.residual, whole.sigma_px) >= _EXPLAINED:
            return used, whole
    return None


def _joined(curve: Curve, K: Floats, both: tuple[Sighting, Sighting], X: Floats, lead: Fit) -> Floats | None:
    """B of a further marker, the second of `both`; None if it does not move as the first one does."""
    poses = marker_poses(curve, K, both[1], X, lead.model)
    fits = [fit(curve, K, both, X, replace(lead.model, B=(*lead.model.B, B))) for B in poses]
    misses = [float(np.median(np.abs(found.residual[1]))) for found in fits]
    best = int(np.argmin(misses))
    return fits[best].model.B[1] if misses[best] < max(_ALIKE * lead.sigma_px, _ALIKE_PX) else None


def _r2(sightings: Sequence[Sighting], residuals: Sequence[Floats], sigma_px: float) -> float:
    """Share of the corners' motion that the model explains; without wild detections, unless half are wild."""
    left = total = 0.0
    for sighting, residual in zip(sightings, residuals, strict=True):
        good = np.linalg.norm(residual, axis=-1).max(axis=1) < 20 * sigma_px + 1.0
        if np.count_nonzero(good) < len(good) / 2:
            return 0.0
        corners = sighting.corners[good]
        left += float((residual[good] ** 2).sum())
        total += float(((corners - corners.mean(axis=0)) ** 2).sum())
    return 1 - left / total


def _result(curve: Curve, view: View, arm: str, used: list[Sighting], found: Fit, frame_t_ns: Ints) -> LagFit:
    frames = np.unique(np.concatenate([s.frame for s in used]))
    squares, counts = np.zeros((2, len(frames)))
    for sighting, residual in zip(used, found.residual, strict=True):
        at = np.searchsorted(frames, sighting.frame)
        squares[at] += (residual**2).sum(axis=(1, 2))
        counts[at] += 8
    everything = np.concatenate([r.ravel() for r in found.residual])
    calm, sensitivity = ([one.reshape(-1, 8) for one in many] for many in (found.calm, found.sensitivity))
    sigma = lag_sigma([s.t for s in used], calm, sensitivity, found.variance)
    stroke = np.sqrt(sum(_worth(s) * _stroke(s) for s in used) / sum(len(s.t) for s in used))
    return LagFit(
        view.name,
        arm,
        round(found.model.lag * 1e9),
        round(sigma * 1e9),
        float(np.sqrt(np.mean(everything**2))),
        float(stroke),
        _r2(used, found.residual, found.sigma_px),
        tuple(s.marker for s in used),
        frame_t_ns[frames],
        np.sqrt(squares / counts),
    )
