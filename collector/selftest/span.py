"""Which stretch of time a take covers, and whether a stream covers all of it. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from collector.selftest.evidence import Evidence
from collector.selftest.gate import Gate

_SLACK_NS: Final = 500_000_000  # streams begin and end a little apart
_DENSE: Final = ("trigger", "cameras", "leaders", "arms")
_FEWEST: Final = 10
_WARN, _FAIL = 99.0, 95.0  # percent of the take


@dataclass(frozen=True, slots=True)
class Span:
    """From the first to the last arrival of any sample that is judged, host ns."""

    first_ns: int
    last_ns: int


def take_span(evidence: Evidence) -> Span:
    """Of all streams together that are dense enough to tell."""
    dense = [rows for name, rows in evidence.streams.items() if name.partition("/")[0] in _DENSE]
    times = [rows["t_arrival_ns"] for rows in dense if len(rows)]
    if not times:
        return Span(0, 0)
    return Span(min(int(t.min()) for t in times), max(int(t.max()) for t in times))


def coverage_gate(subject: str, name: str, arrival_ns: NDArray[np.int64], span: Span, remedy: str) -> Gate:
    """Percent of the take from the stream's first to its last sample; not a number with hardly any samples."""
    covered = np.nan
    if len(arrival_ns) >= _FEWEST:
        length = int(arrival_ns.max()) - int(arrival_ns.min()) + _SLACK_NS
        covered = min(1.0, length / max(span.last_ns - span.first_ns, 1)) * 100
    return Gate(subject, name, covered, "% of the take", _WARN, _FAIL, remedy)
