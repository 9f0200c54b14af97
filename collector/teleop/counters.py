"""What happened in teleoperation since its start, for the live view and the episode."""

from collections import Counter
from dataclasses import dataclass

from collector.teleop.engage import Engagement, State
from collector.teleop.inputs import Cause
from collector.teleop.lag import LagHistogram


@dataclass(frozen=True, slots=True)
class TeleopCounters:
    """Since the start.

    rejected: leader samples by reason. limit_hits: cycles at a limit, by 'limit/joint' (joints from 1) or
    'workspace'. holds, faults: entered, by cause (collector.teleop.inputs.Cause). approaches: times that the
    robot went to the leader. lag: age of the leader's motion when it is sent, ns, 0 before any: now, and over
    all cycles that followed.
    """

    rejected: dict[str, int]
    limit_hits: dict[str, int]
    holds: dict[str, int]
    faults: dict[str, int]
    clutches: int
    approaches: int
    lag_ns: int
    lag_p50_ns: int
    lag_p95_ns: int
    lag_max_ns: int


class Tally:
    """Counts the engagement's changes and the lag."""

    def __init__(self) -> None:
        self._holds: Counter[Cause] = Counter()
        self._faults: Counter[Cause] = Counter()
        self._clutches = self._approaches = self._lag_ns = 0
        self._lags = LagHistogram()

    def changed(self, before: Engagement, after: Engagement) -> None:
        """The engagement went on to the next cycle's."""
        if after.phase != before.phase:
            self._clutches += after.phase == "clutched"
            self._approaches += after.phase == "going"
        if after.state is before.state:
            return
        if after.state is State.HOLD:
            self._holds[after.cause] += 1
        elif after.state is State.FAULT:
            self._faults[after.cause] += 1

    def sent(self, lag_ns: int) -> None:
        """The leader's motion of `lag_ns` ago is sent."""
        self._lag_ns = lag_ns
        self._lags.add(lag_ns)

    def mark(self) -> None:
        """The lag's percentiles are those of what is sent from now on."""
        self._lags = LagHistogram()

    def snapshot(self, rejected: dict[str, int], limit_hits: dict[str, int]) -> TeleopCounters:
        """All of it."""
        return TeleopCounters(
            rejected=rejected,
            limit_hits=limit_hits,
            holds={str(cause): count for cause, count in self._holds.items()},
            faults={str(cause): count for cause, count in self._faults.items()},
            clutches=self._clutches,
            approaches=self._approaches,
            lag_ns=self._lag_ns,
            lag_p50_ns=self._lags.percentile_ns(50.0),
            lag_p95_ns=self._lags.percentile_ns(95.0),
            lag_max_ns=self._lags.max_ns,
        )
