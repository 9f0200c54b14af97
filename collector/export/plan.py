"""Which rows of which episodes are delivered, decided and checked before anything is written."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from collector.episode.reader import Episode, NotAnEpisode
from collector.export.grounds import Grounds, Leave, grounds_of, objection
from collector.export.lens import cameras_of
from collector.labels.event import Step

Gaps = Literal["refuse", "split", "drop"]
"""At an interior gap: refuse the export; start a new episode; close it up (a hidden time jump)."""

Progress = Callable[[str, int, int], None]
"""(what, done, total)."""

_TOLD = ("instruction", "paraphrases", "scene", "outcome", "score", "tags")  # labels that go with a set
_CUT_SHORT = ("interrupted", "fault", "truncated")  # by a kill or power cut; by a device; by a full disk
_GAP_PERIODS = 1.5  # a longer step between two rows is a gap
_RATE_TOLERANCE = 0.01  # of the nominal rate
_SAID_NOTHING = Leave()


class ExportError(Exception):
    """These episodes cannot be delivered so; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What all episodes of one set share. `cameras`: name -> (height, width) in pixels."""

    fps: Fraction
    robot_type: str
    names: tuple[str, ...]
    cameras: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Source:
    """One recorded episode: its rows by fate, and the runs of rows that are delivered.

    `trimmed`: invalid rows at either end; `dropped`: invalid ones in between; `gaps`: interior.
    `labels`: what was said of it by now; `cameras`: their lenses and places (lens.py); `spans`: its steps, each with
    its first row and the one after its last.
    """

    path: Path
    uuid: str
    sha256: str
    status: str
    task: str
    steps: int
    trimmed: int
    dropped: int
    gaps: int
    runs: tuple[NDArray[np.int64], ...]
    grounds: Grounds
    labels: dict[str, Any]
    cameras: dict[str, dict[str, Any]]
    spans: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Sources in the order given, and what they share. `skipped`: status of each that was cut short."""

    contract: Contract
    sources: tuple[Source, ...]
    skipped: dict[str, str]

    @property
    def rows(self) -> int:
        """Rows delivered."""
        return sum(len(run) for source in self.sources for run in source.runs)


def runs_without_gap(t_ns: NDArray[np.int64], valid: NDArray[np.bool_], period_ns: float) -> list[NDArray[np.int64]]:
    """Indices of the valid rows, cut wherever more than 1.5 periods pass from one to the next.

    t_ns: (T,) int64 ns, ascending; valid: (T,). A trigger that never became a row is a gap as well.
    """
    rows = np.flatnonzero(valid).astype(np.int64)
    if not len(rows):
        return []
    cuts = np.flatnonzero(np.diff(t_ns[rows]) > _GAP_PERIODS * period_ns) + 1
    return np.split(rows, cuts)


def make_plan(
    episodes: Sequence[Path], gaps: Gaps, progress: Progress, *, cut_short: bool = False, leave: Leave = _SAID_NOTHING
) -> Plan:
    """Read what decides, check it, choose rows; `cut_short`: of episodes that did not come to their end too.

    Raises ExportError: the file and the remedy.
    """
    contract: Contract | None = None
    sources: list[Source] = []
    skipped: dict[str, str] = {}
    seen: dict[str, Path] = {}
    for number, path in enumerate(episodes):
        progress("checking", number, len(episodes))
        with _open(path) as episode:
            if episode.uuid in seen:
                raise ExportError(f"{path} is the same episode as {seen[episode.uuid]}; name it once")
            seen[episode.uuid] = path
            if episode.status in _CUT_SHORT and not cut_short:
                skipped[str(path)] = episode.status
                continue
            here = _contract(episode)
            contract = contract or here
            _check_same(contract, here, path)
            sources.append(_source(episode, here, gaps, leave))
    progress("checking", len(episodes), len(episodes))
    if contract is None:
        raise ExportError(
            f"none of {len(episodes)} episodes is complete; record one, name the folder that holds some,"
            " or take those that were cut short too (--cut-short)"
        )
    _check_gaps(sources, gaps)
    if problem := objection({source.path: source.grounds for source in sources}, leave):
        raise ExportError(problem)
    return Plan(contract, tuple(sources), skipped)


def _open(path: Path) -> Episode:
    try:
        return Episode(path)
    except (OSError, NotAnEpisode) as error:
        raise ExportError(f"{path} cannot be read ({error}); leave it out") from error


