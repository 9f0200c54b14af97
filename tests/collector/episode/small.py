"""The smallest files that tell of an episode, made in a millisecond: for tests of what handles many."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import h5py
import numpy as np

from collector.episode.catalogue_refresh import Hashes, Progress
from collector.episode.catalogue_row import Row
from collector.episode.catalogue_sealed import indexed
from collector.episode.record import NO_STREAM, Kind, header
from collector.episode.schema import FORMAT, FORMAT_VERSION
from collector.labels import sidecar

DAY_NS = 86_400_000_000_000
BEGAN_NS = 1_790_000_000_000_000_000
RUN = {"session_uuid": "11111111-0000-4000-8000-000000000000", "session_started_utc_ns": BEGAN_NS - 10**9}


def uuid(seed: int) -> str:
    return str(UUID(int=seed << 96 | seed))


def metadata(seed: int, *, task: str = "pick_cube", labels: dict[str, Any] | None = None, **grounds: Any) -> Any:
    """As the daemon writes them, but for streams."""
    return {
        "format_version": FORMAT_VERSION,
        "episode_uuid": uuid(seed),
        "utc_anchor_ns": BEGAN_NS + seed * 60 * 10**9,
        "monotonic_anchor_ns": 10**9,
        "rig": {"name": "virtual"},
        "task": {"name": task, "instruction": "pick up the cube"},
        "streams": {},
        "provenance": {"operator": "operator-1", "purpose": "record", "override": "a test", **RUN, **grounds},
        "labels": labels or {},
    }


def journal(path: Path, meta: dict[str, Any]) -> Path:
    """A journal that has just been begun."""
    payload = (json.dumps(meta).encode(),)
    path.write_bytes(b"".join((header(Kind.META, NO_STREAM, 0, 0, 0, payload), *payload)))
    return path


def sealed(path: Path, meta: dict[str, Any], *, status: str = "complete", steps: int = 60) -> Path:
    """A sealed file: what the catalogue asks of one."""
    with h5py.File(path, "w") as file:
        file.attrs.update(
            format=FORMAT,
            format_version=FORMAT_VERSION,
            episode_uuid=meta["episode_uuid"],
            status=status,
            utc_anchor_ns=np.int64(meta["utc_anchor_ns"]),
            monotonic_anchor_ns=np.int64(meta["monotonic_anchor_ns"]),
        )
        file["provenance"] = json.dumps(meta)
        file["steps/t_ns"] = np.arange(steps, dtype=np.int64) * 16_666_667
        labels = file.create_group("labels")
        for name, value in ({"instruction": meta["task"]["instruction"]} | meta["labels"]).items():
            labels[name] = value if isinstance(value, str) else json.dumps(value)
            if not isinstance(value, str):
                labels[name].attrs["json"] = True
    return path


def in_this_process(paths: list[Path], _hashes: Hashes, _progress: Progress) -> dict[Path, Row]:
    """For `refresh`: sound files need no child processes, and the same file says the same."""
    return {path: _indexed(path, path.stat().st_mtime_ns, sidecar.stamp_of(path)) for path in paths}


@cache
def _indexed(path: Path, _mtime_ns: int, _beside: object) -> Row:
    return indexed(path)
