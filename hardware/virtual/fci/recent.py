"""What the arm did a moment ago, for states that come with a lag."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass

from hardware.arms.kinematics import Matrix
from hardware.samples import Vector

_KEPT = 256  # a quarter of a second


@dataclass(frozen=True, slots=True)
class Moment:
    """q, dq (7,) rad and rad/s, and the hand's pose (4, 4), at a host instant."""

    t_ns: int
    q: Vector
    dq: Vector
    pose: Matrix


class Recent:
    """The last moments in order."""

    def __init__(self) -> None:
        self._moments: deque[Moment] = deque(maxlen=_KEPT)

    def add(self, moment: Moment) -> None:
        """One more, later than all before."""
        self._moments.append(moment)

    def at(self, t_ns: int) -> Moment:
        """As it was at an instant, linear between the moments kept; the oldest if it was before them."""
        after = bisect_right(self._moments, t_ns, key=lambda moment: moment.t_ns)
        if after == 0:
            return self._moments[0]
        a = self._moments[after - 1]
        if after == len(self._moments):
            return a
        b = self._moments[after]
        w = (t_ns - a.t_ns) / (b.t_ns - a.t_ns)
        # Within a millisecond a turn is so small that its matrix, too, may be taken as linear.
        return Moment(t_ns, *((1 - w) * x + w * y for x, y in ((a.q, b.q), (a.dq, b.dq), (a.pose, b.pose))))
