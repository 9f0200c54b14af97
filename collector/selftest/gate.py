"""One line of the sync check: a value, its limits, a verdict, a remedy. Pure."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["pass", "warn", "fail"]
_WORST_FIRST: tuple[Verdict, ...] = ("fail", "warn", "pass")


@dataclass(frozen=True, slots=True)
class Gate:
    """`subject`: stream, pair of streams or part of the machine; `name`: what is judged, the same for all subjects.

    `warn` above `fail` means that small values are bad. A value that is not a number fails.
    """

    subject: str
    name: str
    value: float
    unit: str
    warn: float
    fail: float
    remedy: str

    @property
    def verdict(self) -> Verdict:
        """At the warn limit still passes; beyond the fail limit, or not a number, fails."""
        sign = -1.0 if self.warn > self.fail else 1.0
        value, warn, fail = sign * self.value, sign * self.warn, sign * self.fail
        if not value <= fail:
            return "fail"
        return "warn" if value > warn else "pass"

    def to_dict(self) -> dict[str, Any]:
        """For JSON; a value that is not a number becomes null."""
        number = self.value if self.value == self.value else None
        return asdict(self) | {"value": number, "verdict": self.verdict}


def worst(gates: Iterable[Gate]) -> Verdict:
    """The worst verdict of all; pass if there is none."""
    verdicts: set[Verdict] = {gate.verdict for gate in gates}
    return min(verdicts, key=_WORST_FIRST.index) if verdicts else "pass"
