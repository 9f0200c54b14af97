"""A leader, a robot and a clock of numbers: virtual time around Teleop."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from collector.teleop.engage import State
from collector.teleop.inputs import Verb
from collector.teleop.reference import Reference, Teleop
from hardware.arms.models import ArmModel, arm_model
from hardware.config import TeleopConfig
from hardware.samples import LeaderSample, Stamp, TimeSource, Vector

ARM = arm_model("fr3")
HOME = ARM.home
SERVO_ARM = arm_model("viperx300s")

MS = 1_000_000
START = 1_000 * MS
AWAY = np.array([1.0, -1.0, 1.0, 1.0, 1.0, -1.0, 1.0])  # directions with room around ARM.home
QUICK = TeleopConfig(ramp_s=0.3)

Motion = Callable[[float], tuple[Vector, Vector]]


def still(_: float) -> tuple[Vector, Vector]:
    return ARM.home, np.zeros(7)


def at(pose: Vector) -> Motion:
    """Rest in a pose."""
    return lambda _: (pose, np.zeros_like(pose))


def swing(amplitude: float, hertz: float, begin_s: float) -> Motion:
    """Rest at ARM.home, then a sine of peak speed 2 pi hertz amplitude that starts without a step."""
    omega = 2 * np.pi * hertz

    def motion(t: float) -> tuple[Vector, Vector]:
        since = max(t - begin_s, 0.0)
        return (
            ARM.home + AWAY * amplitude * (1 - np.cos(omega * since)),
            AWAY * amplitude * omega * np.sin(omega * since),
        )

    return motion


def leader_sample(t_ns: int, q: Vector, dq: Vector, grip: float | None = 0.0) -> LeaderSample:
    stamp = Stamp(t_ns, 1000, 0, t_ns + MS, 0, TimeSource.BRACKETED)
    return LeaderSample("right", stamp, t_ns - 1000, t_ns + 1000, q, dq, grip, np.zeros(len(q), np.int64))


@dataclass
class Run:
    """Steps Teleop once a cycle; the robot does what it is told one cycle later unless `blocked`.

    `daemon`: it gives its word every cycle. `held`: the client says so of the deadman every cycle.
    """

    motion: Motion = still
    config: TeleopConfig = QUICK
    period_ms: float = 5.0
    grip: float | None = 0.0
    success_rate: float = 1.0
    robot_fault: str | None = None
    blocked: bool = False
    silent: bool = False
    daemon: bool = True
    held: bool = False
    arm: ArmModel = ARM
    cycle_ms: int = 1
    now_ns: int = START
    references: list[Reference] = field(default_factory=list[Reference])
    times: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        self.robot = self.arm.home.copy()
        period_ns, cycle_ns = round(self.period_ms * MS), self.cycle_ms * MS
        self.teleop = Teleop(self.config, self.arm, period_ns, self.arm.home, 0.08, cycle_ns)
        self._next_ns = self.now_ns

    @property
    def last(self) -> Reference:
        return self.references[-1]

    def step(self, ms: int, verb: Verb | None = None) -> Reference:
        """Run for `ms`, with the verb on the first cycle."""
        if verb is not None:
            self.teleop.request(verb)
        for _ in range(0, ms, self.cycle_ms):
            self._cycle()
        return self.last

    def _cycle(self) -> None:
        while self._next_ns + MS <= self.now_ns:
            if not self.silent:
                q, dq = self.motion((self._next_ns - START) * 1e-9)
                self.teleop.on_leader(leader_sample(self._next_ns, q, dq, self.grip))
            self._next_ns += round(self.period_ms * MS)
        if self.daemon:
            self.teleop.heartbeat(self.now_ns)
        if self.held:
            self.teleop.deadman()
        speed = np.zeros(self.arm.joints)
        reference = self.teleop.update(self.now_ns, self.robot, speed, self.success_rate, self.robot_fault)
        self.references.append(reference)
        self.times.append(self.now_ns)
        if not self.blocked:
            self.robot = reference.q
        self.now_ns += self.cycle_ms * MS

    def follow(self) -> Reference:
        """Bring it to FOLLOW with a still leader (takes 1 s of virtual time at most)."""
        self.step(100)
        self.step(900, "engage")
        assert self.last.state is State.FOLLOW, self.last.reason
        return self.last

    def until(self, state: State, ms: int) -> int:
        """Run until it is in the state, for `ms` at most; the time that took, ms."""
        begin = self.now_ns
        while self.last.state is not state:
            assert self.now_ns - begin <= ms * MS, f"{self.last.state.name} after {ms} ms: {self.last.reason}"
            self._cycle()
        return (self.times[-1] - begin) // MS + self.cycle_ms

    def q(self) -> Vector:
        return np.array([reference.q for reference in self.references])

    def dq(self) -> Vector:
        return np.array([reference.dq for reference in self.references])

    def states(self) -> list[State]:
        return [reference.state for reference in self.references]
