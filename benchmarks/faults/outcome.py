"""What runs of a fault showed, against the invariants."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

INVARIANTS = {
    "I1": "committed is recovered",
    "I2": "durable is recovered after a power cut",
    "I3": "recovered bytes are identical, or refused",
    "I4": "earlier episodes' hashes are unchanged",
    "I5": "recovery is automatic, idempotent, bounded in time",
    "I6": "the operator sees the fault",
    "I7": "capture stalls below 50 ms",
    "I8": "offered = stored + counted",
    "I9": "the result opens in bare h5py and HDF5 1.10 tools",
}


@dataclass(slots=True)
class Run:
    """One run. `checked`: which invariants were looked at; times are None where they were not measured.

    `late`: violations of a limit in time, which say little of a busy machine.
    """

    checked: set[str] = field(default_factory=set[str])
    violations: list[str] = field(default_factory=list[str])
    late: list[str] = field(default_factory=list[str])
    tail_ms: float | None = None
    recovery_s: float | None = None
    stall_ms: float | None = None
    note: str = ""

    def require(self, invariant: str, holds: bool, why: str) -> None:
        """Count a check; `why` tells what is wrong if it does not hold."""
        self.checked.add(invariant)
        if not holds:
            self.violations.append(f"{invariant}: {why}")

    def within(self, invariant: str, value: float, limit: float, what: str) -> None:
        """The same of a time; `what` names it with its unit."""
        self.checked.add(invariant)
        if value > limit:
            self.late.append(f"{invariant}: {what} {value:.3g}, at most {limit:g}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """All runs of a fault. `held`: runs by invariant in which it was checked and held; worst times, None unknown."""

    fault: str
    runs: int
    held: dict[str, int]
    violations: tuple[str, ...]
    late: tuple[str, ...]
    tail_ms: float | None
    recovery_s: float | None
    stall_ms: float | None
    note: str
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return self.runs > 0 and not self.violations and not self.late


def outcome(fault: str, runs: Iterable[Run], seconds: float = 0.0) -> Outcome:
    """Runs of a fault, together."""
    found = list(runs)
    held: Counter[str] = Counter()
    for run in found:
        broken = {violation[:2] for violation in (*run.violations, *run.late)}
        held.update(run.checked - broken)
    violations = tuple(f"run {n}: {text}" for n, run in enumerate(found) for text in run.violations)
    late = tuple(f"run {n}: {text}" for n, run in enumerate(found) for text in run.late)
    notes = Counter(run.note for run in found if run.note)
    told = "; ".join(f"{text} ({count}x)" if count > 1 else text for text, count in notes.most_common(4))
    return Outcome(
        fault, len(found), {name: held[name] for name in INVARIANTS if held[name]}, violations, late,
        _worst(run.tail_ms for run in found), _worst(run.recovery_s for run in found),
        _worst(run.stall_ms for run in found), told, seconds,
    )  # fmt: skip


def _worst(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
