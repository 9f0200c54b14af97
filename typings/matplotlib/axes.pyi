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
        linestyle: str = ...,
        linewidth: float = ...,
        markeredgecolor: str = ...,
        markerfacecolor: str = ...,
        markersize: float = ...,
        rasterized: bool = ...,
    ) -> list[Any]: ...
    def step(
        self, x: ArrayLike, y: ArrayLike, *, where: str = ..., color: str = ..., linewidth: float = ...
    ) -> Any: ...
    def broken_barh(
        self, xranges: Iterable[tuple[float, float]], yrange: tuple[float, float], *, color: str = ..., label: str = ...
    ) -> Any: ...
    def axhline(self, y: float, *, color: str = ..., linewidth: float = ..., linestyle: str = ...) -> Any: ...
    def axvline(self, x: float, *, color: str = ..., linewidth: float = ..., linestyle: str = ...) -> Any: ...
    def bar(self, x: ArrayLike, height: ArrayLike, *, color: str = ...) -> Any: ...
    def hist(
        self,
        x: ArrayLike,
        bins: int = ...,
        *,
        range: tuple[float, float] = ...,
        color: str = ...,
        density: bool = ...,
        log: bool = ...,
    ) -> Any: ...
    def imshow(
        self,
        X: ArrayLike,
        *,
        cmap: str = ...,
        vmin: float = ...,
        vmax: float = ...,
        extent: tuple[float, float, float, float] = ...,
    ) -> Any: ...
    def quiver(
        self,
        X: ArrayLike,
        Y: ArrayLike,
        U: ArrayLike,
        V: ArrayLike,
        *,
        angles: str = ...,
        scale_units: str = ...,
        scale: float = ...,
        width: float = ...,
        color: str = ...,
        rasterized: bool = ...,
    ) -> Any: ...
    def contourf(
        self,
        X: ArrayLike,
        Y: ArrayLike,
        Z: ArrayLike,
        *,
        levels: ArrayLike,
        norm: Any = ...,
        cmap: str = ...,
        extend: str = ...,
    ) -> Any: ...
    def contour(
        self, X: ArrayLike, Y: ArrayLike, Z: ArrayLike, *, levels: ArrayLike, colors: str = ..., linewidths: float = ...
    ) -> Any: ...
    def clabel(self, CS: Any, *, fontsize: float = ...) -> Any: ...
    def grid(self, *, visible: bool, color: str = ...) -> None: ...
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
    def set(
        self,
        *,
        xlim: tuple[float, float] = ...,
        ylim: tuple[float, float] = ...,
        xscale: str = ...,
        aspect: str = ...,
    ) -> Any: ...
    def set_axis_off(self) -> None: ...
    def set_yticks(self, ticks: ArrayLike) -> Any: ...
    def set_xlim(self, left: float, right: float) -> Any: ...
    def set_yscale(self, value: str) -> None: ...
    def sharex(self, other: Axes) -> None: ...
