"""Figures of one stream as it comes: rate, jitter, drift, bound, drops, age. Pure, no clock is read."""

from collections import deque
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

SILENT_NS: Final = 500_000_000
_SECOND_NS: Final = 1_000_000_000
_DRIFT_PAIRS: Final = 60  # seconds
_FEWEST_PAIRS: Final = 5


class Window:
    """The last `size` values."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.values: Ints = np.zeros(0, np.int64)

    def add(self, values: Ints) -> None:
        """Newest last."""
        self.values = np.concatenate([self.values, values])[-self._size :]

    def clear(self) -> None:
        """Forget all."""
        self.values = self.values[:0]


class Share:
    """How many of the samples of the last second were bad."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int, int]] = deque()

    def add(self, t_ns: int, total: int, bad: int) -> tuple[int, float]:
        """Bad ones, and their share, of the second up to `t_ns`."""
        self._seen.append((t_ns, total, bad))
        while t_ns - self._seen[0][0] > _SECOND_NS:
            self._seen.popleft()
        bad = sum(one for _, _, one in self._seen)
        return bad, bad / max(sum(one for _, one, _ in self._seen), 1)

    def clear(self) -> None:
        """Begin anew."""
        self._seen.clear()


class Drift:
    """Rate error of a device clock by the promptest sample of each second."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[int, int, int]] = deque(maxlen=_DRIFT_PAIRS)  # second, device ns, host - device ns

    def add(self, device_ns: Ints, host_ns: Ints) -> None:
        """Device times and when the host knew of them (n,), n > 0."""
        delay = host_ns - device_ns
        best = int(np.argmin(delay))
        pair = int(host_ns[best]) // _SECOND_NS, int(device_ns[best]), int(delay[best])
        if not self._pairs or self._pairs[-1][0] != pair[0]:
            self._pairs.append(pair)
        elif pair[2] < self._pairs[-1][2]:
            self._pairs[-1] = pair

    def clear(self) -> None:
        """The clock stepped."""
        self._pairs.clear()

    @property
    def ppm(self) -> float | None:
        """Positive: the device runs fast. None before it can be told."""
        if len(self._pairs) < _FEWEST_PAIRS:
            return None
        device, delay = (np.array([pair[i] - self._pairs[0][i] for pair in self._pairs], float) for i in (1, 2))
        if np.ptp(device) == 0:
            return None
        return -float(np.polyfit(device * 1e-9, delay, 1)[0]) * 1e-3


class Meter:
    """`tick_ns`: length of a device tick; None where the stamps say more of the stream than its ticks do."""

    def __init__(self, rate_hz: float, tick_ns: int | None) -> None:
        self._tick_ns = tick_ns
        self._times, self._bounds = Window(max(round(rate_hz), 2)), Window(max(round(rate_hz), 2))
        self.drift = Drift()
        self.drops = 0
        self.last_ns: int | None = None
        self._told_silent_ns: int | None = None

    def add(self, rows: NDArray[np.void]) -> None:
        """New rows, oldest first, at least one."""
        ticks = rows["ticks"] * self._tick_ns if self._tick_ns else rows["t_ns"]
        self._times.add(ticks)
        self._bounds.add(rows["u_ns"])
        if self._tick_ns:
            self.drift.add(ticks, rows["t_arrival_ns"])
        newest = int(rows["t_arrival_ns"].max())
        self.last_ns = newest if self.last_ns is None else max(self.last_ns, newest)
        self._told_silent_ns = None

    def restart(self) -> None:
        """The device's clock began anew."""
        self._times.clear()
        self.drift.clear()

    def age_s(self, now_ns: int) -> float | None:
        """Since the last sample came; None before the first."""
        return None if self.last_ns is None else (now_ns - self.last_ns) * 1e-9

    def falls_silent(self, now_ns: int) -> bool:
        """Nothing came for SILENT_NS: true once, and again each second that it stays so."""
        since = self.last_ns if self._told_silent_ns is None else self._told_silent_ns
        limit = SILENT_NS if self._told_silent_ns is None else _SECOND_NS
        if since is None or now_ns - since < limit:
            return False
        self._told_silent_ns = now_ns
        return True

    def status(self, now_ns: int) -> dict[str, Any]:
        """Figures of the last second (drift: of the last minute); None where unknown."""
        steps = np.diff(self._times.values)
        spread = np.abs(steps - np.median(steps)) if len(steps) else steps
        known = bool(len(steps)) and float(steps.mean()) > 0
        return {
            "rate_hz": 1e9 / float(steps.mean()) if known else None,
            "jitter_us": float(np.percentile(spread, 99)) * 1e-3 if len(steps) else None,
            "offset_us": None,
            "ppm": self.drift.ppm,
            "bound_us": float(np.median(self._bounds.values)) * 1e-3 if len(self._bounds.values) else None,
            "drops": self.drops,
            "age_s": self.age_s(now_ns),
        }
