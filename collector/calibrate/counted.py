"""What of a store counts for a rig today, and which result a word of the command line means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from calibration.difference import LensDifference, MountDifference, compare
from calibration.embed import counting, mount_kind, placing
from calibration.errors import CalibrationError
from calibration.result import Result
from calibration.store import Store, read_result
from hardware.config import RigConfig

CAMERA_KINDS = ("intrinsics", "hand-eye", "extrinsics")


@dataclass(frozen=True, slots=True)
class Counted:
    """Of a subject: the result that counts, None where there is none; `problem`: why a pin does not."""

    kind: str
    subject: str
    result: Result | None
    is_pinned: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A result of the store, and how far it is from the one before of its kind and subject."""

    name: str
    result: Result
    change: LensDifference | MountDifference | None


def what_counts(store: Store, rig: RigConfig) -> list[Counted]:
    """Lens and place of every camera, whether or not they are there; of the rest what is there."""
    found = [_counted(store, rig, kind, name) for name in rig.cameras for kind in ("intrinsics", mount_kind(rig, name))]
    others = [("rig", rig.name), *(("leader", name) for name in rig.leaders)]
    others += [("latency", f"cameras/{name}") for name in rig.cameras]
    others += [("latency", f"arms/{name}") for name in rig.followers]
    others += [("check", name) for name in rig.cameras]
    there = (_counted(store, rig, kind, subject) for kind, subject in others)
    return found + [each for each in there if each.result is not None or each.problem]


def meant(store: Store, rig: RigConfig | None, word: str, kinds: Sequence[str] = CAMERA_KINDS) -> list[Result]:
    """Of a file, of a name or UUID (or the beginning of one), or of a subject: what counts of it, by these kinds.

    Raises CalibrationError.
    """
    if word.endswith(".json") and Path(word).is_file():
        return [read_result(Path(word))]
    if rig is not None and word in rig.cameras:
        told = [counting(store, rig, kind, word) for kind in kinds if kind in ("intrinsics", mount_kind(rig, word))]
    else:
        told = [store.newest(kind, word) for kind in kinds]
    found = [result for result in told if result is not None]
    return found or [store.load(word)]


def history(store: Store, subject: str | None = None, last: int | None = None) -> list[Entry]:
    """Results that can be read, oldest first, the `last` ones; `subject`: only its own."""
    every = store.results(subject=subject)
    return list(_with_changes(every, len(every) - (last or len(every))))


def _with_changes(every: list[tuple[str, Result]], first: int) -> Iterator[Entry]:
    before: dict[tuple[str, str], Result] = {}
    for number, (name, result) in enumerate(every):
        key = result.kind, _subject(name)
        if number >= first:
            yield Entry(name, result, _change(before.get(key), result))
        before[key] = result


def _change(before: Result | None, result: Result) -> LensDifference | MountDifference | None:
    if before is None or result.kind not in CAMERA_KINDS:
        return None
    try:
        return compare(before, result)
    except CalibrationError:
        return None  # of pictures of another size, or told in another frame: there is no change to tell


def _counted(store: Store, rig: RigConfig, kind: str, subject: str) -> Counted:
    pinned = f"{subject}/{kind}" in rig.calibration.pins
    try:
        is_place = kind in ("hand-eye", "extrinsics")
        found = placing(store, rig, subject) if is_place else counting(store, rig, kind, subject)
        return Counted(kind, subject, found, pinned)
    except CalibrationError as error:
        return Counted(kind, subject, None, pinned, str(error))


def _subject(name: str) -> str:
    """Of a name of the store: what stands between the kind and the date."""
    kind = next(kind for kind in (*CAMERA_KINDS, "rig", "leader", "latency", "check") if name.startswith(f"{kind}-"))
    return name[len(kind) + 1 : -26]
