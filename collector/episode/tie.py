"""A camera's frames on the edges, through steps of the camera's clock. Pure."""

import numpy as np
from numpy.typing import NDArray

from hardware.clock.edges import FrameMatch, match_frames
from hardware.clock.steps import Step, overheard_steps, stretches

Ints = NDArray[np.int64]

_WINDOW = 60  # frames among which one comes promptly
_SLACK_NS = 1_000_000  # of the promptest of them
_ON_BEAT_NS = 500_000  # what jitter and a free-running rate may be off the beat


def frame_steps(frames: NDArray[np.void]) -> list[Step]:
    """Where a camera's clock was set or restarted: its stamps left the beat that its frame counter kept."""
    if len(frames) < 2:
        return []
    gone_ns, counted = np.diff(frames["ticks"]) * 1000, np.diff(frames["seq"])
    beat_ns = float(np.median(gone_ns / np.maximum(counted, 1)))
    off_ns = np.rint(gone_ns - counted * beat_ns).astype(np.int64)
    off_ns[np.abs(off_ns) <= _ON_BEAT_NS] = 0
    return overheard_steps(frames["ticks"] * 1000, frames["t_arrival_ns"], off_ns, _WINDOW, _SLACK_NS, fewest=1)


def tie(
    frames: NDArray[np.void],
    steps: list[Step],
    edges: tuple[Ints, Ints],
    delivery_ns: int,
    period_ns: int,
    anchors: Ints,
) -> FrameMatch:
    """match_frames for each piece between steps; edges: t_ns and u_ns; anchors: (K, 2) ticks us, arrival ns.

    The promptest frames of each second of a piece witness the promptness of the next, moved by the step.
    """
    matches: list[FrameMatch] = []
    ticks_ns, arrival_ns = frames["ticks"] * 1000, frames["t_arrival_ns"]
    prompt = anchors * np.array([1000, 1])
    for piece in stretches([step.index for step in steps], len(frames)):
        by_ns = next((step.by_ns for step in steps if step.index == piece.start), 0)
        prompt = prompt + np.array([by_ns, 0])
        part = ticks_ns[piece], arrival_ns[piece]
        matches.append(match_frames(*part, *edges, delivery_ns, period_ns, (prompt[:, 0], prompt[:, 1])))
        prompt = np.concatenate([prompt, _promptest(*part)])
    return _merged(matches)


def _promptest(ticks_ns: Ints, arrival_ns: Ints) -> Ints:
    """(K, 2) ticks and arrival, ns, of the promptest frame of each second."""
    second = (ticks_ns - ticks_ns[0]) // 10**9
    order = np.lexsort((arrival_ns - ticks_ns, second))
    chosen = order[np.unique(second[order], return_index=True)[1]]
    return np.column_stack([ticks_ns[chosen], arrival_ns[chosen]])


def _merged(matches: list[FrameMatch]) -> FrameMatch:
    if len(matches) == 1:
        return matches[0]
    tied = [np.count_nonzero(match.edge >= 0) for match in matches]
    edge = np.concatenate([match.edge for match in matches])
    first = np.zeros(len(edge), np.bool_)
    first[np.unique(edge, return_index=True)[1]] = True
    edge = np.where(first, edge, -1)
    residual_ns = np.where(edge >= 0, np.concatenate([match.residual_ns for match in matches]), np.nan)
    return FrameMatch(
        edge,
        residual_ns,
        np.concatenate([match.t_edge_ns for match in matches]),
        np.concatenate([match.u_edge_ns for match in matches]),
        matches[int(np.argmax(tied))].ppm,
        "; ".join(dict.fromkeys(match.note for match in matches if match.note)),
    )
