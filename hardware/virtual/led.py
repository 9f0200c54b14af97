"""The box's LED: when it flashes, as a pure function of the order, the seed and the pulses.

Box and scene renderer live in different processes; each works out the same flashes for itself.
"""

from collections import deque
from dataclasses import dataclass

from hardware.virtual.sync_line import APART_NS, SyncLine, seen_by_box
from hardware.virtual.world import LedOrder, World, seed_for

_KEPT = 32  # flashes that a picture may still ask for
_GOLDEN, _MIX_A, _MIX_B = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # splitmix64 (Steele 2014)
_WORD = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Flash:
    """The number of the pulse that set it off; true instants, host ns."""

    pulse: int
    on_ns: int
    off_ns: int


class Flashes:
    """The flashes in order; asked with instants that grow, give or take a few flashes.

    A pulse that comes while the LED is lit or waiting sets off none, so each flash depends on the last.
    """

    def __init__(self, world: World, line: SyncLine) -> None:
        self._world, self._line = world, line
        self._seed = seed_for(world.config, "trigger/led")
        self._order = LedOrder(0, 0, 0, 1)
        self._worked_out_ns = 0
        self._kept: deque[Flash] = deque(maxlen=_KEPT)

    def of_pulse(self, pulse: int, pulse_ns: int) -> Flash | None:
        """The flash that this pulse, by number and instant, sets off, if any."""
        self._work_out(pulse_ns + APART_NS)
        return self._kept[-1] if self._kept and self._kept[-1].pulse == pulse else None

    def share_lit(self, opens_ns: int, closes_ns: int) -> float:
        """The share of an exposure during which the LED is lit, 0..1."""
        self._work_out(closes_ns)
        lit_ns = sum(max(0, min(f.off_ns, closes_ns) - max(f.on_ns, opens_ns)) for f in self._kept)
        return lit_ns / max(closes_ns - opens_ns, 1)

    def _work_out(self, until_ns: int) -> None:
        order = self._world.flashes_ordered
        if order != self._order:
            self._flash(min(order.since_ns, until_ns))
            self._order = order
            self._worked_out_ns = order.since_ns
        self._flash(until_ns)

    def _flash(self, until_ns: int) -> None:
        """Work out the flashes of all pulses up to an instant."""
        order = self._order
        while order.width_us and (found := self._line.next_after(self._worked_out_ns)) and found[1] <= until_ns:
            pulse, pulse_ns = found
            self._worked_out_ns = pulse_ns + APART_NS
            seen_ns = seen_by_box(self._world, pulse_ns)
            if seen_ns is None or (self._kept and seen_ns < self._kept[-1].off_ns):
                continue
            on_ns = seen_ns + (order.phase_us + self._draw(pulse) % order.span_us) * 1000
            self._kept.append(Flash(pulse, on_ns, on_ns + order.width_us * 1000))

    def _draw(self, pulse: int) -> int:
        """A random number of the pulse's own: splitmix64."""
        z = (self._seed + self._order.since_ns + pulse * _GOLDEN) & _WORD
        z = ((z ^ z >> 30) * _MIX_A) & _WORD
        z = ((z ^ z >> 27) * _MIX_B) & _WORD
        return z ^ z >> 31
