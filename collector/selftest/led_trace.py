"""Finding the box's LED in a camera's pictures, and how bright it was in each of them.

Nobody clicks on it: of all that changes, the LED is what goes with the flashes that the box tells of, at one
delay that nobody knows beforehand either. Coarse pictures find place and delay, whole ones then the pixels.
"""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, uniform_filter1d

from collector.selftest.evidence import LedTrace, Rows
from collector.selftest.led import MIN_FLASHES, MIN_FRAMES, SEARCH_PERIODS, Light, NotSeen

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Real = NDArray[np.float32]
Flags = NDArray[np.bool_]

_CELL = 4  # pixels a side of the coarse picture's cells; JPEG decoders scale by it at no cost
_MARGIN_NS = 300_000_000  # pictures this long before and after the sweep tell the background
_DELAY_STEP_NS = 1_000_000.0
_SLOW_FRAMES = 31  # changes slower than this are not the LED's
_LIKE = 0.5  # least correlation with the flashes, of a cell or a pixel
_STRONG = 0.4  # pixels of the LED brighten by this share of the strongest one at least
_HALO = 0.1  # so do those around it that serve when all others clip
_CLIPS = 250.0  # grey level from which a pixel no longer counts light
_FEW = 3  # pixels too few to average over
_LARGEST_CELLS = 30  # a side; what blinks over more of the picture is the light in the room
_RING_PX = 6  # around the LED, where only the room's light changes


def trace_led(
    jpegs: Iterable[tuple[int, bytes]], flashes: Rows, t_mid_ns: Ints, exposure_us: Ints
) -> LedTrace | NotSeen:
    """The LED's brightness in each picture of the sweep.

    jpegs: row of the camera's stream and its picture, in order; those outside the sweep are passed over.
    flashes: rows of hardware.rows.FLASH; t_mid_ns, exposure_us: (F,) of the stream's rows.
    """
    if len(flashes) < MIN_FLASHES:
        return NotSeen(f"{len(flashes)} flashes were told, {MIN_FLASHES} needed: check the box's firmware and LED")
    begin, end = int(flashes["t_ns"].min()) - _MARGIN_NS, int(flashes["t_ns"].max()) + _MARGIN_NS
    kept = [(row, jpeg) for row, jpeg in jpegs if begin <= t_mid_ns[row] <= end]
    coarse = [_decoded(jpeg, coarse=True) for _, jpeg in kept]
    whole = [(*pair, small) for pair, small in zip(kept, coarse, strict=True) if small is not None]
    if len(whole) < MIN_FRAMES:
        return NotSeen(f"{len(whole)} pictures of the sweep can be read, {MIN_FRAMES} needed: check the camera")
    rows = np.array([row for row, _, _ in whole])
    overlap = _overlap(flashes, t_mid_ns[rows], exposure_us[rows])
    cells = np.array([small for _, _, small in whole])
    found = _find(cells, overlap)
    if isinstance(found, NotSeen):
        return found
    region, delay = found
    dark = overlap[max(0, delay - 1) : delay + 2].max(axis=0) == 0
    pixels = np.array([_cut(jpeg, region) for _, jpeg, _ in whole])
    brightness = _steadied(_brightness(pixels, overlap[delay]), _room(cells, region), dark)
    return LedTrace(rows, brightness, exposure_us[rows])


def _decoded(jpeg: bytes, *, coarse: bool) -> NDArray[np.uint8] | None:
    mode = cv2.IMREAD_REDUCED_GRAYSCALE_4 if coarse else cv2.IMREAD_GRAYSCALE
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), mode)
    return None if picture is None else picture.astype(np.uint8, copy=False)


def _cut(jpeg: bytes, region: tuple[slice, slice]) -> NDArray[np.uint8]:
    picture = _decoded(jpeg, coarse=False)
    assert picture is not None  # its coarse decoding succeeded
    return picture[region]


def _overlap(flashes: Rows, t_mid_ns: Ints, exposure_us: Ints) -> Floats:
    """(delays, n) ns of light in each exposure, should pictures be late by each delay."""
    light = Light(flashes, t_mid_ns)
    half = exposure_us * 500.0
    reach = SEARCH_PERIODS * float(np.median(np.diff(t_mid_ns)))
    delays = np.arange(-reach, reach, _DELAY_STEP_NS)
    return np.array([light.between(light.mid - half + d, light.mid + half + d) for d in delays])


