"""How an operator who waits at home fetches a robot that was held elsewhere: the leader goes to where it stands.

There it rests, so that the robot can be let follow again, then leads it home. A robot that stays behind is met
anew. What was decided is in the world's memory; the motion is a pure function of that and of time.
"""

import numpy as np

from hardware.samples import Vector
from hardware.virtual.operator_moves import duration, unit_move
from hardware.virtual.world import Meeting, World

_BEHIND_RAD = 0.25  # a robot farther than this from the leader does not follow
_STILL_RAD, _STILL_NS = 0.004, 400_000_000
_PATIENCE_NS = 1_500_000_000  # at home, for a robot that comes by itself
_REST_NS = 5_000_000_000  # with the robot
_LEAST_S = 1.0


class Meetings:
    """Of one leader with the robot that it drives. `home`: (n,) rad."""

    def __init__(self, world: World, leader: str, home: Vector) -> None:
        self._world, self._leader, self._home = world, leader, home
        self._robot = world.led_by(leader).name

    def offset(self, t_ns: int) -> tuple[Vector, Vector]:
        """How far the hands are off the script, (n,) rad, and the rate."""
        off, rate = np.zeros(len(self._home)), np.zeros(len(self._home))
        for meeting in self._world.meetings(self._leader):
            lasts_s = _lasts_s(meeting)
            there, coming = unit_move((t_ns - meeting.from_ns) * 1e-9 / lasts_s)
            back, going = unit_move((t_ns - meeting.to_ns) * 1e-9 / lasts_s)
            off += (there - back) * meeting.offset
            rate += (coming - going) / lasts_s * meeting.offset
        return off, rate

    def look(self, t_ns: int, since_ns: int) -> None:
        """Waiting since then: go and meet the robot, or lead it home."""
        known = self._world.meetings(self._leader)
        last = max(known, key=lambda meeting: meeting.from_ns, default=None)
        if last is not None and t_ns < last.to_ns:
            if t_ns > last.from_ns + round(_lasts_s(last) * 1e9) + _REST_NS:
                self._world.end_meeting(self._leader, t_ns)
            return
        now, before = (self._world.state_at(self._robot, t) for t in (t_ns, t_ns - _STILL_NS))
        if now is None or before is None or t_ns < since_ns + _PATIENCE_NS:
            return
        behind = now.q - self._home - self.offset(t_ns)[0]
        if float(np.abs(now.q - before.q).max()) < _STILL_RAD and float(np.abs(behind).max()) > _BEHIND_RAD:
            self._world.begin_meeting(self._leader, t_ns, now.q - self._home)


def _lasts_s(meeting: Meeting) -> float:
    return max(_LEAST_S, duration(meeting.offset))
