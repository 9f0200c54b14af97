"""MP4 in constant memory: H.264, a key frame every second picture for cheap random access."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

CODEC = "libx264"
PIXELS = "yuv420p"
# g=2 is LeRobot's own choice (lerobot 0.3.3, datasets/video_utils.py). No B-frames: a picture's time
# is its index over fps. One thread an encoder: the bytes do not depend on the machine's cores; several
# videos are encoded beside each other instead. ultrafast is the cheapest to decode, too.
OPTIONS = {"g": "2", "crf": "23", "preset": "ultrafast", "bf": "0", "threads": "1"}
_BT601 = 6  # AVCOL_SPC_SMPTE170M: what swscale converts RGB with; untagged HD would be read as BT.709
_LIMITED = 1  # AVCOL_RANGE_MPEG


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a written video holds; height and width in pixels."""

    frames: int
    height: int
    width: int
    codec: str
    pixels: str


def encode_video(path: Path, images: Iterable[NDArray[np.uint8]], fps: Fraction) -> int:
    """Write (H, W, 3) RGB pictures to `path`; returns how many. H and W must be even (yuv420p)."""
    count = 0
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream(CODEC, rate=fps, options=OPTIONS)
        stream.pix_fmt = PIXELS
        stream.codec_context.colorspace = _BT601
        stream.codec_context.color_range = _LIMITED
        for image in images:
            if count == 0:
                stream.height, stream.width = image.shape[:2]
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = count, 1 / fps
            container.mux(stream.encode(frame))
            count += 1
        if count:
            container.mux(stream.encode(None))
    return count


def read_info(path: Path) -> VideoInfo:
    """Read a video's header and count its pictures, without decoding them."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = sum(1 for packet in container.demux(stream) if packet.size)
        return VideoInfo(
            frames=frames,
            height=stream.height,
            width=stream.width,
            codec=stream.codec.canonical_name,
            pixels=stream.pix_fmt or "",
        )
