"""The sync line as the box saw it: which pulse is which, by the box's own clock. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collector.selftest.evidence import Rows
from hardware.config import RigConfig

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_FOLLOW: Final = 0.1  # share of a pulse's deviation that the next one is expected to share


@dataclass(frozen=True, slots=True)
class Pulses:
    """Rising edges in their order; (n,) each.

    rows: of the trigger stream; piece: counts the box's restarts; slot: periods since the first edge of its
    piece; extra: a second edge within a period; amiss: not where its neighbours say it should be. resets, lost
    (messages), missing (pulses) count what happened between them.
    """

    rows: Rows
    piece: Ints
    slot: Ints
    extra: Mask
    amiss: Mask
    resets: int
    lost: int
    missing: int

    def __len__(self) -> int:
        return len(self.rows)


def read_pulses(rig: RigConfig, rows: Rows, jitter_ns: float) -> Pulses:
    """`rows`: the trigger stream; `jitter_ns`: a period that is off by more makes its edge amiss."""
    edges = rows[(rows["channel"] == rig.trigger.channel) & (rows["rising"] == 1)]
    restarted = np.diff(edges["ticks"], prepend=edges["ticks"][:1]) < 0
    piece = np.cumsum(restarted, dtype=np.int64)
    lost = np.where(restarted, 0, np.diff(edges["seq"], prepend=edges["seq"][:1] - 1) - 1)
    slot, extra, gaps = _slots(edges["ticks"], piece, 1e9 / rig.trigger.rate_hz)
    missing = int(np.maximum(gaps - lost, 0).sum())
    amiss = _amiss(edges["ticks"], piece, slot, extra, jitter_ns)
    return Pulses(edges, piece, slot, extra, amiss, int(restarted.sum()), int(lost.sum()), missing)


def _slots(ticks: Ints, piece: Ints, period_ns: float) -> tuple[Ints, Mask, Ints]:
    """Slot of each edge, whether it is an extra one, and how many slots before it are empty."""
    slot, gaps = np.zeros((2, len(ticks)), np.int64)
    extra = np.zeros(len(ticks), np.bool_)
    due, last = 0.0, -1
    for i, at in enumerate(ticks.tolist()):
        if i == 0 or piece[i] != piece[i - 1]:
            due, last = float(at), -1
            continue
        periods = round((at - due) / period_ns)
        slot[i] = slot[last] + periods if last >= 0 else slot[i - 1] + periods
        if periods <= 0:
            extra[i] = True
            continue
        gaps[i] = periods - 1
        due += periods * period_ns
        due += _FOLLOW * (at - due)
        last = i
    return slot, extra, gaps


def _amiss(ticks: Ints, piece: Ints, slot: Ints, extra: Mask, jitter_ns: float) -> Mask:
    """Edges moved against the most of their piece: by the jumps of the period that no crystal makes."""
    amiss = extra.copy()
    for number in np.unique(piece):
        kept = np.flatnonzero((piece == number) & ~extra)
        if len(kept) < 3:
            continue
        periods, interval = np.diff(slot[kept]), np.diff(ticks[kept])
        off = interval - periods * np.median(interval / periods)
        moved = np.cumsum(np.concatenate([[0.0], np.where(np.abs(off) > jitter_ns, off, 0.0)]))
        amiss[kept] = np.abs(moved - np.median(moved)) > jitter_ns
    return amiss


def periods_ns(pulses: Pulses) -> NDArray[np.float64]:
    """The periods between neighbours, as the box's clock counts them; extra edges are passed over."""
    kept = np.flatnonzero(~pulses.extra)
    same = np.diff(pulses.piece[kept]) == 0
    neighbours = same & (np.diff(pulses.slot[kept]) == 1)
    return np.diff(pulses.rows["ticks"][kept])[neighbours].astype(np.float64)
