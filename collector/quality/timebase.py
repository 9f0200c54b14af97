"""How well a take is held together in time, and what of it is missing. Pure."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from collector.align import Steps
from collector.quality.figure import Found, Peak, greatest
from collector.quality.pace import spans

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


def timebase_figures(steps: Steps, valid: Mask, lost_frames: int, lost_states: Mapping[str, tuple[int, int]]) -> Found:
    """`valid`: (T,) everything is there; `lost_frames`: over all cameras; `lost_states`: an arm's lost and received."""
    count = len(steps.t_ns)
    blind = [stretch for camera in steps.cameras.values() for stretch in _stretches(steps.t_ns, camera.frame < 0)]
    shares = [lost / (lost + came) for lost, came in lost_states.values() if lost + came]
    bounds = steps.bound_ns[valid & (steps.bound_ns >= 0)]
    return {
        "sync_p99_us": float(np.percentile(bounds, 99)) * 1e-3 if len(bounds) else None,
        "lost_frames": float(lost_frames) if steps.cameras else None,
        "longest_blind_s": (greatest(blind) or 0.0) if count and steps.cameras else None,
        "lost_states_share": greatest(shares),
        "invalid_steps_share": 1 - float(np.mean(valid)) if count else None,
        "duration_s": float(steps.t_ns[-1] - steps.t_ns[0]) * 1e-9 if count else 0.0,
    }


def _stretches(t_ns: Ints, missing: Mask) -> list[Peak]:
    """How long each stretch of missing frames was, s."""
    period_s = float(np.median(np.diff(t_ns))) * 1e-9 if len(t_ns) > 1 else 0.0
    return [Peak((last - first) * period_s, int(t_ns[first])) for first, last in spans(missing)]
