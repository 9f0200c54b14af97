"""One virtual Franka on a loopback address: TCP 1337, 1 kHz states over UDP, the hand on TCP 1338.

The loop sleeps until each millisecond of the controller's drifting clock. If its own process wakes late
it skips ticks and never bursts, and a cycle counts against the client only if a state had gone out in
time for it. Everything runs in this one thread.
"""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hardware.arms.models import arm_model
from hardware.config import FrankaHandConfig, RigConfig
from hardware.samples import monotonic_ns
from hardware.virtual.crystal import Crystal
from hardware.virtual.fci.commands import Commands
from hardware.virtual.fci.contact import Cell
from hardware.virtual.fci.dynamics import DT
from hardware.virtual.fci.hand import STATE_MS, Hand
from hardware.virtual.fci.recent import Moment, Recent
from hardware.virtual.fci.robot import Robot
from hardware.virtual.fci.state import State
from hardware.virtual.fci.structs import COMMAND, HAND_PORT, ROBOT_PORT, Error
from hardware.virtual.operator import Operator
from hardware.virtual.truth import MotionLog, TruthLog
from hardware.virtual.world import FollowerState, World, seed_for

ARM = arm_model("fr3")

_MS = 1_000_000
_OFFSET_RAD = 0.08  # of each joint from home at power-up, at most
_LATEST_DELAY_NS = 600_000  # of a state after its latch
_MOST_STEPS = 8  # physics steps after a late wake; beyond, the robot stood still meanwhile
_KNOT = 512  # ticks
_HAND_POLL_MS = 4
_IN_TIME_NS = 650_000  # after its latch, a state that goes out leaves its client time to answer
_FAULT_MS = 10  # between looks at the list of faults
_LEAVE_NS = 2_000_000_000  # for clients that still move the robot when it is asked to go


