"""Episodes as a LeRobot v2.1 data set: Parquet rows, one MP4 an episode and camera.

Layout and checks: lerobot 0.3.3, datasets/utils.py and datasets/lerobot_dataset.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collector.episode.reader import Episode
from collector.export.calibration import calibration_json, straight_cameras
from collector.export.card import write_card
from collector.export.features import (
    Feature,
    image_key,
    is_measured,
    measurements,
    state_and_action,
)
from collector.export.grounds import Leave, counted
from collector.export.lens import lens_in
from collector.export.lerobot_meta import (
    CHUNK,
    DATA_PATH,
    VIDEO_PATH,
    info,
    provenance,
    write_json,
    write_jsonl,
)
from collector.export.parquet import read_column, write_columns
from collector.export.plan import ExportError, Gaps, Plan, Progress, Source, make_plan
from collector.export.staging import staged
from collector.export.stats import Stats, column_stats, quantile_stats, to_json
from collector.export.videos import VideoJob, write_videos

# `timestamp` is float32 and must step by 1/fps within 1e-4 s (check_timestamps_sync); above 1024 s
# two neighbouring float32 are 1.2e-4 s apart.
LONGEST_S = 1024
_SAID_NOTHING = Leave()


@dataclass(frozen=True, slots=True)
class ExportReport:
    """`episodes` of the set, from `sources` recordings; rows `trimmed` and `dropped` are not in it.

    `left_out`: features that some row has no value for, so that the set goes without them.
    `skipped`: status of each recording that was cut short, and so is not in the set; `damaged`: problem of each file
    that was left out for it. `licences`, `consents`: how many recordings have each.
    """

    out: Path
    sources: int
    episodes: int
    rows: int
    trimmed: int
    dropped: int
    gaps: int
    videos: int
    bytes: int
    left_out: tuple[str, ...]
    skipped: dict[str, str]
    damaged: dict[str, str]
    licences: dict[str, int]
    consents: dict[str, int]

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        values: dict[str, object] = asdict(self)
        return values | {"out": str(self.out)}


@dataclass(frozen=True, slots=True)
class _Piece:
    """One episode of the set: a run of rows of a source."""

    index: int
    source: Source
    rows: NDArray[np.int64]

    def data_path(self, root: Path) -> Path:
        return root / DATA_PATH.format(episode_chunk=self.index // CHUNK, episode_index=self.index)

    def video_path(self, root: Path, key: str) -> Path:
        return root / VIDEO_PATH.format(episode_chunk=self.index // CHUNK, video_key=key, episode_index=self.index)


def export_lerobot_v21(
    episodes: Sequence[Path],
    out: Path,
    *,
    progress: Progress | None = None,
    gaps: Gaps = "refuse",
    damaged: Mapping[str, str] = {},
    cut_short: bool = False,
    undistort: bool = False,
    leave: Leave = _SAID_NOTHING,
) -> ExportReport:
    """Deliver sealed episodes, in the order given, as the folder `out`, which must not exist.

    Rows in which a camera or an arm is invalid are not delivered: trimmed at the ends; inside they
    are a gap, which `gaps` decides. Equal input gives equal bytes. `damaged`: files that were left out and why, for
    the report and the card; those that are given must be sound (guard.py). `cut_short`: recordings
    that a kill, a device or a full disk ended are delivered too. `undistort`: pictures as a pinhole would have taken
    them, with its K. `leave`: of licence and consent, where recordings say nothing. Raises ExportError.
    """
    report = progress or _silent
    plan = make_plan(episodes, gaps, report, cut_short=cut_short, leave=leave)
    straight = straight_cameras(plan) if undistort else None
    pieces = _pieces(plan)
    left_out = _left_out(pieces)
    with staged(out) as root:
        image_stats = _write_videos(plan, pieces, root, undistort, report)
        tables = _write_tables(plan, pieces, root, left_out, report)
        features = tables[0].features
        write_json(root / "meta/info.json", info(plan, features, len(pieces)))
        _write_episode_lists(plan, pieces, root, [table.stats for table in tables], image_stats)
        write_json(root / "meta/stats.json", _whole_stats(pieces, root, features))
        write_json(
            root / "meta/clapboard.json",
            provenance(plan, [(p.source, p.rows) for p in pieces], gaps, undistort),
        )
        told = [(straight or {}).get(p.source.path, p.source.cameras) for p in pieces]
        write_json(root / "meta/calibration.json", calibration_json(told))
        write_card(root / "README.md", plan, features, left_out, gaps, damaged, undistort)
        size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    return ExportReport(
        out=out,
        sources=len(plan.sources),
        episodes=len(pieces),
        rows=plan.rows,
        trimmed=sum(source.trimmed for source in plan.sources),
        dropped=sum(source.dropped for source in plan.sources),
        gaps=sum(source.gaps for source in plan.sources),
        videos=len(pieces) * len(plan.contract.cameras),
        bytes=size,
        left_out=left_out,
        skipped=plan.skipped,
        damaged=dict(damaged),
        licences=counted(source.grounds.licence for source in plan.sources),
        consents=counted(source.grounds.consent for source in plan.sources),
    )


def _silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def _pieces(plan: Plan) -> list[_Piece]:
    runs = [(source, run) for source in plan.sources for run in source.runs]
    for source, run in runs:
        seconds = len(run) / plan.contract.fps
        if seconds > LONGEST_S:
            raise ExportError(
                f"{source.path} is {float(seconds):.0f} s long; LeRobot v2.1's float32"
                f" timestamps hold {LONGEST_S} s: leave it out"
            )
    return [_Piece(index, source, run) for index, (source, run) in enumerate(runs)]


def _left_out(pieces: list[_Piece]) -> tuple[str, ...]:
    absent: dict[str, None] = {}
    for piece in pieces:
        with Episode(piece.source.path) as episode:
            absent |= {f.key: None for f in measurements(episode, piece.rows) if not is_measured(f)}
    return tuple(absent)


def _write_videos(
    plan: Plan, pieces: list[_Piece], root: Path, undistort: bool, progress: Progress
) -> list[dict[str, Stats]]:
    """All videos; each piece's picture statistics by feature."""
    keys = {camera: image_key(camera) for camera in plan.contract.cameras}
    jobs = [
        VideoJob(
            piece.source.path,
            camera,
            piece.rows,
            piece.video_path(root, key),
            lens_in(piece.source.cameras[camera]) if undistort else None,
        )
        for piece in pieces
        for camera, key in keys.items()
    ]
    stats = iter(write_videos(jobs, plan.contract.fps, progress))
    return [{key: next(stats) for key in keys.values()} for _ in pieces]


