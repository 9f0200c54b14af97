"""The leader's samples as a smooth function of time, without the jumps that no hand makes."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import copysign, isfinite
from typing import Literal

from hardware.samples import LeaderSample

MAX_STEP_RAD = 0.5  # between two samples
MAX_SPEED = 12.0  # rad/s
ENCODER_STEP = 0.0016  # rad: one count of 4096 on an X-series servo may fall into any interval

Rejection = Literal["shape", "not_finite", "future", "duplicate", "backward", "jump", "speed"]


@dataclass(frozen=True, slots=True)
class Node:
    """One accepted leader sample: ns, rad, rad/s, 0 open .. 1 closed."""

    t_ns: int
    q: list[float]
    dq: list[float]
    grip: float | None


class Interpolator:
    """Keeps the newest samples of one leader; `rejected` counts what was turned away, by reason.

    A sample is judged against the last accepted one, so after a true jump (a servo rebooted, a turn
    was lost) everything is rejected until `clear`: the stream goes stale and the watchdogs act.
    """

    def __init__(self, joints: int, deceleration: Sequence[float], keep: int) -> None:
        """`deceleration`: (joints,) rad/s^2 of the coast beyond the newest sample."""
        self._joints = joints
        self._deceleration = list(deceleration)
        self._nodes: deque[Node] = deque(maxlen=keep)
        self.rejected: Counter[Rejection] = Counter()

    @property
    def newest(self) -> Node | None:
        """The last accepted sample."""
        return self._nodes[-1] if self._nodes else None

    def clear(self) -> None:
        """Forget everything: the next sample begins anew."""
        self._nodes.clear()

    def add(self, sample: LeaderSample) -> bool:
        """Take a sample, or count why not."""
        node = Node(sample.stamp.t_ns, sample.q.tolist(), sample.dq.tolist(), sample.grip)
        reason = self._fault(node, sample.stamp.t_arrival_ns + sample.stamp.u_ns)
        if reason is not None:
            self.rejected[reason] += 1
            return False
        self._nodes.append(node)
        return True

    def _fault(self, node: Node, latest_ns: int) -> Rejection | None:
        if not len(node.q) == len(node.dq) == self._joints:
            return "shape"
        if not (all(map(isfinite, node.q)) and all(map(isfinite, node.dq))):
            return "not_finite"
        if node.t_ns > latest_ns:
            return "future"
        if max(map(abs, node.dq)) > MAX_SPEED:
            return "speed"
        last = self.newest
        if last is None:
            return None
        if node.t_ns <= last.t_ns:
            return "duplicate" if node.t_ns == last.t_ns else "backward"
        step = max(abs(b - a) for a, b in zip(last.q, node.q, strict=True))
        if step > MAX_STEP_RAD:
            return "jump"
        if step > MAX_SPEED * (node.t_ns - last.t_ns) * 1e-9 + ENCODER_STEP:
            return "speed"
        return None

    def position(self, t_ns: int) -> list[float]:
        """Joints at an instant, (n,) rad: cubic Hermite between samples.

        Beyond the newest a decelerating coast, before the oldest that sample. Raises ValueError
        without any sample.
        """
        last = self._require()
        if t_ns >= last.t_ns:
            elapsed = (t_ns - last.t_ns) * 1e-9
            return [
                q + v * min(elapsed, abs(v) / a) - copysign(0.5 * a * min(elapsed, abs(v) / a) ** 2, v)
                for q, v, a in zip(last.q, last.dq, self._deceleration, strict=True)
            ]
        before, after, s, h = self._between(t_ns)
        u = 1.0 - s
        b0, b1, b2, b3 = (
            u * u * (1.0 + 2.0 * s),
            s * s * (1.0 + 2.0 * u),
            h * s * u * u,
            -h * s * s * u,
        )
        return [
            b0 * q0 + b1 * q1 + b2 * v0 + b3 * v1
            for q0, q1, v0, v1 in zip(before.q, after.q, before.dq, after.dq, strict=True)
        ]

    def velocity(self, t_ns: int, lead_ns: int) -> list[float]:
        """Measured velocity `lead_ns` after an instant, (n,) rad/s: linear between samples.

        The lead ends at the newest sample; once t_ns itself is beyond it, the coast's velocity.
        """
        last = self._require()
        if t_ns >= last.t_ns:
            elapsed = (t_ns - last.t_ns) * 1e-9
            return [
                copysign(max(abs(v) - a * elapsed, 0.0), v) for v, a in zip(last.dq, self._deceleration, strict=True)
            ]
        if t_ns + lead_ns >= last.t_ns:
            return last.dq
        before, after, s, _ = self._between(t_ns + lead_ns)
        return [v0 + s * (v1 - v0) for v0, v1 in zip(before.dq, after.dq, strict=True)]

    def _require(self) -> Node:
        if not self._nodes:
            raise ValueError("no leader sample was accepted yet; read the leader first")
        return self._nodes[-1]

    def _between(self, t_ns: int) -> tuple[Node, Node, float, float]:
        """The samples about an instant before the newest, the place 0..1 between, the span in s."""
        after = self._nodes[-1]
        for before in reversed(self._nodes):
            if before.t_ns <= t_ns:
                if before is after:
                    break
                span = after.t_ns - before.t_ns
                return before, after, (t_ns - before.t_ns) / span, span * 1e-9
            after = before
        return after, after, 0.0, 0.0
