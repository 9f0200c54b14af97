"""The far end of a Dynamixel bus: a pty whose other side the production driver opens as a serial port.

USB adapter and wire take their time in both directions; each answer comes when its last bit would have
passed the adapter. `seq` of the truth counts the sync and fast sync reads that cover Present Position,
from 0 at the last PING: a driver pings when it opens the port, and counts the same way.
"""

import os
import select
import termios
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from hardware.arms.control_table import BAUDS, MODELS, PRESENT_POSITION, TICK_MODULUS
from hardware.config import DynamixelLeaderConfig, RigConfig
from hardware.samples import Vector, monotonic_ns
from hardware.virtual.crystal import Crystal
from hardware.virtual.dynamixel.chain import Answer, ServoChain, read_blocks, wire_ns
from hardware.virtual.dynamixel.servo import Servo
from hardware.virtual.dynamixel.wire import Code, Instruction, Parser
from hardware.virtual.operator import Operator
from hardware.virtual.truth import TruthLog
from hardware.virtual.world import World, seed_for

_POLL_MS = 100  # how soon `stop` is seen
# Waking this process takes time each way, about the adapter's least delay, and counts as part of it.
_WAKE_NS = 50_000
# FTDI AN232B-04: received bytes wait until 62 of them fill a packet or the latency timer ticks.
_FTDI_PACKET = 62
_SAME_POSE_NS = 200_000  # within this the hand moves on at its velocity: an error below 1e-6 rad
_SPEEDS = {getattr(termios, f"B{baud}"): baud for baud in BAUDS if hasattr(termios, f"B{baud}")}


class Hand(Protocol):
    """Who holds the leader."""

    def leader(self, t_ns: int) -> tuple[Vector, Vector, float]:
        """q (n,) rad, dq (n,) rad/s and grip 0 open .. 1 closed at a host instant."""
        ...


class HornAngles:
    """The raw angle of every servo's horn, from the hand's pose and the leader's signs and offsets."""

    def __init__(self, hand: Hand, config: DynamixelLeaderConfig) -> None:
        self._hand, self._grip = hand, config.grip
        self._signs, self._offsets = np.array(config.signs, float), np.array(config.offsets_rad)
        self._t_ns, self._rad, self._rad_s = -_SAME_POSE_NS, [0.0], [0.0]

    def at(self, index: int, t_ns: int) -> tuple[float, float]:
        """Angle (rad) and velocity (rad/s) of servo `index`; the grip comes after the joints."""
        if abs(t_ns - self._t_ns) >= _SAME_POSE_NS:
            self._pose(t_ns)
        rad_s = self._rad_s[index]
        return self._rad[index] + rad_s * (t_ns - self._t_ns) * 1e-9, rad_s

    def _pose(self, t_ns: int) -> None:
        q, dq, grip = self._hand.leader(t_ns)
        rad: list[float] = (self._signs * q + self._offsets).tolist()
        rad_s: list[float] = (self._signs * dq).tolist()
        if self._grip is not None:
            angle = self._grip.open_rad + grip * (self._grip.closed_rad - self._grip.open_rad)
            elapsed_s = (t_ns - self._t_ns) * 1e-9
            # The hand gives no grip velocity; a servo differentiates its encoder too.
            known = len(self._rad) > len(rad) and 0 < elapsed_s < 0.1
            rad_s.append((angle - self._rad[-1]) / elapsed_s if known else 0.0)
            rad.append(angle)
        self._t_ns, self._rad, self._rad_s = t_ns, rad, rad_s


def power_up(leader: str, config: DynamixelLeaderConfig, world: World, hand: Hand) -> ServoChain:
    """The leader's servos, factory fresh but for their ID and baud rate, each with a tick of its own."""
    angles, now = HornAngles(hand, config), monotonic_ns()
    ids = config.ids if config.grip is None else (*config.ids, config.grip.id)
    servos: list[Servo] = []
    for index, id in enumerate(ids):
        seed = seed_for(world.config, f"{leader}/{id}")
        rng = np.random.default_rng(seed)
        ppm = float(rng.uniform(-1, 1)) * world.config.dynamixel.ppm
        clock = Crystal(now, int(rng.integers(TICK_MODULUS * 1_000_000)), ppm, 0.5, seed)
        parse_ns = int(rng.integers(5_000, 20_000))

        def angle(t_ns: int, index: int = index) -> tuple[float, float]:
            return angles.at(index, t_ns)

        servos.append(Servo(MODELS[config.model], id, config.baud, angle, clock, parse_ns, now))
    return ServoChain(servos)


