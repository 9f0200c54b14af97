"""Is a clock known as well as it must be? Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from collector.selftest.watch_finding import Findings

_SETTLING_NS: Final = 10_000_000_000


class BoundWatch:
    """Names a bound over its limit once the clock had time to settle."""

    def __init__(self, stream: str, limit_us: float, findings: Findings) -> None:
        self._stream, self._limit_ns, self._findings = stream, limit_us * 1e3, findings
        self._since_ns: int | None = None
        self._settled = False

    def unsettle(self) -> None:
        """The clock's estimate begins anew."""
        self._since_ns, self._settled = None, False

    def add(self, rows: NDArray[np.void]) -> None:
        """New rows, oldest first, at least one."""
        t_ns, bound_ns = int(rows["t_ns"][-1]), float(np.median(rows["u_ns"]))
        self._since_ns = t_ns if self._since_ns is None else self._since_ns
        self._settled |= bound_ns <= self._limit_ns or t_ns - self._since_ns > _SETTLING_NS
        if self._settled and bound_ns > self._limit_ns:
            text = (
                f"its clock is known to {bound_ns * 1e-3:.0f} us only, the limit is {self._limit_ns * 1e-3:.0f};"
                " give it a USB port or network card of its own, and free the CPU"
            )
            self._findings.add(t_ns, self._stream, "clock bound", text)
