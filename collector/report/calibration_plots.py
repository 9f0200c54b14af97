"""Plots of a calibration as inline SVG: where the corners were, what is left of them, how far the lens is known."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.image import imread
from numpy.typing import NDArray

from calibration.difference import COLUMNS, ROWS, LensDifference
from calibration.drift import FAIL_PX, WARN_PX, Drift
from calibration.result import IntrinsicsResult, Picture
from collector.report.drawing import frames, label, legend, panels, svg

Floats = NDArray[np.float64]

_GRID = 5  # cells of the coverage, as the capture asks for them
_ARROW_PX = 40.0  # of the picture, for the residual that 95 % stay below
_BINS = 50
_WORST = 4  # pictures shown


def corners_and_residuals(pictures: Sequence[Picture], size: tuple[int, int]) -> str | None:
    """Left where the corners were, in a grid of cells; right what is left of each, magnified."""
    corners, left = _all(pictures)
    if not len(corners):
        return None
    figure, (where, off) = frames(2, size)
    where.plot(corners[:, 0], corners[:, 1], ".", markersize=2, color="C0", rasterized=True)
    for edge in np.linspace(0, 1, _GRID + 1)[1:-1]:
        where.axvline(edge * size[0], color="0.7", linewidth=0.6)
        where.axhline(edge * size[1], color="0.7", linewidth=0.6)
    where.set_title(f"{len(corners)} corners of {len(pictures)} pictures", fontsize=9)
    if len(left):
        _arrows(off, corners, left)
    return svg(figure)


def residual_histogram(pictures: Sequence[Picture]) -> str | None:
    """Residuals in x and y with the normal distribution of the same spread; rms of each picture."""
    _, left = _all(pictures)
    if not len(left):
        return None
    figure, (x, y, views) = panels(3)
    for axes, name, values in ((x, "x", left[:, 0]), (y, "y", left[:, 1])):
        sigma = 1.4826 * float(np.median(np.abs(values - np.median(values))))  # robust, as the solver is
        reach = max(6 * sigma, 1e-3)
        axes.hist(np.clip(values, -reach, reach), _BINS, range=(-reach, reach), density=True, color="C0")
        at = np.linspace(-reach, reach, 200)
        if sigma > 0:
            axes.plot(at, np.exp(-((at / sigma) ** 2) / 2) / (sigma * np.sqrt(2 * np.pi)), color="C3", linewidth=1.2)
        axes.set_title(f"{name}: {np.mean(values):+.3f} ± {sigma:.3f} px", fontsize=9)
        label(axes, "residual, px", "")
        axes.set_yticks([])
    rms = [picture.rms_px for picture in pictures]
    views.bar(range(1, len(rms) + 1), rms, color="C0")
    views.axhline(float(np.median(rms)), color="C3", linewidth=1)
    views.set_title("rms of each picture, and their median", fontsize=9)
    label(views, "picture", "px")
    return svg(figure)


def uncertainty_map(result: IntrinsicsResult) -> str | None:
    """1-sigma of a projection over the picture; left at the range of the views, right what share of it is good."""
    told = np.array(result.uncertainty.get("map", []), np.float64)
    if told.ndim != 2 or not told.size:
        return None
    size = result.width, result.height
    figure, (over, share) = frames(2, size)
    levels = np.array([0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10])
    _contours(figure, over, told, size, levels, "1-sigma, px")
    over.set_title("1-sigma of a projection, px", fontsize=9)
    _share_below(share, told)
    return svg(figure)


def difference_map(found: LensDifference, size: tuple[int, int]) -> str:
    """How far apart two lenses see the same thing, over the picture."""
    far = np.linalg.norm(found.offsets, axis=1).reshape(ROWS, COLUMNS)
    figure, (over, arrows) = frames(2, size)
    top = max(float(far.max()), 1e-6)
    _contours(figure, over, far, size, np.linspace(0, top, 9), "px")
    over.set_title(f"difference, at most {far.max():.2g} px", fontsize=9)
    _arrows(arrows, found.pixels, found.offsets)
    return svg(figure)


def worst_pictures(pictures: Sequence[Picture], size: tuple[int, int], folder: Path) -> str | None:
    """The pictures with the largest residuals that are kept in `folder` (<SHA-256>.png), with their residuals."""
    kept = [picture for picture in pictures if picture.corners and (folder / f"{picture.sha256}.png").is_file()]
    chosen = sorted(kept, key=lambda picture: -picture.rms_px)[:_WORST]
    if not chosen:
        return None
    figure, grid = frames(len(chosen), size)
    for axes, picture in zip(grid, chosen, strict=True):
        image: Any = imread(folder / f"{picture.sha256}.png")
        axes.imshow(image, cmap="gray", vmin=0, vmax=1, extent=(-0.5, size[0] - 0.5, size[1] - 0.5, -0.5))
        corners, left = _all([picture])
        if len(left):
            _arrows(axes, corners, left, "#00ff40")
        axes.set_title(f"{picture.name}: {picture.rms_px:.2f} px", fontsize=8)
        axes.set_axis_off()
    return svg(figure)


def drift_plot(drifts: Mapping[str, Drift]) -> str | None:
    """The daily checks of each camera over time, with their limits."""
    seen = {name: drift for name, drift in drifts.items() if drift.px}
    if not seen:
        return None
    figure, (axes,) = panels(1)
    for name, drift in seen.items():
        when: Any = [datetime.fromtimestamp(ns * 1e-9, UTC) for ns in drift.t_utc_ns]
        axes.plot(when, drift.px, ".-", linewidth=1, label=name)
    axes.axhline(WARN_PX, color="#9a6700", linewidth=1, linestyle="--")
    axes.axhline(FAIL_PX, color="#cf222e", linewidth=1, linestyle="--")
    axes.set(ylim=(0, 1.1 * max(FAIL_PX, *(max(drift.px) for drift in seen.values()))))
    label(axes, "", "shift, px")
    legend(axes)
    return svg(figure)


def _all(pictures: Sequence[Picture]) -> tuple[Floats, Floats]:
    """Corners and residuals (n, 2) px of all; no residuals where some picture has none."""
    corners = np.array([corner for picture in pictures for corner in picture.corners], np.float64).reshape(-1, 2)
    left = np.array([off for picture in pictures for off in picture.residuals], np.float64).reshape(-1, 2)
    return corners, left if len(left) == len(corners) else np.zeros((0, 2))


def _arrows(axes: Axes, at: Floats, off: Floats, color: str = "C3") -> None:
    length = float(np.percentile(np.linalg.norm(off, axis=1), 95))
    if length <= 0:
        return
    step = 10 ** np.floor(np.log10(_ARROW_PX / length))
    scale = step * max(factor for factor in (1, 2, 5) if factor * step * length <= _ARROW_PX)
    axes.quiver(
        at[:, 0],
        at[:, 1],
        off[:, 0] * scale,
        off[:, 1] * scale,
        angles="xy",
        scale_units="xy",
        scale=1,
        width=0.002,
        color=color,
        rasterized=True,
    )
    axes.set_title(f"x {scale:g}, 95 % below {length:.2g} px", fontsize=9)


def _contours(figure: Figure, axes: Axes, values: Floats, size: tuple[int, int], levels: Floats, unit: str) -> None:
    norm = BoundaryNorm(levels, 256, extend="both")  # each step between two levels is as plain as the next
    x = np.linspace(0, size[0] - 1, values.shape[1])
    y = np.linspace(0, size[1] - 1, values.shape[0])
    filled = axes.contourf(x, y, values, levels=levels, norm=norm, cmap="viridis", extend="both")
    lines = axes.contour(x, y, values, levels=levels, colors="white", linewidths=0.5)
    axes.clabel(lines, fontsize=7)
    figure.colorbar(filled, ax=axes, label=unit, shrink=0.85)


def _share_below(axes: Axes, values: Floats) -> None:
    """What part of the picture is known to within so many pixels."""
    ordered = np.sort(values.ravel())
    axes.set(aspect="auto", xscale="log", xlim=(max(ordered[0] / 2, 1e-3), ordered[-1] * 1.2), ylim=(0, 100))
    axes.plot(ordered, 100 * (np.arange(len(ordered)) + 1) / len(ordered), color="C0")
    axes.axvline(1.0, color="#cf222e", linewidth=1, linestyle="--")
    axes.grid(visible=True, color="#e4e4e4")
    label(axes, "1-sigma below, px", "of the picture, %")