@dataclass(frozen=True, slots=True)
class _Table:
    features: list[Feature]
    stats: dict[str, Stats]


def _write_tables(
    plan: Plan, pieces: list[_Piece], root: Path, left_out: tuple[str, ...], progress: Progress
) -> list[_Table]:
    tasks = _tasks(plan)
    tables: list[_Table] = []
    start = 0
    for piece in pieces:
        with Episode(piece.source.path) as episode:
            measured = [f for f in measurements(episode, piece.rows) if f.key not in left_out]
            features = [*state_and_action(episode, piece.rows), *measured]
        frame = np.arange(len(piece.rows), dtype=np.int64)
        index = {
            "timestamp": (frame / float(plan.contract.fps)).astype(np.float32),
            "frame_index": frame,
            "episode_index": np.full_like(frame, piece.index),
            "index": frame + start,
            "task_index": np.full_like(frame, tasks[piece.source.task]),
        }
        columns = {feature.key: feature.values for feature in features} | index
        write_columns(piece.data_path(root), columns)
        heads = [Feature(f.key, f.values[:0], f.names, f.unit) for f in features]
        tables.append(_Table(heads, {key: column_stats(values) for key, values in columns.items()}))
        start += len(frame)
        progress("writing rows", start, plan.rows)
    return tables


def _tasks(plan: Plan) -> dict[str, int]:
    """Each instruction's index, by first use."""
    return {task: index for index, task in enumerate(dict.fromkeys(s.task for s in plan.sources))}


def _write_episode_lists(
    plan: Plan,
    pieces: list[_Piece],
    root: Path,
    stats: list[dict[str, Stats]],
    image_stats: list[dict[str, Stats]],
) -> None:
    write_jsonl(
        root / "meta/tasks.jsonl",
        [{"task_index": index, "task": task} for task, index in _tasks(plan).items()],
    )
    write_jsonl(
        root / "meta/episodes.jsonl",
        [{"episode_index": p.index, "tasks": [p.source.task], "length": len(p.rows)} for p in pieces],
    )
    write_jsonl(
        root / "meta/episodes_stats.jsonl",
        [
            {
                "episode_index": p.index,
                "stats": {key: to_json(value) for key, value in (s | i).items()},
            }
            for p, s, i in zip(pieces, stats, image_stats, strict=True)
        ],
    )


def _whole_stats(pieces: list[_Piece], root: Path, features: list[Feature]) -> dict[str, object]:
    """Exact statistics of the whole set, one column in memory at a time (v2.1 reads none)."""
    paths = [piece.data_path(root) for piece in pieces]
    return {f.key: to_json(quantile_stats(read_column(paths, f.key))) for f in features}
