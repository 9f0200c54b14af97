"""The frames that every recorder of the comparison is given, and when. numpy alone: it runs in the peers' venvs too."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]

CAMERAS = ("front", "side", "wrist")
RATE_HZ = 60
PERIOD_NS = 1_000_000_000 // RATE_HZ
_LEAD_NS = 100_000_000  # from the opening of a take to its first frame
_HELD = 64  # frames that a camera's SDK keeps for a reader that is late (hardware.cameras.realsense)
_LOOP = 120  # frames until a camera's pictures come again
_CANVAS = 1400  # px, of the texture that the view wanders over
_ROUGHNESS = 1.3  # amplitude falls as 1 / frequency^this; with it a JPEG q90 has about 100 kB, as the cell's real ones
_NOISE = 2.0  # grey values, sigma of the sensor's


@dataclass(frozen=True, slots=True)
class Opened:
    """A take: frame n of every camera is due at t0_ns + n * PERIOD_NS, for n < count."""

    t0_ns: int
    count: int

    @property
    def end_ns(self) -> int:
        """When the last frame has had its time."""
        return self.t0_ns + self.count * PERIOD_NS


class Gate:
    """Frames flow only inside a take, so that each recorder is offered the same ones and no other."""

    def __init__(self) -> None:
        self.epoch_ns = time.monotonic_ns()
        self.take: Opened | None = None

    def open(self, count: int) -> Opened:
        """Frames from a moment hence, on the grid of `epoch_ns`."""
        ahead = time.monotonic_ns() + _LEAD_NS - self.epoch_ns
        self.take = Opened(self.epoch_ns + -(-ahead // PERIOD_NS) * PERIOD_NS, count)
        return self.take


class Feed:
    """One camera behind the gate. It waits for its reader as an SDK's queue does; `lost`: what that overran."""

    def __init__(self, gate: Gate, pictures: Pictures) -> None:
        self._gate, self._pictures = gate, pictures
        self._take: Opened | None = None
        self._number = 0
        self._shut = threading.Event()
        self.lost = 0

    def next(self, timeout_s: float) -> tuple[int, Pictures] | None:
        """When the next frame was due, and its picture (H, W, 3) RGB, which nobody may write to; None: none came."""
        until = time.monotonic_ns() + round(timeout_s * 1e9)
        while (due := self._due()) is None or due > max(until, time.monotonic_ns()):
            left = (until - time.monotonic_ns()) * 1e-9
            if left <= 0:
                return None
            self._shut.wait(min(left, 0.02))
        time.sleep(max(0, due - time.monotonic_ns()) * 1e-9)
        late = (min(time.monotonic_ns(), self._end_ns()) - due) // PERIOD_NS
        if late > _HELD:
            self.lost += late - _HELD
            self._number += late - _HELD
            due += (late - _HELD) * PERIOD_NS
        picture = self._pictures[self._number % len(self._pictures)]
        self._number += 1
        return due, picture

    @property
    def waiting(self) -> bool:
        """Is a frame of the take still to be given? For other threads than the reader's."""
        take = self._gate.take
        return take is not None and (take is not self._take or self._number < take.count)

    def _end_ns(self) -> int:
        return 0 if self._take is None else self._take.end_ns

    def _due(self) -> int | None:
        if self._take is not self._gate.take:
            self._take, self._number = self._gate.take, 0
        take = self._take
        return None if take is None or self._number >= take.count else take.t0_ns + self._number * PERIOD_NS


def latest(take: Opened) -> Iterator[int]:
    """The newest frame whenever the caller comes back for one, as a loop that polls its cameras gets them."""
    number = -1
    while number + 1 < take.count:
        sleep_until(take.t0_ns + (number + 1) * PERIOD_NS)
        number = min((time.monotonic_ns() - take.t0_ns) // PERIOD_NS, take.count - 1)
        yield number


def sleep_until(t_ns: int) -> None:
    """Sleep to an instant of CLOCK_MONOTONIC."""
    time.sleep(max(0, t_ns - time.monotonic_ns()) * 1e-9)


def make_pictures(path: Path, width: int = 640, height: int = 480, loop: int = _LOOP, canvas: int = _CANVAS) -> None:
    """Write (cameras, loop, height, width, 3) RGB: texture under a wandering view, a thing that moves, noise."""
    rng = np.random.default_rng(0)
    made = np.empty((len(CAMERAS), loop, height, width, 3), np.uint8)
    for camera in range(len(CAMERAS)):
        scene, thing = _texture(rng, canvas), _texture(rng, 160)
        noise = rng.normal(0, _NOISE, (2 * height, 2 * width, 1))
        for number in range(loop):
            turn = 2 * np.pi * number / loop
            left = round((canvas - width) * (0.5 + 0.3 * np.sin(turn)))
            top = round((canvas - height) * (0.5 + 0.3 * np.sin(2 * turn)))
            view = scene[top : top + height, left : left + width].copy()
            x = round((width - 160) * (0.5 - 0.4 * np.cos(turn))) if width > 160 else 0
            size = view[height // 3 : height // 3 + 160, x : x + 160].shape
            view[height // 3 : height // 3 + 160, x : x + 160] = thing[: size[0], : size[1]]
            down, right = rng.integers(0, (height, width))
            view += noise[down : down + height, right : right + width]
            made[camera, number] = view.clip(0, 255)
    np.save(path, made)


def _texture(rng: np.random.Generator, size: int) -> NDArray[np.float64]:
    """(size, size, 3) coloured noise, grey values about 128."""
    x, y = np.fft.fftfreq(size)[:, np.newaxis], np.fft.rfftfreq(size)
    fall = np.hypot(x, y)
    fall[0, 0] = np.inf
    grey, *tints = (np.fft.irfft2(np.fft.rfft2(rng.normal(size=(size, size))) / fall**_ROUGHNESS) for _ in range(4))
    layers = [grey + 0.3 * tint for tint in tints]
    return np.stack([128 + 48 * (layer - layer.mean()) / layer.std() for layer in layers], axis=-1)
