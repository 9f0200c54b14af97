"""What has to be known of an episode to say something of it: who it is, when it was, what was said before."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from collector.episode.foreign import NotAnEpisode, damage_named, require_file
from collector.episode.journal_reader import JournalError, scan
from collector.episode.labelled import Labelled, labelled
from collector.episode.reader import Episode
from collector.episode.segments import number_of
from collector.episode.spoken import spoken_labels
from collector.labels import sidecar


@dataclass(frozen=True, slots=True)
class Subject:
    """`recorded`: what the recording itself says, given by `operator`; `labelled`: after all that was said since.

    `span_ns`: its first and last instant, CLOCK_MONOTONIC; None where there is none, or while it is a journal.
    """

    path: Path
    uuid: str
    rig: str
    operator: str
    utc_minus_monotonic_ns: int
    span_ns: tuple[int, int] | None
    recorded: dict[str, Any]
    labelled: Labelled

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"path": str(self.path), "uuid": self.uuid, "span_ns": self.span_ns, **self.labelled.to_dict()}

    def again(self) -> "Subject":
        """As it is now that more was said. The recording is not read again: it does not change."""
        beside = sidecar.read(self.path, self.uuid)
        return replace(self, labelled=labelled(self.recorded, beside, self.operator, self.utc_minus_monotonic_ns))


def subject(path: Path) -> Subject:
    """Of a sealed file or a journal. A damaged one may crash or hang HDF5: mind where. Raises NotAnEpisode."""
    require_file(path)
    if number_of(path) >= 0:
        return _journal(path if path.suffix == ".journal" else path.with_suffix(""))
    with Episode(path) as episode, damage_named(path):
        t_ns = episode.t_ns
        return Subject(
            path=path,
            uuid=episode.uuid,
            rig=str(episode.rig.get("name", "")),
            operator=episode.operator,
            utc_minus_monotonic_ns=episode.utc_anchor_ns - episode.monotonic_anchor_ns,
            span_ns=(int(t_ns[0]), int(t_ns[-1])) if len(t_ns) else None,
            recorded=episode.recorded_labels,
            labelled=episode.labelled,
        )


def _journal(path: Path) -> Subject:
    """It is aligned once it is sealed: until then its marks are in the history alone."""
    try:
        with scan(path) as found, damage_named(path):
            meta = found.meta
            ahead_ns = meta.utc_anchor_ns - meta.monotonic_anchor_ns
            recorded = spoken_labels(meta, found.events, None)
            operator = str(meta.provenance.get("operator") or "")
            return Subject(
                path=path,
                uuid=meta.episode_uuid,
                rig=str(meta.rig.get("name", "")),
                operator=operator,
                utc_minus_monotonic_ns=ahead_ns,
                span_ns=None,
                recorded=recorded,
                labelled=labelled(recorded, sidecar.read(path, meta.episode_uuid), operator, ahead_ns),
            )
    except (JournalError, OSError) as error:
        raise NotAnEpisode(str(error)) from error
