"""When anything moves, and how smoothly: figures of the pace and of the motion. Pure.

Everything is of the measured side: what the robot did, not what it was told.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from collector.quality.figure import Found, Peak, greatest, least
from collector.quality.motion import RATE_HZ, Motion, measured
from collector.quality.smoothness import ldlj, smoothed, sparc

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Span = tuple[int, int]
"""Cells from the first up to, not including, the last."""

# Below these nothing moves. What is slower than the eye follows is a rest; tremor and the noise of servo encoders
# (1.5 mrad a count) are above, so that only what is slow counts: pace is measured on values smoothed by PACE_S.
JOINT_RAD_S = 0.03
GRIPPER_M_S = 0.005
BASE_M_S = 0.02
PACE_S = 0.04
"""Standard deviation of the Gaussian, s: half of a motion of 3.3 Hz is left, a hundredth of one of 12 Hz."""
MOTION_S = 0.01
"""The same for smoothness: half of what is faster than 19 Hz is left, so that a hand's tremor (8..12 Hz) is."""
_PAUSE_S = 0.2
_BRIEF_S = 0.5


@dataclass(frozen=True, slots=True)
class Pace:
    """`moving`, `known`: (K,) does anything move, was that measured; `motions`: spans of motion between pauses."""

    moving: Mask
    known: Mask
    motions: tuple[Span, ...]


def pace_of(motion: Motion) -> Pace:
    """Of everything together."""
    moving = np.zeros(len(motion.t_ns), np.bool_)
    movers = [(fast, seen) for fast, seen in _movers(motion) if seen.any()]
    known = np.full(len(motion.t_ns), bool(movers))
    for fast, seen in movers:
        moving |= fast
        known &= seen
    known |= moving
    motions = _motions(moving, known)
    return Pace(_within(motions, len(moving)), known, motions)


def pace_figures(pace: Pace, t_ns: NDArray[np.int64]) -> Found:
    """Idle share and the stretches in which nothing moves, s; None where nothing that moves was measured.

    t_ns: (K,) the grid.
    """
    names = ("idle_share", "idle_before_s", "idle_after_s", "longest_pause_s")
    if not pace.known.any():
        return dict.fromkeys(names)
    idle = float(np.count_nonzero(pace.known & ~pace.moving) / np.count_nonzero(pace.known))
    length = len(pace.known) / RATE_HZ
    if not pace.motions:
        return dict(zip(names, (idle, length, 0.0, 0.0), strict=True))
    pauses = [
        Peak(float(np.count_nonzero(pace.known[end:begin])) / RATE_HZ, int(t_ns[end]))
        for (_, end), (begin, _) in pairwise(pace.motions)
    ]
    before, after = pace.motions[0][0] / RATE_HZ, length - pace.motions[-1][1] / RATE_HZ
    return dict(zip(names, (idle, before, after, greatest(pauses) or 0.0), strict=True))


def motion_figures(motion: Motion) -> Found:
    """Smoothness, shake, path and speed of the arms; None where no arm moved or was measured."""
    arms = [arm.q for arm in motion.arms.values() if np.isfinite(arm.q).any()]
    each = [(velocity(q, MOTION_S), _motions(*_faster(q, JOINT_RAD_S))) for q in arms]
    return {
        "sparc": least(_mean(rate, motions, _sparc) for rate, motions in each),
        "ldlj": least(_mean(rate, motions, _ldlj) for rate, motions in each),
        "shake_mrad": greatest(_shake(q, motions) for q, (_, motions) in zip(arms, each, strict=True)),
        "path_rad": sum(_path(q) for q in arms) if arms else None,
        "peak_speed": greatest(_fastest(rate, motion.t_ns) for rate, _ in each if np.isfinite(rate).any()),
    }


def velocity(values: Floats, sigma_s: float) -> Floats:
    """(K, n) on the grid -> its rate (K, n) after smoothing; NaN where it was not measured."""
    known = measured(values)
    out = np.full(values.shape, np.nan)
    for first, last in spans(known):
        if last - first >= 2:
            out[first:last] = np.gradient(smoothed(values[first:last], sigma_s * RATE_HZ), axis=0) * RATE_HZ
    return out


