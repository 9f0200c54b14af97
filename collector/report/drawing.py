"""Drawing for the HTML pages: panels in the house's style, as inline SVG."""

from io import StringIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_WIDTH, _HEIGHT, _PER_ROW = 9.6, 2.5, 3
_STYLE = {
    "svg.fonttype": "none",  # text stays text
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e4e4",
    "axes.axisbelow": True,
}


def panels(plots: int, *, rows: int = 0) -> tuple[Figure, list[Axes]]:
    """A figure and its `plots` axes, three a row unless `rows` says how many rows."""
    rows = rows or -(-plots // _PER_ROW)
    across = 1 if plots == rows else _PER_ROW
    with mpl.rc_context(_STYLE):
        figure = Figure(
            figsize=(_WIDTH, _HEIGHT * rows if across > 1 else _HEIGHT * (0.5 + rows / 2)), layout="constrained"
        )
        grid = [figure.add_subplot(rows, across, n + 1) for n in range(plots)]
    return figure, grid


def frames(plots: int, size: tuple[int, int]) -> tuple[Figure, list[Axes]]:
    """A figure and its `plots` axes, two a row, each over a picture of `size` (width, height) px: y down, to scale."""
    rows, (width, height) = -(-plots // 2), size
    with mpl.rc_context(_STYLE | {"axes.grid": False}):
        figure = Figure(figsize=(_WIDTH, (_WIDTH / 2 * height / width + 0.4) * rows), layout="constrained")
        grid = [figure.add_subplot(rows, 2, n + 1) for n in range(plots)]
    for axes in grid:
        axes.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5), aspect="equal")
    return figure, grid


def label(axes: Axes, x: str, y: str) -> None:
    """Its axes by what they show, with the unit."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def legend(axes: Axes) -> None:
    """Beside the plot, where it hides nothing."""
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), markerscale=3, frameon=False)


def svg(figure: Figure) -> str:
    """The <svg> element alone, for use within HTML."""
    out = StringIO()
    metadata: dict[str, Any] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context(_STYLE):
        figure.savefig(out, format="svg", dpi=110, metadata=metadata)
    text = out.getvalue()
    return text[text.index("<svg") :]
