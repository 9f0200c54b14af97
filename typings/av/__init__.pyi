# Narrow stub: what collector.export.video uses of PyAV (its own hints leave Packet's parameter unknown).
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType
from typing import Literal, Self, overload

import numpy as np
from numpy.typing import NDArray

class Packet:
    size: int
    is_keyframe: bool

class VideoFrame:
    pts: int | None
    time_base: Fraction
    time: float
    @staticmethod
    def from_ndarray(array: NDArray[np.uint8], format: str) -> VideoFrame: ...
    def to_ndarray(self, *, format: str) -> NDArray[np.uint8]: ...

class Codec:
    canonical_name: str

class VideoCodecContext:
    colorspace: int
    color_range: int

class VideoStream:
    pix_fmt: str | None
    height: int
    width: int
    codec: Codec
    codec_context: VideoCodecContext
    def encode(self, frame: VideoFrame | None) -> list[Packet]: ...

class Streams:
    video: tuple[VideoStream, ...]

class InputContainer:
    streams: Streams
    def demux(self, stream: VideoStream) -> Iterator[Packet]: ...
    def decode(self, stream: VideoStream) -> Iterator[VideoFrame]: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

class OutputContainer:
    def add_stream(self, codec_name: str, rate: Fraction, options: dict[str, str]) -> VideoStream: ...
    def mux(self, packets: list[Packet]) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

@overload
def open(file: str, mode: Literal["r"] = "r") -> InputContainer: ...
@overload
def open(file: str, mode: Literal["w"], format: str) -> OutputContainer: ...
