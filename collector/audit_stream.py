"""One stream's stored stamps against the true instants of what its device emitted."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class AuditError(Exception):
    """The truth cannot be read; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One stream's emitted samples: seq and true instant, (N,) int64 each, in the order emitted."""

    seq: Ints
    t_ns: Ints


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles of absolute values, ns."""

    p50_ns: float
    p99_ns: float
    max_ns: float


@dataclass(frozen=True, slots=True)
class StreamAudit:
    """One stream. `problem` is empty, or says why there are no figures (then they are None).

    error: |t_ns - truth|; mean_ns: signed mean of t_ns - truth; over_bound: samples with an error above
    their u_ns; lost: emitted between the first and the last stored sample, and not stored; unknown:
    stored, and never emitted according to the truth.
    """

    stream: str
    samples: int
    unknown: int
    lost: int | None
    error: Spread | None
    mean_ns: float | None
    over_bound: int | None
    problem: str

    @property
    def over_bound_share(self) -> float | None:
        """Of the samples that could be compared, 0..1."""
        compared = self.samples - self.unknown
        return None if self.over_bound is None else self.over_bound / compared


def read_truth(path: Path) -> dict[str, Truth]:
    """The truth of every stream by name. Raises AuditError."""
    found: dict[str, Truth] = {}

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Group) and "t_true_ns" in item:
            found[name] = Truth(item["seq"][()], item["t_true_ns"][()])

    try:
        with h5py.File(path) as file:
            if "streams" in file:
                file["streams"].visititems(visit)
    except OSError as error:
        raise AuditError(f"{path} cannot be read ({error}); pass the file that --truth wrote") from error
    if not found:
        raise AuditError(f"{path} holds no true instant; pass the file that --truth wrote")
    return found


@dataclass(frozen=True, slots=True)
class Joined:
    """A stream's stored stamps and, where `known`, their true instants. `lost` is None without truth."""

    t_ns: Ints
    u_ns: Ints
    true_ns: Ints
    known: Mask
    lost: int | None

    @property
    def error_ns(self) -> Ints:
        """Stored minus true, of the known ones."""
        return self.t_ns[self.known] - self.true_ns[self.known]


def join(t_ns: Ints, u_ns: Ints, seq: Ints, truth: Truth | None) -> Joined:
    """Pair stored samples with the truth by seq; of several with one seq, the nearest in time."""
    if truth is None:
        nothing = np.zeros(len(t_ns), np.int64)
        return Joined(t_ns, u_ns, nothing, np.zeros(len(t_ns), np.bool_), None)
    order = np.lexsort((truth.t_ns, truth.seq))
    sorted_seq, sorted_t = truth.seq[order], truth.t_ns[order]
    first = np.searchsorted(sorted_seq, seq, side="left")
    end = np.searchsorted(sorted_seq, seq, side="right")
    known = end > first
    at = np.minimum(first, len(sorted_t) - 1)
    for row in np.flatnonzero(end - first > 1):
        candidates = sorted_t[first[row] : end[row]]
        at[row] = first[row] + np.argmin(np.abs(candidates - t_ns[row]))
    true_ns = np.where(known, sorted_t[at], 0) if len(sorted_t) else np.zeros(len(t_ns), np.int64)
    return Joined(t_ns, u_ns, true_ns, known, _count_lost(sorted_t, at[known]))


def stream_audit(name: str, joined: Joined) -> StreamAudit:
    """Figures of one stream, or why there are none."""
    samples, unknown = len(joined.t_ns), int(np.count_nonzero(~joined.known))
    problem = ""
    if joined.lost is None:
        problem = "the truth has no such stream"
    elif not samples:
        problem = "the episode has no sample of it"
    elif unknown == samples:
        problem = "no stored seq is in the truth; it belongs to another run"
    if problem:
        return StreamAudit(name, samples, unknown, None, None, None, None, problem)
    error = joined.error_ns
    return StreamAudit(
        stream=name,
        samples=samples,
        unknown=unknown,
        lost=joined.lost,
        error=spread(error),
        mean_ns=float(np.mean(error)),
        over_bound=int(np.count_nonzero(np.abs(error) > joined.u_ns[joined.known])),
        problem="",
    )


def spread(values: Ints | Floats) -> Spread:
    """Percentiles of |values|; at least one."""
    size = np.abs(values)
    p50, p99 = np.percentile(size, (50, 99))
    return Spread(float(p50), float(p99), float(size.max()))


def _count_lost(truth_ns: Ints, stored: Ints) -> int:
    """Truth samples strictly between the first and the last stored one that were not stored."""
    if not len(stored):
        return 0
    there = np.zeros(len(truth_ns), np.bool_)
    there[stored] = True
    span = truth_ns[there]
    inside = (truth_ns > span.min()) & (truth_ns < span.max())
    return int(np.count_nonzero(inside & ~there))
