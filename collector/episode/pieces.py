"""A stream whose clock stepped, refitted piece by piece. Pure.

Each piece has a clock of its own, and a bound that holds for it. What belongs to no piece, or to one too short,
keeps the driver's causal stamps; the note says so, and where the steps were.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.clock.hull import exchanges, stamp_two_sided
from hardware.clock.steps import steady_runs, stretches
from hardware.samples import TimeSource

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

MIN_SAMPLES = 10
LATE_NS = 2_000_000_000
"""No edge waits so long in the box: one that seems to was stamped by another clock."""


@dataclass(frozen=True, slots=True)
class Restamped:
    """A stream's rows with refitted t_ns and u_ns; the causal ones beside them.

    `note`: why not (or not all) refitted, where its clock stepped, or why a camera that should be is not
    tied to the edges.
    """

    rows: NDArray[np.void]
    causal_t_ns: Ints
    causal_u_ns: Ints
    source: TimeSource
    note: str = ""


def keep(rows: NDArray[np.void], source: TimeSource, note: str) -> Restamped:
    """The stamps as they came: there is nothing to refit, or no way to."""
    return Restamped(rows, rows["t_ns"], rows["u_ns"], source, note)


def refitted(rows: NDArray[np.void], source: TimeSource, t_ns: Ints, u_ns: Ints, note: str = "") -> Restamped:
    """The rows with other stamps."""
    changed = rows.copy()
    changed["t_ns"], changed["u_ns"] = t_ns, u_ns
    return Restamped(changed, rows["t_ns"], rows["u_ns"], source, note)


def refit(
    rows: NDArray[np.void],
    source: TimeSource,
    steps: Sequence[tuple[int, str]],
    fit: Callable[[slice], tuple[Ints, Ints]],
) -> Restamped:
    """Refit the pieces between steps (first row after it, what it was), each by itself.

    `fit` gives t_ns and u_ns of a piece, or raises ClockStepError (or another ValueError).
    """
    t_ns, u_ns, known = rows["t_ns"].copy(), rows["u_ns"].copy(), np.zeros(len(rows), np.bool_)
    pieces, reasons = stretches([row for row, _ in steps], len(rows)), dict[str, None]()
    for piece in pieces:
        if len(pieces) > 1 and piece.stop - piece.start < MIN_SAMPLES:
            reasons[f"fewer than {MIN_SAMPLES} between steps"] = None
            continue
        try:
            t_ns[piece], u_ns[piece] = fit(piece)
            known[piece] = True
        except ValueError as error:
            reasons[str(error)] = None
    if not known.any() and len(rows):
        return keep(rows, source, "; ".join(reasons))
    return _joined(rows, source, t_ns, u_ns, known, _note(rows, steps, known, list(reasons)))


def refit_by_pings(rows: NDArray[np.void], source: TimeSource, pings: NDArray[np.void]) -> Restamped:
    """Rows that the box stamped, by the pings of the same clock: a reset of the box makes it another.

    A step after the last ping (or before the first) shows only if its rows would come from the future or
    LATE_NS late; a reset to 0 does.
    """
    runs = steady_runs(exchanges(pings))
    fitted, arrival = np.zeros(len(rows), np.bool_), rows["t_arrival_ns"]
    low, high = np.full(len(rows), np.iinfo(np.int64).max), np.full(len(rows), np.iinfo(np.int64).min)
    received = pings["t_received_ns"]
    for number, (begin, end) in enumerate(runs):
        # The line keeps order: what comes between two pings of this clock is of this clock, what comes
        # beside a step may be of either, unless it would have to be from the future or from long ago.
        since = received[runs[number - 1][1] - 1] if number else np.iinfo(np.int64).min
        until = received[runs[number + 1][0]] if number + 1 < len(runs) else np.iinfo(np.int64).max
        near = np.flatnonzero((arrival >= since) & (arrival <= until))
        t_ns, u_ns = stamp_two_sided(pings[begin:end], rows["ticks"][near])
        waited = arrival[near] - t_ns
        fits = (waited >= -u_ns) & (waited <= LATE_NS + u_ns)
        own = near[fits]
        low[own] = np.minimum(low[own], (t_ns - u_ns)[fits])
        high[own] = np.maximum(high[own], (t_ns + u_ns)[fits])
        fitted[own] = True
    t_ns = np.where(fitted, low + (high - low) // 2, rows["t_ns"])
    u_ns = np.where(fitted, high - t_ns, rows["u_ns"])
    begun: Ints = np.searchsorted(arrival, received[[begin for begin, _ in runs[1:]]]).astype(np.int64)
    steps = [(row, "the box's clock stepped") for row in begun.tolist()]
    reasons = [] if fitted.all() else ["no pings of the clock that stamped them"]
    return _joined(rows, source, t_ns, u_ns, fitted, _note(rows, steps, fitted, reasons))


def _note(rows: NDArray[np.void], steps: Sequence[tuple[int, str]], known: Mask, reasons: list[str]) -> str:
    said: list[str] = []
    if steps and len(rows):
        arrival_ns: Ints = rows["t_arrival_ns"]
        for row, what in steps:
            after_s = (int(arrival_ns[min(row, len(rows) - 1)]) - int(arrival_ns[0])) * 1e-9
            said.append(f"{what} {after_s:.3f} s into the recording")
        said.append("each piece is refitted by itself")
    if lost := np.count_nonzero(~known):
        said.append(f"{lost} samples keep the driver's stamps ({', '.join(reasons)})")
    return "; ".join(said)


def _joined(rows: NDArray[np.void], source: TimeSource, t_ns: Ints, u_ns: Ints, known: Mask, note: str) -> Restamped:
    """The pieces as one stream. Where they meet, stamps that would run back are moved within a wider bound."""
    if not note:
        return refitted(rows, source, t_ns, u_ns)
    ends = np.iinfo(np.int64)
    onward = np.maximum.accumulate(np.where(known, t_ns, ends.min))
    next_known = np.minimum.accumulate(np.where(known, onward, ends.max)[::-1])[::-1]
    moved = np.where(known, onward, np.clip(t_ns, onward, next_known))
    moved = np.maximum.accumulate(moved)
    return refitted(rows, source, moved, u_ns + np.abs(moved - t_ns), note)