class VirtualBus:
    """The adapter and its servos behind one pty; `run` serves until `stop` is set."""

    def __init__(
        self, leader: str, config: DynamixelLeaderConfig, world: World, hand: Hand, truth: TruthLog | None
    ) -> None:
        self.chain = power_up(leader, config, world, hand)
        self._leader, self._joints = leader, frozenset(config.ids)
        self._world, self._truth = world, truth
        self._faulty = world.config.dynamixel
        self._rng = np.random.default_rng(seed_for(world.config, f"{leader}/usb"))
        self._reads = 0
        self._rebooted_ns = 0  # begin of the last servo_reboot that has struck

    def run(self, ready: Callable[[str], None], stop: threading.Event) -> None:
        """Open the pty, call `ready` with its path, answer until `stop`."""
        # Holding the client's side open keeps the line up between clients.
        here, client = os.openpty()
        try:
            tty.setraw(client)
            os.set_blocking(here, False)
            ready(os.ttyname(client))
            self._serve(here, client, stop)
        finally:
            os.close(here)
            os.close(client)

    def _serve(self, here: int, client: int, stop: threading.Event) -> None:
        parser, poll = Parser(), select.poll()
        poll.register(here, select.POLLIN)
        while not stop.is_set():
            if not poll.poll(_POLL_MS):
                continue
            t_ns = monotonic_ns()
            received = os.read(here, 4096)
            baud = _SPEEDS.get(termios.tcgetattr(client)[5], 0)
            for instruction in parser.feed(received):
                self._exchange(instruction, t_ns, baud, here)

    def _exchange(self, instruction: Instruction, t_ns: int, baud: int, here: int) -> None:
        seq = self._count(instruction)
        out_ns = max(0, self._delay_ns(self._faulty.usb_out_us) - _WAKE_NS)
        t_heard = t_ns + out_ns + wire_ns(instruction.size, baud or 1)
        if self._world.fault("bus_dead", self._leader, t_ns):
            return
        self._strike(t_heard)
        answer = self.chain.answer(instruction, t_heard, baud)
        if answer is None:
            return
        if seq is not None:
            self._log(seq, answer)
        in_ns = max(0, self._delay_ns(self._faulty.usb_in_us) - _WAKE_NS)
        data = self._on_the_wire(answer.data, t_ns)
        full, rest, t_rest_ns = self.packets(data, answer.t_done_ns)
        for part, t_done_ns in ((full, answer.t_done_ns), (rest, t_rest_ns)):
            if part:
                _sleep_until(t_done_ns + in_ns)
                _send(here, part)

    def packets(self, data: bytes, t_done_ns: int) -> tuple[bytes, bytes, int]:
        """What leaves the adapter at once, what waits for the timer's tick, and when that comes."""
        timer_ms = self._world.fault_size("latency_timer", self._leader, t_done_ns)
        if not timer_ms:
            return data, b"", t_done_ns
        whole = len(data) - len(data) % _FTDI_PACKET
        timer_ns = round(timer_ms * 1e6)
        return data[:whole], data[whole:], t_done_ns + timer_ns - (t_done_ns - self._world.epoch_ns) % timer_ns

    def _strike(self, t_ns: int) -> None:
        """Faults of the servos: old values; a brown-out of the first one, once a fault, too short to be missed."""
        stale = self._world.fault("leader_stale", self._leader, t_ns)
        for servo in self.chain.servos:
            servo.stale = stale
        for spell in self._world.fault_spells("servo_reboot", self._leader):
            if spell.from_ns <= t_ns < spell.to_ns and spell.from_ns > self._rebooted_ns:
                self._rebooted_ns = spell.from_ns
                self.chain.servos[0].reboot(t_ns, boot_ns=0)

    def _count(self, instruction: Instruction) -> int | None:
        """The seq of a read of the leader's pose; None for any other instruction."""
        match instruction.code:
            case Code.PING:
                self._reads = 0
            case Code.SYNC_READ | Code.FAST_SYNC_READ:
                block = next(iter(read_blocks(instruction)), None)
                if block and block.address <= PRESENT_POSITION <= block.address + block.length - 4:
                    self._reads += 1
                    return self._reads - 1
            case _:
                pass
        return None

    def _log(self, seq: int, answer: Answer) -> None:
        servos = (servo for servo in self.chain.servos if servo.id in answer.latches)
        joints = [servo.measured_ns for servo in servos if servo.id in self._joints]
        if self._truth is not None and joints:
            self._truth.append(seq, sum(joints) // len(joints))

    def _delay_ns(self, least_and_mean_us: tuple[float, float]) -> int:
        least, mean = least_and_mean_us
        return round(1000 * (least + self._rng.exponential(mean)))

    def _on_the_wire(self, data: bytes, t_ns: int) -> bytes:
        noise = self._world.fault_size("bus_noise", self._leader, t_ns) or 0.0
        if self._rng.random() >= max(self._faulty.error_rate, noise):
            return data
        hit = bytearray(data)
        hit[int(self._rng.integers(len(hit)))] ^= 1 << int(self._rng.integers(8))
        return bytes(hit)


def serve_bus(rig: RigConfig, leader: str, world: World, ready: Callable[[str], None], stop: threading.Event) -> None:
    """Serve the bus of `leader` until `stop` is set; `ready` gets the pty's path."""
    config = rig.leaders[leader]
    folder = world.config.truth_dir
    truth = TruthLog(Path(folder), f"leaders/{leader}") if folder else None
    try:
        VirtualBus(leader, config, world, Operator(world, leader), truth).run(ready, stop)
    finally:
        if truth is not None:
            truth.close()


def _send(here: int, data: bytes) -> None:
    try:
        os.write(here, data)
    except BlockingIOError:
        pass  # nobody reads: as with a real adapter, the bytes are lost


def _sleep_until(t_ns: int) -> None:
    left = t_ns - monotonic_ns()
    if left > 0:
        time.sleep(left * 1e-9)
