"""The files under meta/ of a LeRobot v2.1 data set (lerobot 0.3.3, datasets/utils.py)."""

import json
from collections.abc import Iterable
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from collector.export.features import Feature, image_key
from collector.export.plan import Gaps, Plan, Source
from collector.export.video import CODEC, OPTIONS, PIXELS

CODEBASE_VERSION = "v2.1"
CHUNK = 1000  # episodes a folder
DATA_PATH = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
VIDEO_PATH = "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4"
_INDEX = {
    "timestamp": "float32",
    "frame_index": "int64",
    "episode_index": "int64",
    "index": "int64",
    "task_index": "int64",
}


def info(plan: Plan, features: list[Feature], episodes: int) -> dict[str, object]:
    """meta/info.json."""
    contract = plan.contract
    return {
        "codebase_version": CODEBASE_VERSION,
        "robot_type": contract.robot_type,
        "total_episodes": episodes,
        "total_frames": plan.rows,
        "total_tasks": len({source.task for source in plan.sources}),
        "total_videos": episodes * len(contract.cameras),
        "total_chunks": -(-episodes // CHUNK),
        "chunks_size": CHUNK,
        "fps": number(contract.fps),
        "splits": {"train": f"0:{episodes}"},
        "data_path": DATA_PATH,
        "video_path": VIDEO_PATH if contract.cameras else None,
        "features": _features(plan, features),
    }


def number(fps: Fraction) -> int | float:
    """An int where the rate is whole, as LeRobot expects."""
    return fps.numerator if fps.denominator == 1 else float(fps)


def provenance(
    plan: Plan, pieces: list[tuple[Source, NDArray[np.int64]]], gaps: Gaps, undistort: bool
) -> dict[str, object]:
    """meta/clapboard.json: where each episode comes from, and what made it; no date."""
    return {
        "software": {"name": "clapboard", "version": version("clapboard")},
        "recipe": {
            "format": f"lerobot {CODEBASE_VERSION}",
            "gaps": gaps,
            **({"undistort": True} if undistort else {}),
            "video": {"codec": CODEC, "pix_fmt": PIXELS, **OPTIONS},
        },
        "sources": [
            {
                "uuid": source.uuid,
                "file": source.path.name,
                "sha256": source.sha256,
                "status": source.status,
                "steps": source.steps,
                "trimmed": source.trimmed,
                "dropped": source.dropped,
                "gaps": source.gaps,
                **source.grounds.to_dict(),
                "labels": source.labels,
            }
            for source in plan.sources
        ],
        "episodes": [
            {
                "episode_index": index,
                "uuid": source.uuid,
                "first_step": int(rows[0]),
                "last_step": int(rows[-1]),
                "rows": len(rows),
                "steps": _steps(source, rows),
            }
            for index, (source, rows) in enumerate(pieces)
        ],
    }


def _steps(source: Source, rows: NDArray[np.int64]) -> list[dict[str, object]]:
    """The task's steps by frames of this episode, `end_frame` not included."""
    found = [(name, *map(int, np.searchsorted(rows, [first, end]))) for name, first, end in source.spans]
    return [{"name": name, "first_frame": first, "end_frame": end} for name, first, end in found if end > first]


def write_json(path: Path, value: object) -> None:
    """One JSON document; refuses NaN, which is no JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=4, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def write_jsonl(path: Path, rows: Iterable[dict[str, object]]) -> None:
    """One JSON document a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8")


def _features(plan: Plan, features: list[Feature]) -> dict[str, object]:
    numbers: dict[str, object] = {
        feature.key: {
            "dtype": feature.dtype,
            "shape": list(feature.shape),
            "names": None if feature.names is None else list(feature.names),
        }
        for feature in features
    }
    videos: dict[str, object] = {
        image_key(camera): _video(plan.contract.fps, height, width)
        for camera, (height, width) in plan.contract.cameras.items()
    }
    index: dict[str, object] = {key: {"dtype": dtype, "shape": [1], "names": None} for key, dtype in _INDEX.items()}
    return numbers | videos | index


def _video(fps: Fraction, height: int, width: int) -> dict[str, object]:
    return {
        "dtype": "video",
        "shape": [height, width, 3],
        "names": ["height", "width", "channels"],
        "info": {
            "video.height": height,
            "video.width": width,
            "video.codec": "h264",
            "video.pix_fmt": PIXELS,
            "video.is_depth_map": False,
            "video.fps": number(fps),
            "video.channels": 3,
            "has_audio": False,
        },
    }
