"""All videos of a data set, a few beside each other, each checked once it is written."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Event

import numpy as np
from numpy.typing import NDArray

from calibration.lens import Lens
from calibration.transform import remapped
from collector.episode.reader import Episode
from collector.export.lens import straight
from collector.export.plan import ExportError, Progress
from collector.export.stats import ImageStats, Stats
from collector.export.video import encode_video, read_info

_REPORT_S = 0.2


@dataclass(frozen=True, slots=True)
class VideoJob:
    """One camera's pictures of these rows (indices into the steps) become `target`.

    `lens`: whose distortion is undone before; None: none.
    """

    episode: Path
    camera: str
    rows: NDArray[np.int64]
    target: Path
    lens: Lens | None = None


class _StoppedError(Exception):
    """Another video failed, or the user stopped the export."""


def write_videos(jobs: Sequence[VideoJob], fps: Fraction, progress: Progress) -> list[Stats]:
    """Encode all; gives each job's statistics. Raises ExportError where one falls short."""
    frames = [0] * len(jobs)
    total = sum(len(job.rows) for job in jobs)
    stop = Event()

    def run(number: int) -> Stats:
        stats = ImageStats()
        _write(jobs[number], fps, _counted(jobs[number], stats, frames, number, stop))
        return stats.result()

    # Threads: JPEG, swscale and x264 leave the interpreter free.
    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        futures = [pool.submit(run, number) for number in range(len(jobs))]
        pending = set(futures)
        try:
            while pending:
                done, pending = wait(pending, _REPORT_S, FIRST_EXCEPTION)
                progress("encoding", sum(frames), total)
                for future in done:
                    future.result()
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]


def _counted(
    job: VideoJob, stats: ImageStats, frames: list[int], number: int, stop: Event
) -> Iterator[NDArray[np.uint8]]:
    places = None if job.lens is None else straight(job.lens)[1]
    with Episode(job.episode) as episode:
        for row in job.rows:
            if stop.is_set():
                raise _StoppedError
            image = _image(episode, job.camera, int(row))
            if places is not None:
                image = remapped(image, places)
            stats.add(image)
            yield image
            frames[number] += 1


def _image(episode: Episode, camera: str, step: int) -> NDArray[np.uint8]:
    where = f"{episode.path}: the picture of camera {camera} at step {step}"
    try:
        image = episode.image(camera, step)
    except (OSError, ValueError) as error:
        raise ExportError(f"{where} cannot be read ({error}); run clap verify on the file") from error
    if image is None:
        raise ExportError(f"{where} is missing though the step is valid; run clap verify on the file")
    return image


def _write(job: VideoJob, fps: Fraction, images: Iterator[NDArray[np.uint8]]) -> None:
    job.target.parent.mkdir(parents=True, exist_ok=True)
    encode_video(job.target, images, fps)
    written = read_info(job.target).frames
    if written != len(job.rows):
        raise ExportError(
            f"{job.target.name} of {job.episode} holds {written} pictures for {len(job.rows)} rows; export again"
        )