def _contract(episode: Episode) -> Contract:
    rig = episode.rig
    usable = np.flatnonzero(_usable(episode))
    if not len(usable):
        raise ExportError(f"{episode.path} has no row with every camera, arm and action valid; leave it out")
    cameras: dict[str, tuple[int, int]] = {}
    for camera in episode.cameras:
        image = episode.image(camera, int(usable[0]))
        assert image is not None, "a valid step has every camera"
        cameras[camera] = (image.shape[0], image.shape[1])
    return Contract(
        fps=Fraction(rig["trigger"]["rate_hz"]).limit_denominator(1001),
        robot_type=_robot_type(rig),
        names=episode.names,
        cameras=cameras,
    )


def _robot_type(rig: dict[str, Any]) -> str:
    """Every arm by its kind, then every base: franka, viperx300s+viperx300s+dynamixel_base."""
    arms = sorted(str(arm.get("arm", arm["driver"])) for arm in rig["followers"].values())
    bases = sorted(f"{base['driver']}_base" for base in rig.get("bases", {}).values())
    return "+".join([*arms, *bases])


def _usable(episode: Episode) -> NDArray[np.bool_]:
    """(T,): every camera and arm valid, and a finite state and action."""
    finite = np.isfinite(episode.qpos).all(axis=1) & np.isfinite(episode.action).all(axis=1)
    return episode.valid & finite


def _check_same(first: Contract, here: Contract, path: Path) -> None:
    for what in ("fps", "robot_type", "names", "cameras"):
        a, b = getattr(first, what), getattr(here, what)
        if a != b:
            raise ExportError(f"{path} has {what} {b}, the episodes before it {a}; export them apart")


def _source(episode: Episode, contract: Contract, gaps: Gaps, leave: Leave) -> Source:
    task = episode.instruction.strip()
    if not task:
        raise ExportError(f"{episode.path} has no instruction, and a policy needs one; label it, then export")
    t_ns, usable = episode.t_ns, _usable(episode)
    rows = np.flatnonzero(usable)
    runs = runs_without_gap(t_ns, usable, 1e9 / contract.fps)
    _check_rate(episode.path, t_ns[rows], contract.fps)
    inside = int(rows[-1] - rows[0] + 1)
    delivered = [np.concatenate(runs)] if gaps == "drop" else runs
    return Source(
        path=episode.path,
        uuid=episode.uuid,
        sha256=_sha256(episode.path),
        status=episode.status,
        task=task,
        steps=len(t_ns),
        trimmed=len(t_ns) - inside,
        dropped=inside - len(rows),
        gaps=len(runs) - 1,
        runs=tuple(delivered),
        grounds=grounds_of(episode.provenance, leave),
        labels={name: value for name, value in episode.labelled.labels.items() if name in _TOLD},
        cameras=cameras_of(episode, contract.cameras),
        spans=step_rows(t_ns, episode.labelled.steps),
    )


def step_rows(t_ns: NDArray[np.int64], steps: Sequence[Step]) -> tuple[tuple[str, int, int], ...]:
    """Name, first row and the one after the last, of each step that has rows.

    t_ns: (T,) ns. A row at the instant where one step ends and the next begins is of the next; one at the end of the
    last step is of that.
    """
    spans: list[tuple[str, int, int]] = []
    for number, step in enumerate(steps, 1):
        end_ns = step.end_ns + (number == len(steps))
        first, end = (int(row) for row in np.searchsorted(t_ns, [step.begin_ns, end_ns]))
        if end > first:
            spans.append((step.name, first, end))
    return tuple(spans)


def _check_rate(path: Path, t_ns: NDArray[np.int64], fps: Fraction) -> None:
    """Rows are delivered at k/fps; refuse where that would stretch or squeeze time."""
    if len(t_ns) < 3:
        return
    rate = 1e9 / float(np.median(np.diff(t_ns)))
    if abs(rate / float(fps) - 1) > _RATE_TOLERANCE:
        raise ExportError(
            f"{path} was recorded at {rate:.2f} Hz, its rig says trigger.rate_hz {float(fps):g};"
            f" timestamps would be wrong by that ratio: leave it out, and correct the rig file"
        )


def _check_gaps(sources: list[Source], gaps: Gaps) -> None:
    broken = [source for source in sources if source.gaps]
    if gaps != "refuse" or not broken:
        return
    listed = "; ".join(f"{s.path} ({s.gaps} gaps, {s.dropped} invalid rows)" for s in broken[:5])
    more = f"; and {len(broken) - 5} more" if len(broken) > 5 else ""
    raise ExportError(
        f"{len(broken)} of {len(sources)} episodes have a gap inside: {listed}{more};"
        " choose `--gaps split` to start a new episode after each gap, or `--gaps drop` to close them up"
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