def _find(cells: NDArray[np.uint8], overlap: Floats) -> tuple[tuple[slice, slice], int] | NotSeen:
    """Where in the whole picture the LED is, and the number of the delay; cells: (n, height, width)."""
    n, high, wide = cells.shape
    series = _quick(cells.reshape(n, -1).astype(np.float32))
    power = np.sqrt(np.sum(series**2, axis=0)) + 1e-6
    with_it = _pattern(overlap) @ series  # (delays, cells): amplitude explained
    delay, brightest = np.unravel_index(int(np.argmax(np.where(with_it > _LIKE * power, with_it, 0))), with_it.shape)
    amplitude, like = with_it[delay], with_it[delay] / power
    if like[brightest] < _LIKE:
        return NotSeen(
            "nothing in its pictures blinks with the flashes: turn the LED to the camera, or the camera to it"
        )
    blob = _blob((amplitude > _HALO * amplitude[brightest]).reshape(high, wide), divmod(int(brightest), wide))
    y, x = np.nonzero(blob)
    if max(np.ptp(y), np.ptp(x)) > _LARGEST_CELLS:
        return NotSeen("most of its picture blinks with the flashes: put the LED where it does not light the scene")
    rows = slice(max(0, int(y.min()) * _CELL - _RING_PX), (int(y.max()) + 1) * _CELL + _RING_PX)
    columns = slice(max(0, int(x.min()) * _CELL - _RING_PX), (int(x.max()) + 1) * _CELL + _RING_PX)
    return (rows, columns), int(delay)


def _brightness(pixels: NDArray[np.uint8], overlap: Floats) -> Floats:
    """(n,) mean of the LED's pixels that do not clip; pixels: (n, h, w); overlap: (n,) ns of light."""
    n, high, wide = pixels.shape
    series = pixels.reshape(n, -1)
    quick = _quick(series.astype(np.float32))
    amplitude = (_pattern(overlap[np.newaxis]) @ quick)[0]
    like = amplitude / (np.linalg.norm(quick, axis=0) + 1e-6)
    top = int(np.argmax(np.where(like > _LIKE, amplitude, 0)))
    clear = series.max(axis=0) < _CLIPS
    led = _blob((amplitude > _STRONG * amplitude[top]).reshape(high, wide), divmod(top, wide)).ravel()
    halo = (amplitude > _HALO * amplitude[top]) & (like > _LIKE)
    chosen = next((c for c in (led & clear, halo & clear) if np.count_nonzero(c) >= _FEW), led)
    return series[:, chosen].mean(axis=1, dtype=np.float64)


def _room(cells: NDArray[np.uint8], region: tuple[slice, slice]) -> Floats:
    """(n,) mean of the picture well away from the LED; 0 if it fills the picture."""
    away = np.ones(cells.shape[1:], np.bool_)
    near = (slice(max(0, 2 * s.start - s.stop) // _CELL, (2 * s.stop - s.start) // _CELL + 1) for s in region)
    away[tuple(near)] = False
    return cells[:, away].mean(axis=1, dtype=np.float64) if away.any() else np.zeros(len(cells))


def _steadied(brightness: Floats, room: Floats, dark: Flags) -> Floats:
    """Brightness less the flicker of the room's lamps, if they do flicker; dark: (n,) surely without the LED."""
    lamps = _quick(room)
    led, lamp = (quick[dark] - quick[dark].mean() for quick in (_quick(brightness), lamps))
    together = float(led @ lamp)
    if together <= _LIKE * float(np.linalg.norm(led) * np.linalg.norm(lamp)):
        return brightness
    return brightness - together / float(lamp @ lamp) * lamps


def _pattern(overlap: Floats) -> Real:
    """Unit rows that a pixel's quick changes are compared with; overlap: (delays, n)."""
    quick = _quick(overlap.T.astype(np.float32)).T
    return quick / (np.linalg.norm(quick, axis=1, keepdims=True) + 1e-9)


def _blob(mask: Flags, at: tuple[int, int]) -> Flags:
    """The connected part of `mask` around `at`, (row, column)."""
    parts, _ = label(mask, structure=np.ones((3, 3), np.int64))
    return (parts == parts[at]) & mask


def _quick(series: Floats | Real) -> Real:
    """Series (n, ...) less their slow changes."""
    slow = uniform_filter1d(series, _SLOW_FRAMES, axis=0, mode="nearest")
    return (series - slow).astype(np.float32)
