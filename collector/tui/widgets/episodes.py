"""Episodes of the catalogue as a table: a page at a time, so that ten thousand cost no more than a hundred."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text
from textual.message import Message
from textual.widgets import DataTable

from collector.episode.catalogue_row import Row

_PAGE = 200
_AHEAD = 20  # rows before the last one: time to add the next page
_OUTCOMES = {"success": ("✔", "green"), "failure": ("✖", "red")}
_STEPS = ((0, ()), (72, ("task",)), (100, ("operator", "status")), (150, ("scene",)))
"""From so many cells on there is room for these too."""

Columns = tuple[tuple[str, int], ...]
"""Title and width, cells."""


class Episodes(DataTable[Text]):
    """`fill` shows rows; what was chosen stays chosen if it is still there."""

    DEFAULT_CSS = """
    Episodes { height: 1fr; overflow-x: hidden; }
    """

    class Chosen(Message):
        """Another episode is looked at; None: there is none."""

        def __init__(self, row: Row | None) -> None:
            super().__init__()
            self.row = row

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", zebra_stripes=True, cell_padding=1)
        self._episodes: tuple[Row, ...] = ()
        self._columns: Columns = ()

    @property
    def chosen(self) -> Row | None:
        """The episode under the cursor."""
        return self._episodes[self.cursor_row] if 0 <= self.cursor_row < len(self._episodes) else None

    def fill(self, episodes: Sequence[Row]) -> None:
        """These, in their order."""
        before, at = self.chosen, self.cursor_row
        self._episodes = tuple(episodes)
        self._layout_columns()
        self.clear()
        self._more(_PAGE)
        keys = [_key(row) for row in self._episodes]
        where = keys.index(_key(before)) if before is not None and _key(before) in keys else min(at, len(keys) - 1)
        if where >= self.row_count:
            self._more(where - self.row_count + _PAGE)
        if where >= 0:
            self.move_cursor(row=where, animate=False)
        self.post_message(self.Chosen(self.chosen))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """The next page, before it is needed; and who wants to know."""
        event.stop()
        if event.cursor_row >= self.row_count - _AHEAD:
            self._more(_PAGE)
        self.post_message(self.Chosen(self.chosen))

    def on_resize(self) -> None:
        """Columns that fit."""
        if self._columns != columns_for(self.size.width) and self.size.width:
            self.fill(self._episodes)

    def _layout_columns(self) -> None:
        wanted = columns_for(self.size.width)
        if wanted != self._columns:
            self._columns = wanted
            self.clear(columns=True)
            for title, width in wanted:
                self.add_column(title, width=width, key=title)

    def _more(self, count: int) -> None:
        first = self.row_count
        for row in self._episodes[first : first + count]:
            self.add_row(*(_cell(title, row) for title, _ in self._columns), key=_key(row))


def columns_for(width: int) -> Columns:
    """What there is room for."""
    more = [title for least, titles in _STEPS if width >= least for title in titles]
    chosen = ["episode", "began", "s", "✔", "score", *more]
    left = width - sum(_WIDTHS[title] + 2 for title in chosen) - 4  # two for a column's padding, two for the scrollbar
    return (*((title, _WIDTHS[title]) for title in chosen), ("tags", max(left, 4)))


def marks(row: Row) -> str:
    """What is special about an episode, in words."""
    if row.problem:
        return "damaged"
    if row.state == "recorded":
        return "journal"
    return row.state if row.state in ("trashed", "purged") else row.status or ""


def name_of(row: Row) -> str:
    """The number in its file's name, or the name."""
    if row.number is not None:
        return f"{row.number:06d}"
    return (row.path or row.uuid or "?").rpartition("/")[2][:12]


def began(row: Row) -> str:
    """Month, day and time of day where the operator is."""
    if row.started_utc_ns is None:
        return ""
    return f"{datetime.fromtimestamp(row.started_utc_ns * 1e-9).astimezone():%m-%d %H:%M}"


def _cell(title: str, row: Row) -> Text:
    match title:
        case "episode":
            return Text(name_of(row), "bold")
        case "began":
            return Text(began(row))
        case "s":
            return Text("" if row.duration_s is None else f"{row.duration_s:.1f}", justify="right")
        case "✔":
            symbol, style = _OUTCOMES.get(row.outcome or "", ("·", "dim"))
            return Text(symbol, style)
        case "score":
            return Text("★" * int(row.score) if row.score else "", "yellow")
        case "operator":
            return Text(row.operator or "")
        case "status":
            return Text(marks(row), "red" if row.problem or row.status not in ("complete", None) else "")
        case "scene":
            return Text((row.scene or "").replace('"', "").strip("{}"))
        case "tags":
            return Text("  ".join([*(f"#{tag}" for tag in row.tags), row.discarded_why or row.problem or ""]).strip())
        case _:
            return Text(row.task or "")


_WIDTHS = {
    "episode": 7, "began": 11, "s": 5, "✔": 1, "score": 5, "task": 14, "operator": 10, "status": 11, "scene": 36,
}  # fmt: skip


def _key(row: Row) -> str:
    return row.uuid or row.path or ""
