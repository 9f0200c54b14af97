"""What any recorder must spend on these frames: encode them in a thread a camera, append to a file, nothing else.

`how`: jpeg (simplejpeg, q90 4:2:0), x264 (ultrafast, one thread, the peer's GOP and CRF), or nothing but the source
itself: threads (three readers) and loop (one that polls), to be taken off what the recorders spent.
"""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from threading import Thread

import av
import numpy as np
import simplejpeg

from benchmarks.recorder_meter import Found, Job, cpu_s, folder_bytes, say
from benchmarks.recorder_source import CAMERAS, RATE_HZ, Feed, Gate, Opened, Pictures, latest, sleep_until

Append = Callable[[Pictures], None]

_ROW = np.zeros(16, np.float32).tobytes()  # state 8, action 8
_X264 = {"preset": "ultrafast", "threads": "1", "g": "2", "crf": "30"}


def _jpeg(path: Path, stack: ExitStack) -> Append:
    file = stack.enter_context(path.open("wb", buffering=0))

    def append(picture: Pictures) -> None:
        os.write(file.fileno(), simplejpeg.encode_jpeg(picture, 90, "RGB", "420") + _ROW)

    return append


def _x264(path: Path, stack: ExitStack, height: int, width: int) -> Append:
    file = stack.enter_context(av.open(str(path), "w", format="h264"))
    stream = file.add_stream("libx264", Fraction(RATE_HZ), _X264)
    stream.height, stream.width, stream.pix_fmt = height, width, "yuv420p"
    stack.callback(lambda: file.mux(stream.encode(None)))

    def append(picture: Pictures) -> None:
        file.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))

    return append


def _nothing(picture: Pictures) -> None:
    """Only taken."""


def _pump(feed: Feed, append: Append, take: Opened, stored: list[int]) -> None:
    """One camera, to the take's end."""
    while (came := feed.next((take.end_ns - time.monotonic_ns()) * 1e-9)) is not None:
        append(came[1])
        stored.append(came[0])


def measure(job: Job) -> Found:
    """One take."""
    pictures, gate, out = np.load(job.pictures), Gate(), Path(job.out)
    height, width = pictures.shape[2:4]
    stored: list[int] = []
    with ExitStack() as stack:
        match job.how:
            case "jpeg":
                files = [_jpeg(out / f"{name}.raw", stack) for name in CAMERAS]
            case "x264":
                files = [_x264(out / f"{name}.h264", stack, height, width) for name in CAMERAS]
            case _:
                files = [_nothing for _ in CAMERAS]
        before = cpu_s()
        take = gate.open(round(job.seconds * RATE_HZ))
        if job.how == "loop":
            _poll(latest(take), pictures)
        else:
            _take(gate, take, pictures, files, stored)
        recorded, stopped = cpu_s(), time.monotonic()
    ready_s = time.monotonic() - stopped
    offered, kept = len(CAMERAS) * take.count, len(stored) if folder_bytes(out) else 0
    return Found(offered, kept, recorded - before, cpu_s() - recorded, ready_s, ready_s, folder_bytes(out))


def _take(gate: Gate, take: Opened, pictures: Pictures, files: list[Append], stored: list[int]) -> None:
    threads = [Thread(target=_pump, args=(Feed(gate, pictures[i]), file, take, stored)) for i, file in enumerate(files)]
    for thread in threads:
        thread.start()
    sleep_until(take.end_ns)
    for thread in threads:
        thread.join()


def _poll(numbers: Iterable[int], pictures: Pictures) -> None:
    """Take the newest picture of each camera, and drop it."""
    for number in numbers:
        for camera in pictures:
            camera[number % len(camera)]


def main() -> None:
    say("done", **asdict(measure(Job.from_argv())))
