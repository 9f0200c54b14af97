"""Is the file of labels beside an episode what it says? Whatever is wrong with it, the episode is none the worse."""

from pathlib import Path

from collector.episode.catalogue_facts import journal_row
from collector.episode.findings import Report
from collector.episode.foreign import NotAnEpisode
from collector.episode.reader import Episode
from collector.episode.segments import SUFFIX as JOURNAL
from collector.labels import sidecar
from collector.labels.event import LabelEvent, undone

_LEEWAY_NS = 10**9  # a key is pressed before the first picture and after the last one

Span = tuple[int, int]


def examine_labels(path: Path) -> Report:
    """All about one file of labels: every line, whose it is, and whether its steps lie in the episode."""
    stem = path.name.removesuffix(sidecar.SUFFIX)
    sealed, journal = path.with_name(f"{stem}.hdf5"), path.with_name(f"{stem}{JOURNAL}")
    uuid, span, note = "", None, ""
    if sealed.exists():
        try:
            uuid, span = _of(sealed)
        except (NotAnEpisode, OSError):
            note = f"; {sealed.name} cannot be read, so only the lines were checked"
    elif journal.exists():
        uuid = journal_row(journal).uuid or ""
    else:
        return Report(path, (f"there is no {sealed.name} beside it; put it back beside its episode, or away",))
    found = sidecar.read(path, uuid)
    problems = [*found.problems, *(_outside(found.events, span) if span else ())]
    return Report(path, tuple(problems), note="" if problems else f"sound, {_told(found)}{note}")


def _of(sealed: Path) -> tuple[str, Span | None]:
    """UUID, first and last instant. Raises NotAnEpisode, OSError."""
    with Episode(sealed) as episode:
        t_ns = episode.t_ns
        return episode.uuid, (int(t_ns[0]), int(t_ns[-1])) if len(t_ns) else None


def _outside(events: tuple[LabelEvent, ...], span: Span) -> list[str]:
    """Steps that lie outside the episode; those that were taken back count for nothing."""
    first, last = span[0] - _LEEWAY_NS, span[1] + _LEEWAY_NS
    gone = undone(events)
    steps = [step for event in events if event.id not in gone for step in event.set.steps or ()]
    return [
        f"the step {step.name!r} lies outside the episode"
        for step in steps
        if not (first <= step.begin_ns and step.end_ns <= last)
    ]


def _told(found: sidecar.Sidecar) -> str:
    labels = f"{len(found.events)} label{'' if len(found.events) == 1 else 's'}"
    if not found.torn:
        return labels
    lines = ", ".join(map(str, found.torn))
    return f"{labels}; torn off by a power cut, and never said: line {lines}"
