"""A leader, a robot and a clock of numbers: 1 kHz virtual time around Teleop."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from collector.teleop.engage import State, Verb
from collector.teleop.reference import Reference, Teleop
from hardware.arms.limits import FR3
from hardware.config import TeleopConfig
from hardware.samples import LeaderSample, Stamp, TimeSource, Vector
from hardware.virtual.kinematics import HOME

MS = 1_000_000
START = 1_000 * MS
AWAY = np.array([1.0, -1.0, 1.0, 1.0, 1.0, -1.0, 1.0])  # directions with room around HOME
QUICK = TeleopConfig(ramp_s=0.3)

Motion = Callable[[float], tuple[Vector, Vector]]


def still(_: float) -> tuple[Vector, Vector]:
    return HOME, np.zeros(7)


def swing(amplitude: float, hertz: float, begin_s: float) -> Motion:
    """Rest at HOME, then a sine of peak speed 2 pi hertz amplitude that starts without a step."""
    omega = 2 * np.pi * hertz

    def motion(t: float) -> tuple[Vector, Vector]:
        since = max(t - begin_s, 0.0)
        return (
            HOME + AWAY * amplitude * (1 - np.cos(omega * since)),
            AWAY * amplitude * omega * np.sin(omega * since),
        )

    return motion


def leader_sample(t_ns: int, q: Vector, dq: Vector, grip: float | None = 0.0) -> LeaderSample:
    stamp = Stamp(t_ns, 1000, 0, t_ns + MS, 0, TimeSource.BRACKETED)
    return LeaderSample("right", stamp, t_ns - 1000, t_ns + 1000, q, dq, grip, np.zeros(7, np.int64))


@dataclass
class Run:
    """Steps Teleop at 1 kHz; the robot does what it is told one cycle later unless `blocked`."""

    motion: Motion = still
    config: TeleopConfig = QUICK
    period_ms: float = 5.0
    grip: float | None = 0.0
    success_rate: float = 1.0
    robot_fault: str | None = None
    blocked: bool = False
    silent: bool = False
    now_ns: int = START
    references: list[Reference] = field(default_factory=list[Reference])
    times: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self.robot = HOME.copy()
        self.teleop = Teleop(self.config, FR3, round(self.period_ms * MS), HOME, 0.08)
        self._next_ns = self.now_ns

    @property
    def last(self) -> Reference:
        return self.references[-1]

    def step(self, ms: int, verb: Verb | None = None) -> Reference:
        """Run for `ms`, with the verb on the first cycle."""
        if verb is not None:
            self.teleop.request(verb)
        for _ in range(ms):
            while self._next_ns + MS <= self.now_ns:
                if not self.silent:
                    q, dq = self.motion((self._next_ns - START) * 1e-9)
                    self.teleop.on_leader(leader_sample(self._next_ns, q, dq, self.grip))
                self._next_ns += round(self.period_ms * MS)
            reference = self.teleop.update(self.now_ns, self.robot, np.zeros(7), self.success_rate, self.robot_fault)
            self.references.append(reference)
            self.times.append(self.now_ns)
            if not self.blocked:
                self.robot = reference.q
            self.now_ns += MS
        return self.last

    def follow(self) -> Reference:
        """Bring it to FOLLOW with a still leader (takes 1 s of virtual time at most)."""
        self.step(100)
        self.step(900, "engage")
        assert self.last.state is State.FOLLOW, self.last.reason
        return self.last

    def q(self) -> Vector:
        return np.array([reference.q for reference in self.references])

    def dq(self) -> Vector:
        return np.array([reference.dq for reference in self.references])

    def states(self) -> list[State]:
        return [reference.state for reference in self.references]
