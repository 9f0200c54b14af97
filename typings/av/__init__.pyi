# Narrow stub of what is used of PyAV, whose own hints leave Packet's parameter unknown.
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

class AudioFrame:
    sample_rate: int
    @staticmethod
    def from_ndarray(array: NDArray[np.int16], format: str, layout: str) -> AudioFrame: ...
    def to_ndarray(self) -> NDArray[np.int16]: ...

class AudioResampler:
    def __init__(self, format: str, layout: str, rate: int) -> None: ...
    def resample(self, frame: AudioFrame) -> list[AudioFrame]: ...

class AudioStream:
    rate: int
    def encode(self, frame: AudioFrame | None) -> list[Packet]: ...

class Streams:
    video: tuple[VideoStream, ...]
    audio: tuple[AudioStream, ...]

class InputContainer:
    streams: Streams
    def demux(self, stream: VideoStream) -> Iterator[Packet]: ...
    @overload
    def decode(self, stream: VideoStream) -> Iterator[VideoFrame]: ...
    @overload
    def decode(self, *, audio: int) -> Iterator[AudioFrame]: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

class OutputContainer:
    @overload
    def add_stream(self, codec_name: str, rate: Fraction, options: dict[str, str]) -> VideoStream: ...
    @overload
    def add_stream(self, codec_name: Literal["flac"], rate: int, *, layout: str) -> AudioStream: ...
    def mux(self, packets: list[Packet]) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

@overload
def open(
    file: str, mode: Literal["r"] = "r", format: str | None = None, options: dict[str, str] = ...
) -> InputContainer: ...
@overload
def open(file: str, mode: Literal["w"], format: str) -> OutputContainer: ...
