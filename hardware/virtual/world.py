"""What the far ends share: one start, one sync line, the followers' motion, the faults; in shared memory.

One process creates the world; the far ends in other processes (the cameras live beside their driver)
attach by name. Of the operators only their start and their waits are shared: the rest of their motion is a
pure function of seed and time.
"""

import json
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory

import numpy as np
from numpy.typing import NDArray

from hardware.arms.models import arm_model
from hardware.config import RigConfig
from hardware.config.followers import ArmName
from hardware.samples import Vector, monotonic_ns
from hardware.virtual import board_order, faults, hand_order
from hardware.virtual.board_order import BoardOrders
from hardware.virtual.faults import Faults, Spell
from hardware.virtual.hand_order import HandOrder, HandOrders
from hardware.virtual_config import VirtualConfig

MAX_JOINTS = 7
HISTORY = 2048  # states kept a follower: 2 s at 1 kHz, more than any camera's delivery delay
_RECENT = 64
MAX_FOLLOWERS = 4
_JSON_BYTES = 16_384

_STATE = np.dtype([("t_ns", "<i8"), ("q", "<f8", MAX_JOINTS), ("width", "<f8"), ("object", "<f8", 3)])
_MEETING = np.dtype([("from_ns", "<i8"), ("to_ns", "<i8"), ("offset", "<f8", MAX_JOINTS)])
_HEADER = np.dtype(
    [
        ("epoch_ns", "<i8"),
        ("sync_line_since_ns", "<i8"),
        ("operator_since_ns", "<i8"),
        ("led", "<i8", 4),
        ("waits", "<i8", (MAX_FOLLOWERS, 3)),
        ("meetings", _MEETING, (MAX_FOLLOWERS, 2)),
        ("heads", "<i8", MAX_FOLLOWERS),
        ("json", f"S{_JSON_BYTES}"),
    ]
)
_EVER_NS = 1 << 62


@dataclass(frozen=True, slots=True)
class Follower:
    """A follower of the rig: its name, its arm, and the leader that drives it."""

    name: str
    arm: ArmName
    leader: str


def followers_of(rig: RigConfig) -> tuple[Follower, ...]:
    """Those of a rig, in its order."""
    return tuple(Follower(name, config.arm, config.leader) for name, config in rig.followers.items())


@dataclass(frozen=True, slots=True)
class FollowerState:
    """A follower and the object it may carry: q (n,) rad, width m, object (x, y, z) m in its base frame."""

    t_ns: int
    q: Vector
    width: float
    object_xyz: Vector


@dataclass(frozen=True, slots=True)
class Waits:
    """How long an operator waited at home, ns: in all before the last time, and then from when to when."""

    before_ns: int
    from_ns: int
    to_ns: int


@dataclass(frozen=True, slots=True)
class Meeting:
    """A leader went to where its robot stood, `offset` (n,) rad off home; from when to when, ns."""

    from_ns: int
    to_ns: int
    offset: Vector


@dataclass(frozen=True, slots=True)
class LedOrder:
    """The box's LED: from `since_ns` on lit for `width_us`, `phase_us` after each pulse and up to `span_us` later.

    Width 0: dark. Span 1: always at the same phase.
    """

    since_ns: int
    width_us: int
    phase_us: int
    span_us: int


