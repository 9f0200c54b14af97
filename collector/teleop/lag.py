"""How old the leader's motion is when it is sent, over a session, in a fixed amount of memory."""

BIN_NS = 250_000
_BINS = 801  # bin k holds lags up to k BIN_NS; anything over 200 ms counts in the last


class LagHistogram:
    """Counts of lags, in bins of BIN_NS."""

    def __init__(self) -> None:
        self._counts = [0] * _BINS
        self._total = 0
        self.max_ns = 0

    def add(self, lag_ns: int) -> None:
        """Take one lag; below zero counts as zero."""
        self._counts[min(max(-(-lag_ns // BIN_NS), 0), _BINS - 1)] += 1
        self._total += 1
        self.max_ns = max(self.max_ns, lag_ns)

    def percentile_ns(self, percent: float) -> int:
        """The lag that `percent` of all do not exceed, rounded up to BIN_NS; 0 without any."""
        wanted, seen = self._total * percent / 100.0, 0
        for index, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return min(index * BIN_NS, self.max_ns)
        return 0
