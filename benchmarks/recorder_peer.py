"""One run of LeRobot's own recorder (LeRobotDataset.create, add_frame, save_episode). Runs in the peer's own venv.

The loop is that of `lerobot-record` with devices that cost nothing: each turn takes the newest picture of each camera.
`how`: default (pictures as PNG by 4 threads a camera, made a video at save_episode: what lerobot-record does unasked)
or tuned: x264 with one thread a camera while it records, at the preset ultrafast where the release lets one choose.
"""

import inspect
import logging
import time
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import av
import numpy as np

from benchmarks.recorder_meter import Found, Job, cpu_s, folder_bytes, say
from benchmarks.recorder_source import CAMERAS, RATE_HZ, Gate, Opened, Pictures, latest

LeRobotDataset: Any = import_module("lerobot.datasets.lerobot_dataset").LeRobotDataset

_REPO = "clapboard/benchmark"
_NAMES = [f"joint_{n}" for n in range(8)]
_FIRST_S = 2.0  # of the take before the one that is killed
_WRITERS = 4  # a camera; DatasetRecordConfig.num_image_writer_threads_per_camera


def create(job: Job, height: int, width: int) -> Any:
    """An empty data set as `lerobot-record` makes it."""
    features: dict[str, dict[str, Any]] = {
        key: {"dtype": "float32", "shape": (8,), "names": _NAMES} for key in ("observation.state", "action")
    }
    for name in CAMERAS:
        shape = {"shape": (height, width, 3), "names": ["height", "width", "channels"]}
        features[f"observation.images.{name}"] = {"dtype": "video", **shape}
    options = tuned() if job.how == "tuned" else {}
    writers = 0 if "streaming_encoding" in options else _WRITERS * len(CAMERAS)
    return LeRobotDataset.create(
        _REPO, RATE_HZ, features, root=data_set(job), robot_type="benchmark", image_writer_threads=writers, **options
    )


def tuned() -> dict[str, Any]:
    """The cheapest that this release's `create` offers on a machine without a hardware encoder."""
    offered = inspect.signature(LeRobotDataset.create).parameters
    options: dict[str, Any] = {}
    if "vcodec" in offered:
        options["vcodec"] = "h264"
    if "streaming_encoding" in offered:
        options |= {"streaming_encoding": True, "encoder_threads": 1, "encoder_queue_maxsize": 4 * RATE_HZ}
    for name in ("rgb_encoder", "camera_encoder"):
        if name in offered:
            video: Any = import_module("lerobot.configs.video")
            kind = video.RGBEncoderConfig if name == "rgb_encoder" else video.VideoEncoderConfig
            options[name] = kind(vcodec="h264", preset="ultrafast")
    return options


def record(data: Any, pictures: Pictures, take: Opened) -> None:
    """Every turn of the loop one row."""
    rows = np.sin(np.arange(take.count)[:, np.newaxis] / RATE_HZ + np.arange(8)).astype(np.float32)
    for number in latest(take):
        frame: dict[str, Any] = {"observation.state": rows[number], "action": rows[number], "task": "benchmark"}
        for camera, name in enumerate(CAMERAS):
            frame[f"observation.images.{name}"] = pictures[camera, number % pictures.shape[1]]
        data.add_frame(frame)


def measure(job: Job) -> Found:
    """One take, saved."""
    pictures = np.load(job.pictures)
    data = create(job, *pictures.shape[2:4])
    before = cpu_s()
    take = Gate().open(round(job.seconds * RATE_HZ))
    record(data, pictures, take)
    recorded, stopped = cpu_s(), time.monotonic()
    data.save_episode()
    ready_s = time.monotonic() - stopped
    close(data)
    sealed_s, saved = time.monotonic() - stopped, cpu_s()
    root = data_set(job)
    stored = sum(pictures_in(path) for path in root.glob("videos/**/*.mp4"))
    offered = len(CAMERAS) * take.count
    note = f"{data.num_frames} rows of {take.count}"
    return Found(offered, stored, recorded - before, saved - recorded, ready_s, sealed_s, folder_bytes(root), note)


def be_killed(job: Job) -> None:
    """A short take, saved; then one in which the end comes."""
    pictures = np.load(job.pictures)
    data = create(job, *pictures.shape[2:4])
    record(data, pictures, Gate().open(round(_FIRST_S * RATE_HZ)))
    data.save_episode()
    earlier = sum(pictures_in(path) for path in data_set(job).glob("videos/**/*.mp4"))
    take = Gate().open(60 * RATE_HZ)
    say("recording", t0_ns=take.t0_ns, earlier=earlier)
    record(data, pictures, take)


def recover(job: Job) -> dict[str, Any]:
    """What its own loader gives back: frames of the earlier take and of the one that was running."""
    began, root = time.monotonic(), data_set(job)
    lengths, problem = [0, 0], ""
    try:
        data = LeRobotDataset(_REPO, root=root, video_backend="pyav")
        for row in range(len(data)):
            lengths[int(data[row]["episode_index"])] += len(CAMERAS)
    except Exception as error:  # whatever it is, nothing was read
        problem = f"it does not load ({type(error).__name__}); "
    tables = list(root.glob("data/**/*.parquet"))
    note = (
        f"{problem}on disk: {sum(map(has_footer, tables))} of {len(tables)} tables readable,"
        f" {sum(map(pictures_in, root.rglob('*.mp4')))} pictures in videos, {len(list(root.rglob('*.png')))} as PNG"
    )
    return {"earlier": lengths[0], "running": lengths[1], "seconds": time.monotonic() - began, "note": note}


def has_footer(table: Path) -> bool:
    """Was it closed? A Parquet file without its footer says nothing."""
    with table.open("rb") as file:
        return file.read()[-4:] == b"PAR1"


def pictures_in(video: Path) -> int:
    """Pictures that a decoder gets out of it; 0 of one that does not open."""
    try:
        with av.open(str(video)) as container:
            return sum(1 for _ in container.decode(container.streams.video[0]))
    except (OSError, ValueError):  # PyAV's errors are both
        return 0


def close(data: Any) -> None:
    """Write what is held back, where the release has that."""
    if hasattr(data, "finalize"):
        data.finalize()


def data_set(job: Job) -> Path:
    """Its folder."""
    return Path(job.out) / "set"


def main() -> None:
    logging.disable(logging.INFO)
    job = Job.from_argv()
    if job.recover:
        say("done", **recover(job))
    elif job.doomed:
        be_killed(job)
    else:
        say("done", **asdict(measure(job)))
