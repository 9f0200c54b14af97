"""Figures as they are found: some are of one instant of the take. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Values = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Peak:
    """A figure, and when it was: CLOCK_MONOTONIC, ns."""

    value: float
    at_ns: int


Figure = float | Peak | None
Found = Mapping[str, Figure]


Some = TypeVar("Some", bound=float | Peak)


def least(figures: Iterable[Some | None]) -> Some | None:
    """Of those that are known."""
    return min((one for one in figures if one is not None), key=value_of, default=None)


def greatest(figures: Iterable[Some | None]) -> Some | None:
    """Of those that are known."""
    return max((one for one in figures if one is not None), key=value_of, default=None)


def values(found: Found) -> Values:
    """The figures alone."""
    return {name: None if figure is None else value_of(figure) for name, figure in found.items()}


def value_of(figure: float | Peak) -> float:
    """The figure alone."""
    return figure.value if isinstance(figure, Peak) else figure


def instants(found: Found, begin_ns: int) -> dict[str, float]:
    """When those were that are of one instant: s since `begin_ns`."""
    return {name: round((one.at_ns - begin_ns) * 1e-9, 3) for name, one in found.items() if isinstance(one, Peak)}
