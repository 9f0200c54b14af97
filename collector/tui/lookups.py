"""What takes a while to find out about a take: how it stands among its task's others, and what was said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from collector.labels.history import Said, afterwards
from collector.labels.sidecar import read
from collector.quality.history import Standing, history_of
from collector.remote_status import TakeTold
from collector.tui.shelf import Filter, known_tags, load
from collector.tui.verdict import standings_of


@dataclass(frozen=True, slots=True)
class Known:
    """`standings`: of its figures; `tags`: those in use in its folder, the most used first."""

    standings: Mapping[str, Standing]
    tags: tuple[str, ...]


NOTHING = Known({}, ())


class LookedUp(Message):
    """An answer from a thread, of a take by its UUID."""

    def __init__(self, uuid: str, found: Known | tuple[Said, ...]) -> None:
        super().__init__()
        self.uuid, self.found = uuid, found


def known_of(take: TakeTold, folder: Path) -> LookedUp:
    """By the folder's catalogue."""
    rows = load(folder, "folder", "", Filter(), "started").rows
    standings = standings_of(take, history_of(rows, take.task, take.uuid))
    return LookedUp(take.uuid, Known(standings, tuple(known_tags(rows))))


def said_of(take: TakeTold) -> LookedUp:
    """By the file of labels beside it."""
    return LookedUp(take.uuid, tuple(afterwards(read(Path(take.path)).events)))
