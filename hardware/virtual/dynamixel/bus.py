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
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

import numpy as np

from hardware.arms.control_table import (
    BAUDS,
    PRESENT_POSITION,
)
from hardware.config import RigConfig
from hardware.samples import monotonic_ns
from hardware.virtual.dynamixel.chain import Answer, ServoChain, read_blocks, wire_ns
from hardware.virtual.dynamixel.hand import held
from hardware.virtual.dynamixel.wire import Code, Instruction, Parser
from hardware.virtual.operator import Operator
from hardware.virtual.truth import TruthLog
from hardware.virtual.world import World, seed_for

_POLL_MS = 100  # how soon `stop` is seen
_BODY_MS = 4  # the world sees a body move this often, however seldom its client speaks
# Waking this process takes time each way, about the adapter's least delay, and counts as part of it.
_WAKE_NS = 50_000
# FTDI AN232B-04: received bytes wait until 62 of them fill a packet or the latency timer ticks.
_FTDI_PACKET = 62
_SPEEDS = {getattr(termios, f"B{baud}"): baud for baud in BAUDS if hasattr(termios, f"B{baud}")}


class Body(Protocol):
    """What the servos of a bus move."""

    def advance(self, t_ns: int) -> None:
        """Time has come to `t_ns`; called before every instruction and every few ms, not always in order."""
        ...


class VirtualBus:
    """The adapter and its servos behind one pty; `run` serves until `stop` is set.

    `name`: whom faults strike, the one that silences it under the name `dead`. joints: IDs whose mean latch is the
    truth of a read; own: logs of single servos whose latch is the truth of a stream of its own, by ID. body: what
    moves when time passes, if anything does.
    """

    def __init__(
        self,
        name: str,
        chain: ServoChain,
        joints: Iterable[int],
        world: World,
        truth: TruthLog | None,
        dead: str = "bus_dead",
        own: Mapping[int, TruthLog] | None = None,
        body: Body | None = None,
    ) -> None:
        self.chain = chain
        self._name, self._joints, self._dead = name, frozenset(joints), dead
        self._world, self._truth = world, truth
        self._own, self._body = own or {}, body
        self._faulty = world.config.dynamixel
        self._rng = np.random.default_rng(seed_for(world.config, f"{name}/usb"))
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
            if not poll.poll(_POLL_MS if self._body is None else _BODY_MS):
                if self._body is not None:
                    self._body.advance(monotonic_ns())
                continue
            received = os.read(here, 4096)
            t_ns = monotonic_ns()  # what came while this process was kept from reading is read with the rest
            baud = _SPEEDS.get(termios.tcgetattr(client)[5], 0)
            for instruction in parser.feed(received):
                self._exchange(instruction, t_ns, baud, here)

    def _exchange(self, instruction: Instruction, t_ns: int, baud: int, here: int) -> None:
        seq = self._count(instruction)
        out_ns = max(0, self._delay_ns(self._faulty.usb_out_us) - _WAKE_NS)
        t_heard = t_ns + out_ns + wire_ns(instruction.size, baud or 1)
        if self._world.fault(self._dead, self._name, t_ns):
            return
        self._strike(t_heard)
        if self._body is not None:
            self._body.advance(t_heard)
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
        timer_ms = self._world.fault_size("latency_timer", self._name, t_done_ns)
        if not timer_ms:
            return data, b"", t_done_ns
        whole = len(data) - len(data) % _FTDI_PACKET
        timer_ns = round(timer_ms * 1e6)
        return data[:whole], data[whole:], t_done_ns + timer_ns - (t_done_ns - self._world.epoch_ns) % timer_ns

    def _strike(self, t_ns: int) -> None:
        """Faults of the servos: old values; a brown-out of the first one, once a fault, too short to be missed."""
        stale = self._world.fault("leader_stale", self._name, t_ns)
        for servo in self.chain.servos:
            servo.stale = stale
        for spell in self._world.fault_spells("servo_reboot", self._name):
            if spell.from_ns <= t_ns < spell.to_ns and spell.from_ns > self._rebooted_ns:
                self._rebooted_ns = spell.from_ns
                self.chain.servos[0].reboot(t_ns, boot_ns=0)

    def _count(self, instruction: Instruction) -> int | None:
        """The seq of a read of the joints' positions; None for any other instruction."""
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
        for id, log in self._own.items():
            if id in answer.latches:
                log.append(seq, answer.latches[id])

    def _delay_ns(self, least_and_mean_us: tuple[float, float]) -> int:
        least, mean = least_and_mean_us
        return round(1000 * (least + self._rng.exponential(mean)))

    def _on_the_wire(self, data: bytes, t_ns: int) -> bytes:
        noise = self._world.fault_size("bus_noise", self._name, t_ns) or 0.0
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
    chain = held(leader, config, world, Operator(world, leader))
    try:
        VirtualBus(leader, chain, config.ids, world, truth).run(ready, stop)
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
