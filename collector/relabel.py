"""Says something of episodes at rest: through the daemon that keeps their folder, else in the file beside each."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from collector.control import DaemonError, socket_path
from collector.episode.segments import TRASH
from collector.episode.subject import Subject
from collector.labels import sidecar
from collector.labels.event import LabelEvent, LabelSet, said, taken_back
from collector.labels.wish import NotSaid
from collector.remote import Remote

_RIG = re.compile(r"[a-z0-9_]+")  # as the rig's file must name it: whatever an episode says, no path comes of it


class Pen:
    """Writes labels of episodes; a context manager. `by`: in whose name."""

    def __init__(self, by: str) -> None:
        self._by = by
        self._daemons: dict[str, tuple[Remote, Path] | None] = {}  # by rig, with the folder that each keeps

    def __enter__(self) -> "Pen":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for daemon in self._daemons.values():
            if daemon is not None:
                daemon[0].close()

    def say(self, of: Subject, what: LabelSet) -> None:
        """Add a label. Raises NotSaid."""
        with _objections():
            if (daemon := self._daemon(of)) is not None:
                daemon.label(what, episode=of.uuid, by=self._by)
            else:
                _write(of.path, said(of.uuid, self._by, what))

    def take_back(self, of: Subject, label_id: str) -> None:
        """A label of that id counts as never said. Raises NotSaid."""
        with _objections():
            if (daemon := self._daemon(of)) is not None:
                daemon.unlabel(of.uuid, label_id, by=self._by)
            else:
                event = next(event for event in sidecar.read(of.path, of.uuid).events if event.id == label_id)
                _write(of.path, taken_back(event, self._by))

    def _daemon(self, of: Subject) -> Remote | None:
        """That which keeps the episode's folder, if one does."""
        if not _RIG.fullmatch(of.rig):
            return None
        if of.rig not in self._daemons:
            self._daemons[of.rig] = _listening(of.rig)
        found = self._daemons[of.rig]
        return found[0] if found is not None and found[1] == of.path.parent.resolve() else None


def _listening(rig: str) -> tuple[Remote, Path] | None:
    """The daemon of a rig, and the folder that it keeps."""
    try:
        remote = Remote(socket_path(rig))
    except DaemonError:
        return None
    try:
        return remote, Path(remote.ask("status")["out"])
    except BaseException:
        remote.close()
        raise


def _write(path: Path, event: LabelEvent) -> None:
    if path.parent.name == TRASH:
        raise NotSaid("it was discarded; bring it back first (clap restore)")
    sidecar.append(path, event)
    sidecar.sync(path)


@contextmanager
def _objections() -> Generator[None]:
    try:
        yield
    except DaemonError as error:
        raise NotSaid(str(error)) from error
    except OSError as error:
        raise NotSaid(f"the label cannot be written: {error.strerror or error}") from error
