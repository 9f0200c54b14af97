"""Between the follower's rings and the operator's hand: the torque for each leader sample."""

import numpy as np

from collector.links import Links, RingReader
from collector.teleop.engage import State
from collector.teleop.feel import Feel
from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.interfaces import LeaderArm
from hardware.samples import LeaderSample, Vector, monotonic_ns

_OLD_NS = 100_000_000  # a follower silent for longer presses on nothing that we know of


class LeaderFeel:
    """Gives a leader whose `feel.mode` is not free its torque; one without follower has no walls and no feedback."""

    def __init__(self, rig: RigConfig, name: str, links: Links) -> None:
        config = rig.leaders[name]
        self._config, self._joints = config.feel, len(config.ids)
        followers = [(n, f) for n, f in rig.followers.items() if f.leader == name]
        led, arm = followers[0] if followers else ("", None)
        self._states = RingReader(links[f"arms/{led}"]) if arm else None
        self._commands = RingReader(links[f"commands/{led}"]) if arm else None
        self._feel = Feel(config.feel, arm_model(arm.arm).limits if arm else None, self._joints)
        self._most_nm = 0.0

    def give(self, leader: LeaderArm, sample: LeaderSample) -> None:
        """The torque that belongs to a sample. Raises DeviceLost."""
        now = monotonic_ns()
        tau = self._feel.update(now, sample.q, sample.dq, self._load(now), self._following(now))
        leader.feel(tau)
        if sample.tau is not None:
            self._most_nm = max(self._most_nm, float(np.abs(sample.tau).max()))

    def let_go(self, leader: LeaderArm) -> None:
        """No torque while no sample comes."""
        leader.feel(np.zeros(self._joints))

    def status(self, leader: LeaderArm) -> dict[str, object]:
        """For the operator; the greatest torque since the last status."""
        most, self._most_nm = self._most_nm, 0.0
        words = [self._config.mode, f"up to {most:.2f} Nm"]
        if self._config.force:
            words.append(f"feedback {self._feel.scale:.0%}")
        return {
            "feel": f"off: {leader.feel_off}" if leader.feel_off else ", ".join(words),
            "tau_max": most,
            "feedback": self._feel.scale,
        }

    def _load(self, now_ns: int) -> Vector | None:
        row = self._states.latest() if self._states else None
        return None if row is None or now_ns - int(row["t_ns"]) > _OLD_NS else row["tau_ext"]

    def _following(self, now_ns: int) -> bool:
        row = self._commands.latest() if self._commands else None
        return row is not None and int(row["state"]) == State.FOLLOW and now_ns - int(row["t_ns"]) <= _OLD_NS