class _Endpoint:
    """The sockets of one robot and what they are connected to."""

    def __init__(self, rig: RigConfig, follower: str, world: World, address: str) -> None:
        virtual = world.config.franka
        seed = seed_for(world.config, f"arms/{follower}")
        self._rng = random.Random(seed)
        offset = np.array([self._rng.uniform(-_OFFSET_RAD, _OFFSET_RAD) for _ in range(7)])
        operator = Operator(world, rig.followers[follower].leader)
        now = monotonic_ns()
        self.robot = Robot(
            ARM.home + offset,
            Cell(operator, now),
            virtual.bandwidth_hz,
            enforce=virtual.enforce,
            lost_in_a_row=virtual.lost_in_a_row,
        )
        self._world, self._follower, self._network_us = world, follower, virtual.network_us
        start = self._rng.randrange(10_000, 10_000_000) * _MS
        self._crystal = Crystal(now, start, virtual.ppm * self._rng.choice((-1, 1)), 0.5, seed)
        self.state = State()
        self._commands = Commands(address, self.robot, self.state)
        gripper = rig.followers[follower].gripper or FrankaHandConfig()
        self._hand = Hand(address, gripper.max_width)
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind((address, 0))
        self._udp.setblocking(False)
        self._inbox = bytearray(COMMAND.itemsize + 1)
        self._command = np.frombuffer(self._inbox, COMMAND, 1)
        self._sent = 0  # number of the last state that went out
        self._owed = False  # did it go out in time for an answer?
        self._reflexed_ns, self._silent = now, False
        self._leave_ns = 0
        self._loss, self._lag_ns = 0.0, 0
        self._recent = Recent()
        self._knot = 0, 0, 0.0  # tick, host ns, host ns a tick
        directory = world.config.truth_dir
        self._truth = TruthLog(Path(directory), f"arms/{follower}") if directory else None
        self._hand_truth = TruthLog(Path(directory), f"grippers/{follower}") if directory else None
        self._motion = MotionLog(Path(directory), follower, 7) if directory else None

    def close(self) -> None:
        self._commands.close()
        self._hand.close()
        self._udp.close()
        for log in (self._truth, self._hand_truth, self._motion):
            if log is not None:
                log.close()

    def run(self, stop: threading.Event) -> None:
        """Tick until `stop` is set; a robot does not vanish while a client still moves it."""
        tick = self._crystal.device_ns(monotonic_ns()) // _MS + 1
        last = tick - 1
        while not stop.is_set() or self._in_use():
            latch_ns = self._latch_ns(tick)
            wake_ns = latch_ns + self._delay_ns()
            wait = wake_ns - monotonic_ns()
            if wait > 0:
                time.sleep(wait * 1e-9)
            late = (monotonic_ns() - latch_ns) // _MS
            if late > 0:
                tick += late
                latch_ns = self._latch_ns(tick)
            if tick % _FAULT_MS == 0 or late > _FAULT_MS:
                self._look_for_faults(latch_ns)
            self._answers(skipped=late > 0)
            self._advance(min(tick - last, _MOST_STEPS), tick, latch_ns)
            self._owed = False
            if not self._silent:
                if tick // _HAND_POLL_MS > last // _HAND_POLL_MS:  # a late host skips ticks, never a poll
                    self._hand.poll()
                self._commands.serve()
                self._emit(tick, last, latch_ns)
            last, tick = tick, tick + 1

    def _in_use(self) -> bool:
        """Asked to go: does a client still move it? A moment is left for its stop."""
        now = monotonic_ns()
        self._leave_ns = self._leave_ns or now + _LEAVE_NS
        return self.robot.motion is not None and now < self._leave_ns

    def _latch_ns(self, tick: int) -> int:
        """The host instant of a tick: exact every _KNOT ticks, straight between (the rate wanders slowly)."""
        knot = tick - tick % _KNOT
        if knot != self._knot[0]:
            begin = self._crystal.host_ns(knot * _MS)
            self._knot = knot, begin, (self._crystal.host_ns((knot + _KNOT) * _MS) - begin) / _KNOT
        return self._knot[1] + round((tick - knot) * self._knot[2])

    def _delay_ns(self) -> int:
        least, mean = self._network_us
        drawn = (least + self._rng.expovariate(1.0) * mean) * 1e3
        return min(int(drawn), _LATEST_DELAY_NS)

    def _look_for_faults(self, t_ns: int) -> None:
        """Which faults are on; an injected reflex is raised once, even if it is over by now."""
        world, name = self._world, self._follower
        began_ns = max((s.from_ns for s in world.fault_spells("robot_reflex", name) if s.from_ns <= t_ns), default=0)
        if began_ns > self._reflexed_ns:
            self.robot.reflex(Error.cartesian_reflex)
            self._reflexed_ns = began_ns
        self._silent = world.fault("robot_silent", name, t_ns)
        self.robot.block(blocked=world.fault("arm_blocked", name, t_ns))
        self._loss = world.fault_size("states_lost", name, t_ns) or 0.0
        self._lag_ns = round((world.fault_size("joint_lag", name, t_ns) or 0.0) * 1e3)

    def _answers(self, *, skipped: bool) -> None:
        """Take the newest command that answers the last state."""
        answered = False
        while True:
            try:
                size = self._udp.recv_into(self._inbox)
            except OSError:
                break
            row = self._command[0]
            if size == COMMAND.itemsize and int(row["message_id"]) == self._sent:
                answered = True
                self.robot.command(row)
        if not answered:
            self.robot.miss(blame=self._owed and not skipped)

    def _advance(self, steps: int, tick: int, t_ns: int) -> None:
        robot, hand = self.robot, self._hand
        for _ in range(steps):
            if hand.busy:
                hand.step(DT, blocked=robot.cell.between(robot.pose))
            robot.step(t_ns, hand.width)
        self._recent.add(Moment(t_ns, robot.joints.q, robot.joints.dq, robot.pose))
        if self._motion is not None:
            self._motion.append(t_ns, tick, *robot.told, robot.joints.q, robot.joints.dq)
        self._world.publish(self._follower, FollowerState(t_ns, robot.joints.q, hand.width, robot.cell.cube))

    def _emit(self, tick: int, last: int, latch_ns: int) -> None:
        due = tick // STATE_MS > last // STATE_MS
        if due and self._hand.emit(tick) and self._hand_truth is not None:
            self._hand_truth.append(tick, latch_ns)
        target = self._commands.target
        if target is None:
            return
        self.robot.write(self.state)
        self.state.set_time(tick)
        told_ns = self._lag(latch_ns) if self._lag_ns else latch_ns
        if self._rng.random() >= self._loss:
            try:
                self._udp.sendto(self.state.packet, target)
            except OSError:
                return
        self._sent, self._owed = tick, monotonic_ns() - latch_ns < _IN_TIME_NS
        if self._truth is not None:
            self._truth.append(tick, told_ns)

    def _lag(self, latch_ns: int) -> int:
        """Let the state tell joints and pose of a while before; the host instant of these."""
        before = self._recent.at(latch_ns - self._lag_ns)
        self.state.set_angles(before.q, before.dq)
        self.state.set_pose(before.pose)
        return before.t_ns


def free_address(seed: int) -> str:
    """A loopback address on which both of libfranka's fixed ports are free."""
    rng = random.Random(seed)
    for _ in range(64):
        address = f"127.{rng.randint(16, 239)}.{rng.randint(0, 255)}.{rng.randint(2, 254)}"
        with contextlib.suppress(OSError):
            for port in (ROBOT_PORT, HAND_PORT):
                socket.create_server((address, port)).close()
            return address
    raise OSError("no loopback address has ports 1337 and 1338 free; stop other virtual rigs")


def serve_robot(
    rig: RigConfig,
    follower: str,
    world: World,
    ready: Callable[[str], None],
    stop: threading.Event,
) -> None:
    """Be the follower's robot and hand until `stop` is set; `ready` gets the address."""
    address = free_address(seed_for(world.config, f"address/{follower}/{world.name}"))
    endpoint = _Endpoint(rig, follower, world, address)
    try:
        ready(address)
        endpoint.run(stop)
    finally:
        endpoint.close()
