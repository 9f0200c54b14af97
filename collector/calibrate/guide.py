"""What a procedure tells the operator: how far it is, what to do next, what was wrong with the last look."""

from collections.abc import Callable
from dataclasses import dataclass, field

from calibration.coverage import Coverage
from calibration.diversity import Diversity


@dataclass(frozen=True, slots=True)
class Guide:
    """`views`: taken so far, by camera; `advice`: one imperative sentence; `rejected`: why the last look was not taken.

    `coverage`: of a lens's views; `diversity`: of a mount's robot poses; `seconds`: since it began.
    """

    title: str
    advice: str
    seconds: float
    views: dict[str, int] = field(default_factory=dict[str, int])
    rejected: str = ""
    coverage: Coverage | None = None
    diversity: Diversity | None = None
    share: float | None = None
    """Of a scripted motion."""


Show = Callable[[Guide], None]
Enough = Callable[[], bool]
"""Has the operator had enough? (Enter)"""