class World:
    """The shared block. `followers` are in the rig's order, which everybody who joins must give alike."""

    def __init__(self, memory: SharedMemory, followers: tuple[Follower, ...]) -> None:
        self._memory = memory
        buffer = memory.buf
        assert buffer is not None
        self._header: NDArray[np.void] = np.ndarray((1,), _HEADER, buffer)
        offset = _HEADER.itemsize
        self._states: NDArray[np.void] = np.ndarray((MAX_FOLLOWERS, HISTORY), _STATE, buffer, offset)
        offset += MAX_FOLLOWERS * HISTORY * _STATE.itemsize
        self.followers = followers
        self._row = {follower.name: row for row, follower in enumerate(followers)}
        self._padded = np.zeros(MAX_JOINTS)
        self._joints = [arm_model(follower.arm).joints for follower in followers]
        self.config = VirtualConfig.model_validate_json(bytes(self._header["json"][0]))
        self.epoch_ns = int(self._header["epoch_ns"][0])
        self._faults = Faults(buffer, offset, self.config.faults, self.epoch_ns)
        self.board = BoardOrders(buffer, offset + faults.NBYTES)
        self._hands = HandOrders(buffer, offset + faults.NBYTES + board_order.NBYTES)

    @staticmethod
    def create(config: VirtualConfig, followers: tuple[Follower, ...]) -> "World":
        """Make the block; its epoch is now."""
        if len(followers) > MAX_FOLLOWERS:
            raise ValueError(f"followers: the virtual rig has room for {MAX_FOLLOWERS}; there are {len(followers)}")
        size = _HEADER.itemsize + MAX_FOLLOWERS * HISTORY * _STATE.itemsize + faults.NBYTES
        size += board_order.NBYTES + hand_order.NBYTES
        text = config.model_dump_json().encode()
        if len(text) > _JSON_BYTES:
            raise ValueError(f"virtual: the section is {len(text)} bytes as JSON; at most {_JSON_BYTES}")
        memory = SharedMemory(create=True, size=size)
        header: NDArray[np.void] = np.ndarray((1,), _HEADER, memory.buf)
        header["json"], header["epoch_ns"] = text, monotonic_ns()
        return World(memory, followers)

    @staticmethod
    def attach(name: str, followers: tuple[Follower, ...]) -> "World":
        """Join a world made by another process."""
        return World(SharedMemory(name=name), followers)

    @property
    def name(self) -> str:
        """Pass this to `attach`."""
        return self._memory.name

    def close(self, *, unlink: bool = False) -> None:
        """Leave; the creator also unlinks."""
        del self._header, self._faults, self._states, self.board, self._hands
        self._memory.close()
        if unlink:
            self._memory.unlink()

    # -- sync line ---------------------------------------------------------------------------------

    def start_sync_line(self, t_ns: int) -> None:
        """The master camera began to stream: its first pulse comes at `t_ns`."""
        self._header["sync_line_since_ns"] = t_ns

    @property
    def sync_line_since_ns(self) -> int:
        """Host instant of pulse 0; 0 while no master streams."""
        return int(self._header["sync_line_since_ns"][0])

    def order_flashes(self, order: LedOrder) -> None:
        """What the box does with its LED from `order.since_ns` on."""
        self._header["led"] = (order.since_ns, order.width_us, order.phase_us, order.span_us)

    @property
    def flashes_ordered(self) -> LedOrder:
        """The last order; dark before the first."""
        return LedOrder(*self._header["led"][0].tolist())

    # -- operator ---------------------------------------------------------------------------------

    def start_operator(self, t_ns: int) -> None:
        """The operators, so far at rest at home, begin their first cycle at `t_ns`."""
        self._header["operator_since_ns"] = t_ns

    @property
    def operator_since_ns(self) -> int:
        """Host instant of the first cycle's start; 0 while the operators wait for the robots."""
        return int(self._header["operator_since_ns"][0])

    def led_by(self, leader: str) -> Follower:
        """The (first) follower that a leader drives."""
        for follower in self.followers:
            if follower.leader == leader:
                return follower
        raise ValueError(f"leaders.{leader} drives no follower of the virtual rig; name it as a follower's leader")

    def waits(self, leader: str) -> Waits:
        """When the operator at this leader has waited for a robot."""
        return Waits(*self._header["waits"][0, self._row[self.led_by(leader).name]].tolist())

    def begin_wait(self, leader: str, t_ns: int, before_ns: int) -> None:
        """The operator at this leader waits at home from now on. Only the leader's far end says so."""
        self._header["waits"][0, self._row[self.led_by(leader).name]] = (before_ns, t_ns, _EVER_NS)

    def end_wait(self, leader: str, t_ns: int) -> None:
        """It goes on."""
        self._header["waits"][0, self._row[self.led_by(leader).name], 2] = t_ns

    def meetings(self, leader: str) -> list[Meeting]:
        """The last two at most."""
        row = self._row[self.led_by(leader).name]
        rows: list[tuple[int, int, Vector]] = self._header["meetings"][0, row].tolist()
        return [Meeting(f, t, np.array(offset[: self._joints[row]])) for f, t, offset in rows if f]

    def begin_meeting(self, leader: str, t_ns: int, offset: Vector) -> None:
        """The leader goes to its robot from now on. Only the leader's far end says so."""
        meetings = self._header["meetings"][0, self._row[self.led_by(leader).name]]
        oldest = int(np.argmin(meetings["from_ns"]))
        meetings["offset"][oldest, : len(offset)] = offset
        meetings["to_ns"][oldest] = _EVER_NS
        meetings["from_ns"][oldest] = t_ns

    def end_meeting(self, leader: str, t_ns: int) -> None:
        """It comes back home."""
        meetings = self._header["meetings"][0, self._row[self.led_by(leader).name]]
        meetings["to_ns"][int(np.argmax(meetings["from_ns"]))] = t_ns

    def order_hands(self, leader: str, order: HandOrder) -> None:
        """How the operator at this leader holds it from now on."""
        self._hands.give(self._row[self.led_by(leader).name], order)

    def hand_order(self, leader: str) -> HandOrder | None:
        """The order that counts; None before the first."""
        return self._hands.newest(self._row[self.led_by(leader).name])

    # -- followers ---------------------------------------------------------------------------------

    def publish(self, follower: str, state: FollowerState) -> None:
        """Append a follower's state; called by its far end at 1 kHz, in time order."""
        row = self._row[follower]
        head = int(self._header["heads"][0, row])
        self._padded[: len(state.q)] = state.q
        self._states[row, head % HISTORY] = (state.t_ns, self._padded, state.width, state.object_xyz)
        self._header["heads"][0, row] = head + 1

    def state_at(self, follower: str, t_ns: int) -> FollowerState | None:
        """The follower's state at an instant, linear between published ones; None before the first."""
        row = self._row[follower]
        head = int(self._header["heads"][0, row])
        if head == 0:
            return None
        for reach in (_RECENT, HISTORY - _RECENT):  # nearly always the newest will do
            states = self._states[row, np.arange(max(0, head - reach), head) % HISTORY]
            times = states["t_ns"]
            if times[0] <= t_ns:
                break
        at = min(max(int(np.searchsorted(times, t_ns)), 1), len(times) - 1) if len(times) > 1 else 0
        b, a = states[at], states[max(at - 1, 0)]
        span = int(b["t_ns"] - a["t_ns"])
        w = min(max((t_ns - int(a["t_ns"])) / span, 0.0), 1.0) if span > 0 else 0.0
        return FollowerState(
            t_ns,
            ((1 - w) * a["q"] + w * b["q"])[: self._joints[row]],
            float((1 - w) * a["width"] + w * b["width"]),
            (1 - w) * a["object"] + w * b["object"],
        )

    # -- faults ------------------------------------------------------------------------------------

    def inject(
        self, kind: str, target: str = "", from_ns: int | None = None, for_s: float = 1e6, size: float = 0.0
    ) -> None:
        """Make a fault happen now (or at `from_ns`), from any process."""
        start = monotonic_ns() if from_ns is None else from_ns
        self._faults.inject(kind, target, start, start + round(for_s * 1e9), size)

    def clear_faults(self) -> None:
        """End every injected fault. What it has done to a clock stays done."""
        self._faults.clear()

    def fault(self, kind: str, target: str, t_ns: int) -> bool:
        """Is this fault on at this instant? Listed faults count from the epoch."""
        return self.fault_size(kind, target, t_ns) is not None

    def fault_size(self, kind: str, target: str, t_ns: int) -> float | None:
        """How bad this fault is at this instant; None while it is not on."""
        for spell in self._faults.spells(kind, target):
            if spell.from_ns <= t_ns < spell.to_ns:
                return spell.size
        return None

    def fault_spells(self, kind: str, target: str) -> tuple[Spell, ...]:
        """When this fault was, is and will be on."""
        return self._faults.spells(kind, target)


def seed_for(config: VirtualConfig, device: str) -> int:
    """A seed of its own for each device, stable over Python versions."""
    digest = 2166136261
    for byte in json.dumps([config.seed, device]).encode():
        digest = (digest ^ byte) * 16777619 % 2**32
    return digest
