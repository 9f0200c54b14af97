from collections.abc import Iterable
from typing import Any

from numpy.typing import ArrayLike

class Axes:
    def plot(
        self,
        x: ArrayLike,
        y: ArrayLike,
        fmt: str = ...,
        /,
        *,
        color: str = ...,
        label: str = ...,
        linewidth: float = ...,
        markersize: float = ...,
        rasterized: bool = ...,
    ) -> list[Any]: ...
    def hist(self, x: ArrayLike, bins: int = ..., *, color: str = ..., log: bool = ...) -> Any: ...
    def legend(
        self,
        *,
        loc: str = ...,
        bbox_to_anchor: Iterable[float] = ...,
        markerscale: float = ...,
        frameon: bool = ...,
    ) -> Any: ...
    def set_title(self, label: str, *, fontsize: float = ...) -> Any: ...
    def set_xlabel(self, xlabel: str) -> Any: ...
    def set_ylabel(self, ylabel: str) -> Any: ...
    def set_xlim(self, left: float, right: float) -> Any: ...
    def set_yscale(self, value: str) -> None: ...
    def sharex(self, other: Axes) -> None: ...
