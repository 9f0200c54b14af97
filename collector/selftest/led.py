"""LED sweep: when did each picture see the light? Exposure start, end and middle against the stored stamps. Pure.

A picture's LED is as bright as its exposure overlaps the flashes: y = background + gain * overlap. Flashes come
at random phases, so only one alignment of pictures and flashes explains the brightness: the fit proves which
exposure each picture is of, and flashes that fall between exposures count as much as those inside.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.selftest.evidence import LedTrace, Rows

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MIN_FRAMES = 40
MIN_FLASHES = 20
SEARCH_PERIODS = 3.5
"""Pictures this much before or after their stamps are still found, in frame periods."""

_SEARCH_STEP_NS = 400_000.0  # a fraction of the shortest ramp that is worth fitting
_SEEN = 0.3  # share of the variance that the flashes explain at least, else it is not the LED
_ITERATIONS = 30
_EDGE_NS = 500_000.0  # how well the flashes alone tell when their edges came
_TUKEY = 4.685  # biweight constant: 95 % efficient on normal noise
_MAD = 1.4826  # MAD of a normal distribution to its standard deviation
_LEAST_SCALE = 0.003  # of the full brightness, so that noiseless frames do not outvote all others


@dataclass(frozen=True, slots=True)
class NotSeen:
    """Nothing to fit, and why (a whole sentence with the remedy)."""

    reason: str


@dataclass(frozen=True, slots=True)
class LedFit:
    """Exposures as the LED saw them. Errors are true minus stored, ns; sigmas are one standard deviation.

    slip_frames: frames by which the pictures lag their stamps (1: each shows the exposure before its own; the
    errors are what remains after that); told_ns: median exposure by the camera's own account; exposure_ns: by
    the LED; width_ns: of a flash; unexplained: share of the brightness' variance that the fit leaves, outliers
    included; phase_ns (n,): middle of the flash nearest to each frame minus the true middle of its exposure;
    brightness (n,): less background, in units of a fully lit exposure.
    """

    frames: int
    flashes: int
    slip_frames: int
    mid_error_ns: float
    mid_sigma_ns: float
    start_error_ns: float
    start_sigma_ns: float
    end_error_ns: float
    end_sigma_ns: float
    exposure_ns: float
    exposure_sigma_ns: float
    told_ns: float
    width_ns: float
    unexplained: float
    phase_ns: Floats
    brightness: Floats


def fit_led(trace: LedTrace, flashes: Rows, t_mid_ns: Ints) -> LedFit | NotSeen:
    """Fit the exposures of one camera.

    flashes: rows of hardware.rows.FLASH with t_ns on the host clock; t_mid_ns: (F,) stored mid-exposures of the
    camera's stream, which `trace.frame` counts.
    """
    if len(flashes) < MIN_FLASHES:
        return NotSeen(f"{len(flashes)} flashes were told, {MIN_FLASHES} needed: check the box's firmware and LED")
    sweep = _Sweep(trace, flashes, t_mid_ns)
    if len(sweep.mid) < MIN_FRAMES:
        return NotSeen(f"{len(sweep.mid)} pictures during the sweep, {MIN_FRAMES} needed: check the camera")
    shift = sweep.search()
    edges, left = sweep.refine(np.array([shift, shift]))
    if left > 1 - _SEEN:
        return NotSeen("what blinks does not go with the flashes: turn the LED to the camera, shade other lamps")
    return sweep.result(edges, left)


class Light:
    """The flashes over time. Times are float ns since the first flash; `mid` holds `t_mid_ns` (n,) so.

    flashes: rows of hardware.rows.FLASH, in any order; `on` (m,): when each begins; `width`: how long.
    """

    def __init__(self, flashes: Rows, t_mid_ns: Ints) -> None:
        flashes = np.sort(flashes, order="t_ns")
        origin = int(flashes["t_ns"][0])
        self.mid: Floats = (t_mid_ns - origin).astype(np.float64)
        self.on: Floats = (flashes["t_ns"] - origin).astype(np.float64)
        off = self.on + flashes["width_ns"]
        off[:-1] = np.minimum(off[:-1], self.on[1:])
        self._seq: Floats = flashes["seq"].astype(np.float64)
        self.width = float(np.median(flashes["width_ns"]))
        self._switches: Floats = np.stack([self.on, off], axis=1).ravel()
        lit = np.concatenate([[0.0], np.cumsum(off - self.on)])
        self._so_far: Floats = np.stack([lit[:-1], lit[1:]], axis=1).ravel()

    def between(self, start: Floats, end: Floats) -> Floats:
        """ns of light from `start` to `end`."""
        return np.interp(end, self._switches, self._so_far) - np.interp(start, self._switches, self._so_far)

    def is_on(self, t: Floats) -> Floats:
        """1 while the LED is lit, else 0."""
        return (np.searchsorted(self._switches, t, side="right") % 2).astype(np.float64)

    def may_be_untold(self, mid: Floats, exposure: Floats) -> NDArray[np.bool_]:
        """(n,) exposures during which a flash may have lit whose message was lost: they prove nothing."""
        hidden = np.zeros(len(mid), np.bool_)
        slope, offset = map(float, np.polyfit(self._seq, self.on, 1))
        phase = self.on - slope * self._seq - offset  # among so many flashes one came nearly at once
        edge_of = offset + float(phase.min())
        for n in np.flatnonzero(np.diff(self._seq) > 1):
            missing = slope * np.arange(int(self._seq[n]) + 1, int(self._seq[n + 1])) + edge_of
            # An edge while the LED was lit or waiting set off none; any other one did.
            for edge in missing[missing > self._switches[2 * n + 1] + _EDGE_NS].tolist():
                first, last = edge - exposure / 2, edge + float(np.ptp(phase)) + self.width + exposure / 2
                hidden |= (mid > first) & (mid < last)
        return hidden


class _Sweep:
    """The frames during the sweep and how the flashes would light them."""

    def __init__(self, trace: LedTrace, flashes: Rows, t_mid_ns: Ints) -> None:
        self._light = Light(flashes, t_mid_ns[trace.frame])
        self.on, mid = self._light.on, self._light.mid
        self.period = float(np.median(np.diff(np.unique(mid)))) if len(mid) > 1 else 0.0
        reach = SEARCH_PERIODS * self.period
        chosen = (mid >= -reach) & (mid <= self.on[-1] + reach)
        chosen &= ~self._light.may_be_untold(mid, trace.exposure_us.astype(np.float64) * 1000)
        chosen &= _common(trace.exposure_us, chosen)
        self.mid, self.y = mid[chosen], trace.brightness[chosen]
        self.told = trace.exposure_us[chosen].astype(np.float64) * 1000
        # A camera that changed its exposure has another gain and background: each setting gets its own.
        setting = (trace.exposure_us[chosen, np.newaxis] == np.unique(trace.exposure_us[chosen])).astype(np.float64)
        slope = (self.mid / max(float(np.ptp(self.mid)), 1.0))[:, np.newaxis] - 0.5
        self._setting, self._background = setting, np.hstack([setting, slope])

    def search(self) -> float:
        """The shift of the pictures (ns) that explains most, among all within the search."""
        reach = SEARCH_PERIODS * self.period
        shifts = np.arange(-reach, reach, _SEARCH_STEP_NS)
        return float(min(shifts, key=lambda shift: self._left(self._overlap(shift, shift))))

    def refine(self, edges: Floats) -> tuple[Floats, float]:
        """Errors of exposure start and end (2,) by robust Gauss-Newton, and the share left unexplained."""
        for _ in range(_ITERATIONS):
            jacobian, residual, bound = self._system(edges)
            u2 = np.minimum((residual / bound) ** 2, 1.0)
            root = (1 - u2) / bound
            step = np.linalg.lstsq(jacobian * root[:, np.newaxis], residual * root, rcond=None)[0][:2]
            edges = edges + np.clip(step, -1e6, 1e6)
            edges[1] = max(edges[1], edges[0] - 0.9 * self.told.min())
            if np.abs(step).max() < 100:
                break
        return edges, self._left(self._overlap(*edges))

    def result(self, edges: Floats, left: float) -> LedFit:
        """The fit at `edges`, with sigmas that hold for noise of any distribution over the frames (sandwich)."""
        covariance = _sandwich(*self._system(edges))[:2, :2]
        lag = -round(float(edges.mean()) / self.period)
        start, end = (float(edge + lag * self.period) for edge in edges)
        along = {name: float(np.sqrt(v @ covariance @ v)) for name, v in _DIRECTIONS.items()}
        told = float(np.median(self.told))
        background, gain = self._lines(self._overlap(*edges))
        full = gain * (self.told + edges[1] - edges[0])
        exposed, lit = self.mid + float(edges.mean()), self.on + self._light.width / 2
        after = np.clip(np.searchsorted(lit, exposed), 1, len(lit) - 1)
        before_is_nearer = exposed - lit[after - 1] < lit[after] - exposed
        nearest = np.where(before_is_nearer, lit[after - 1], lit[after])
        return LedFit(
            frames=len(self.mid),
            flashes=len(self.on),
            slip_frames=lag,
            mid_error_ns=(start + end) / 2,
            mid_sigma_ns=along["mid"],
            start_error_ns=start,
            start_sigma_ns=along["start"],
            end_error_ns=end,
            end_sigma_ns=along["end"],
            exposure_ns=told + end - start,
            exposure_sigma_ns=along["length"],
            told_ns=told,
            width_ns=self._light.width,
            unexplained=left,
            phase_ns=nearest - exposed,
            brightness=(self.y - background) / full,
        )

    def _overlap(self, start: float, end: float) -> Floats:
        """(n,) ns of light in each exposure, if it starts and ends this much later than stored."""
        return self._light.between(self.mid - self.told / 2 + start, self.mid + self.told / 2 + end)

    def _lines(self, overlap: Floats) -> tuple[Floats, Floats]:
        """(n,) background and gain of each frame, by least squares."""
        columns = np.hstack([self._background, self._setting * overlap[:, np.newaxis]])
        found = np.linalg.lstsq(columns, self.y, rcond=None)[0]
        across = self._background.shape[1]
        return self._background @ found[:across], self._setting @ found[across:]

    def _left(self, overlap: Floats) -> float:
        """Share of the variance left; light that makes darker explains nothing."""
        background, gain = self._lines(overlap)
        if gain.min() <= 0:
            return 1.0
        return float(
            np.sum((self.y - background - gain * overlap) ** 2) / max(np.sum((self.y - self.y.mean()) ** 2), 1e-12)
        )

    def _system(self, edges: Floats) -> tuple[Floats, Floats, Floats]:
        """Jacobian (n, 2 + linear) against start, end, background and gain; residual; bound of each (n,)."""
        start, end = edges
        overlap = self._overlap(start, end)
        background, gain = self._lines(overlap)
        residual = self.y - background - gain * overlap
        jacobian = np.hstack(
            [
                (-gain * self._light.is_on(self.mid - self.told / 2 + start))[:, np.newaxis],
                (gain * self._light.is_on(self.mid + self.told / 2 + end))[:, np.newaxis],
                self._background,
                self._setting * overlap[:, np.newaxis],
            ]
        )
        return jacobian, residual, self._bounds(residual, overlap > 0, float(np.max(np.abs(gain) * self.told)))

    def _bounds(self, residual: Floats, lit: NDArray[np.bool_], full: float) -> Floats:
        """Residuals beyond this are outliers (biweight); lit and dark frames have a noise of their own."""
        scale = np.full(len(residual), _LEAST_SCALE * full)
        for kind in (lit, ~lit):
            if np.any(kind):
                scale[kind] = np.maximum(_MAD * np.median(np.abs(residual[kind])), scale[kind])
        return _TUKEY * scale


def _sandwich(jacobian: Floats, residual: Floats, bound: Floats) -> Floats:
    """Covariance of the robust fit for noise that differs from frame to frame (Huber and Ronchetti, ch. 7.6)."""
    columns = np.sqrt(np.sum(jacobian**2, axis=0)) + 1e-300
    scaled = jacobian / columns / bound[:, np.newaxis]
    u2 = np.minimum((residual / bound) ** 2, 1.0)
    curvature: Floats = (scaled * ((1 - u2) * (1 - 5 * u2))[:, np.newaxis]).T @ scaled
    bread = np.asarray(np.linalg.inv(curvature), np.float64)
    scores = scaled * ((1 - u2) ** 2 * residual / bound)[:, np.newaxis]
    count = np.count_nonzero(u2 < 1)
    spare = count / max(count - jacobian.shape[1], 1)
    return spare * (bread @ (scores.T @ scores) @ bread) / np.outer(columns, columns)


_DIRECTIONS = {
    "start": np.array([1.0, 0.0]),
    "end": np.array([0.0, 1.0]),
    "mid": np.array([0.5, 0.5]),
    "length": np.array([-1.0, 1.0]),
}


def _common(exposure_us: Ints, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Frames whose exposure is that of MIN_FRAMES at least."""
    values, counts = np.unique(exposure_us[among], return_counts=True)
    return np.isin(exposure_us, values[counts >= min(MIN_FRAMES, counts.max(initial=0))])