def spans(mask: Mask) -> list[Span]:
    """The stretches in which it is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def _movers(motion: Motion) -> Iterable[tuple[Mask, Mask]]:
    """Of everything that can move: does it, and was it measured? (K,) each."""
    for arm in motion.arms.values():
        yield _faster(arm.q, JOINT_RAD_S)
        if arm.width is not None:
            yield _faster(arm.width[:, np.newaxis], GRIPPER_M_S)
    for twist in motion.bases.values():
        axes = twist[:, ~np.isnan(twist).all(axis=0)]
        known = measured(axes) if axes.shape[1] else np.zeros(len(twist), np.bool_)
        yield known & np.any(np.abs(axes) > BASE_M_S, axis=1), known


def _faster(values: Floats, than: float) -> tuple[Mask, Mask]:
    rate = velocity(values, PACE_S)
    known = measured(rate)
    return known & np.any(np.abs(rate) > than, axis=1), known


def _motions(moving: Mask, known: Mask) -> tuple[Span, ...]:
    """A pause lasts at least 0.2 s, and so does a motion; at the ends of the take any rest is one."""
    brief, end = round(_PAUSE_S * RATE_HZ), len(moving)
    rests = [span for span in spans(~moving) if span[1] - span[0] >= brief or span[0] == 0 or span[1] == end]
    return tuple(span for span in spans(~_within(rests, end) & known) if span[1] - span[0] >= brief)


def _within(stretches: Iterable[Span], count: int) -> Mask:
    mask = np.zeros(count, np.bool_)
    for first, last in stretches:
        mask[first:last] = True
    return mask


def _sparc(rate: Floats) -> float | None:
    return sparc(np.linalg.norm(rate, axis=1), RATE_HZ)


def _ldlj(rate: Floats) -> float | None:
    return ldlj(rate, RATE_HZ)


def _mean(rate: Floats, motions: Iterable[Span], figure: Callable[[Floats], float | None]) -> float | None:
    """The figure of an arm's motions, by their duration; motions too brief to say anything are left out."""
    edge = round(4 * MOTION_S * RATE_HZ)  # where the data begin and end in mid-motion, smoothing makes up a jolt
    slow = round(_PAUSE_S / 2 * RATE_HZ)  # a motion begins and ends more slowly than what tells it from a rest
    known = spans(measured(rate))
    told: list[tuple[float, int]] = []
    for first, last in motions:
        begin, end = next(span for span in known if span[0] <= first < span[1])
        first, last = max(first - slow, begin + edge), min(last + slow, end - edge)
        if last - first >= _BRIEF_S * RATE_HZ and (value := figure(rate[first:last])) is not None:
            told.append((value, last - first))
    return sum(value * cells for value, cells in told) / sum(cells for _, cells in told) if told else None


def _shake(q: Floats, motions: Sequence[Span]) -> float | None:
    """Mrad, root of the sum over the joints of their mean square distance from the smooth path.

    The smoothing is done twice, so that the way itself leaves nothing: of 1 Hz a thousandth counts, of 8 Hz 0.7.
    """
    squares, cells = 0.0, 0
    for first, last in motions:
        fast = smoothed(q[first:last], MOTION_S * RATE_HZ)
        for _ in range(2):
            fast = fast - smoothed(fast, PACE_S * RATE_HZ)
        squares, cells = squares + float((fast**2).sum()), cells + len(fast)
    return 1000 * float(np.sqrt(squares / cells)) if cells else None


def _fastest(rate: Floats, t_ns: NDArray[np.int64]) -> Peak:
    fastest = np.nan_to_num(np.max(np.abs(rate), axis=1))
    at = int(np.argmax(fastest))
    return Peak(float(fastest[at]), int(t_ns[at]))


def _path(q: Floats) -> float:
    """Rad, of the smoothed path: noise makes no way."""
    return float(np.nansum(np.linalg.norm(velocity(q, PACE_S), axis=1))) / RATE_HZ
