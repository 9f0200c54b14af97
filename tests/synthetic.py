"""The virtual rig's streams over a few seconds, computed: true instants, and what the devices make of them."""

import numpy as np
from numpy.typing import NDArray

from hardware import rows
from hardware.virtual.crystal import Crystal

START_NS = 5_000_000_000_000
JOINTS = 7
EXPOSURE_US = 4000


def position(t_ns: NDArray[np.int64], joints: int = JOINTS) -> NDArray[np.float64]:
    """(N, n) true joints, rad."""
    return _amplitude(joints) * np.sin(_omega(joints) * _since(t_ns))


def velocity(t_ns: NDArray[np.int64], joints: int = JOINTS) -> NDArray[np.float64]:
    """(N, n) true joint velocities, rad/s."""
    return _amplitude(joints) * _omega(joints) * np.cos(_omega(joints) * _since(t_ns))


def twist(t_ns: NDArray[np.int64]) -> NDArray[np.float64]:
    """(N, 3) true velocity of a base without vy: m/s, NaN, rad/s."""
    phase = 2 * np.pi * 0.2 * _since(t_ns)
    return np.hstack([0.3 * np.sin(phase), np.full_like(phase, np.nan), 0.5 * np.cos(phase)])


def _amplitude(joints: int) -> NDArray[np.float64]:
    return np.linspace(0.2, 0.6, joints)


def _omega(joints: int) -> NDArray[np.float64]:
    return 2 * np.pi * np.linspace(0.3, 0.9, joints)


def width(t_ns: NDArray[np.int64]) -> NDArray[np.float64]:
    """(N,) true gripper width, m."""
    return 0.04 + 0.03 * np.sin(2 * np.pi * 0.25 * _since(t_ns)[:, 0])


def _since(t_ns: NDArray[np.int64]) -> NDArray[np.float64]:
    return ((np.asarray(t_ns) - START_NS) * 1e-9)[:, np.newaxis]


class SyntheticRig:
    """Draws its crystals from `rng`; each method gives a stream's rows and their truth, (N, 2) seq and t_true_ns."""

    def __init__(self, rng: np.random.Generator, seconds: float) -> None:
        self.rng, self.end_ns = rng, START_NS + int(seconds * 1e9)
        self.box = _crystal(rng, 25.0)
        period = 1e9 / 60 * (1 + rng.uniform(-40, 40) * 1e-6)
        self.edge_ns = np.arange(START_NS + 3_000_000, self.end_ns, period).astype(np.int64)
        self.anchors: list[list[tuple[int, int]]] = []  # of each camera in the order of `frames`

    def delays(self, count: int, least_us: float, mean_us: float) -> NDArray[np.int64]:
        return ((least_us + self.rng.exponential(mean_us, count)) * 1000).astype(np.int64)

    def pings(self) -> NDArray[np.void]:
        sent = np.arange(START_NS - 10 * 10**9, self.end_ns, 100_000_000)
        received = sent + self.delays(len(sent), 60, 120)
        answered = received + 15_000
        found = np.zeros(len(sent), rows.PING)
        found["seq"], found["t_sent_ns"] = np.arange(len(sent)), sent
        found["ticks_rx"] = [self.box.device_ns(int(t)) for t in received]
        found["ticks_tx"] = [self.box.device_ns(int(t)) for t in answered]
        found["t_received_ns"] = answered + self.delays(len(sent), 90, 200)
        return found

    def edges(self) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        found = np.zeros(len(self.edge_ns), rows.EDGE)
        found["ticks"] = [self.box.device_ns(int(t)) for t in self.edge_ns]
        _stamp(found, self.edge_ns + self.delays(len(found), 90, 200), np.arange(len(found)), 10**6)
        found["rising"] = 1
        return found, _truth(found, self.edge_ns)

    def frames(self, rng: np.random.Generator) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        clock = _crystal(rng, 40.0)
        ended = self.edge_ns + int(rng.uniform(-15_000, 15_000))
        ended = ended + rng.normal(0, 2000, len(ended)).astype(np.int64)
        found = np.zeros(len(ended), rows.FRAME)
        found["ticks"] = [clock.device_ns(int(t)) // 1000 for t in ended]
        before = START_NS - np.arange(1, 11)[::-1] * 10**9
        self.anchors.append([(clock.device_ns(int(t)) // 1000, int(t) + 7_010_000) for t in before])
        first = int(rng.integers(3, 1000))
        arrival = np.maximum.accumulate(ended + self.delays(len(ended), 7000, 1000))
        _stamp(found, arrival, first + np.arange(len(ended)), 20 * 10**6)
        found["exposure_us"], found["sensor_ticks"] = EXPOSURE_US, found["ticks"] - EXPOSURE_US // 2
        return found, _truth(found, ended - EXPOSURE_US * 500)

    def arm(self, rng: np.random.Generator) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        clock = _crystal(rng, 20.0)
        first_ms = clock.device_ns(START_NS) // 10**6 + 1
        count = (self.end_ns - START_NS) // 10**6
        ticks = (first_ms + np.arange(count)) * 10**6
        latched = np.array([clock.host_ns(int(t)) for t in ticks])
        found = np.zeros(count, rows.arm_row(JOINTS))
        found["ticks"] = ticks
        arrival = np.maximum.accumulate(latched + self.delays(count, 100, 40))
        _stamp(found, arrival, ticks // 10**6, 400_000)
        found["q"], found["dq"] = position(latched), velocity(latched)
        found["tau_J"], found["O_F_ext_hat_K"] = 0.5 * found["q"], 1.0
        found["O_T_EE"] = np.eye(4).T.ravel()
        found["O_T_EE"][:, 12] = 0.3 + 0.1 * found["q"][:, 0]
        found["success_rate"] = 1.0
        return found, _truth(found, latched)

    def leader(self, rng: np.random.Generator, joints: int = JOINTS) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        found, latched = self._bus(rng, rows.leader_row(joints), 5_000_000)
        found["q"], found["dq"], found["grip"] = position(latched, joints), velocity(latched, joints), 0.5
        return found, _truth(found, latched)

    def servo_arm(self, rng: np.random.Generator, joints: int) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        found, latched = self._bus(rng, rows.arm_row(joints, read=True), 5_000_000)
        found["q"], found["dq"] = position(latched, joints), velocity(latched, joints)
        for name in ("tau_ext", "O_F_ext_hat_K", "K_F_ext_hat_K"):
            found[name] = np.nan
        found["O_T_EE"], found["success_rate"] = np.eye(4).T.ravel(), 1.0
        return found, _truth(found, latched)

    def base(self, rng: np.random.Generator, wheels: int) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        found, latched = self._bus(rng, rows.base_row(wheels), 20_000_000)
        found["twist"] = twist(latched)
        return found, _truth(found, latched)

    def drive(self) -> NDArray[np.void]:
        told = np.arange(START_NS, self.end_ns, 20_000_000)
        found = np.zeros(len(told), rows.DRIVE)
        _stamp(found, told, np.arange(len(told)), 0)
        found["requested"], found["sent"] = twist(told + 10_000_000), twist(told + 5_000_000)
        return found

    def _bus(
        self, rng: np.random.Generator, row: np.dtype[np.void], period_ns: int
    ) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        """Reads of a bus of servos, and when they latched."""
        servos = row["servo_ticks"].shape[0] if "servo_ticks" in (row.names or ()) else 1
        clocks = [_crystal(rng, 100.0) for _ in range(servos)]
        begun = np.arange(START_NS, self.end_ns - period_ns, period_ns)
        latched = begun + self.delays(len(begun), 60, 40) + 180_000
        found = np.zeros(len(begun), row)
        ticks = np.array([[c.device_ns(int(t)) // 10**6 for c in clocks] for t in latched])
        found["ticks"] = ticks[:, 0]
        if "servo_ticks" in (row.names or ()):
            found["servo_ticks"] = ticks
        found["t_lo_ns"] = begun + 20_000
        found["t_hi_ns"] = latched + 100_000 + self.delays(len(begun), 80, 120)
        _stamp(found, found["t_hi_ns"], np.arange(len(begun)), 300_000)
        return found, latched

    def gripper(self, rng: np.random.Generator) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        asked = np.arange(START_NS, self.end_ns, 33_000_000)
        latched = asked + rng.integers(1, 3_000_000, len(asked))
        found = np.zeros(len(asked), rows.GRIPPER)
        found["t_lo_ns"], found["t_hi_ns"] = asked, asked + 3_500_000
        _stamp(found, found["t_hi_ns"], np.arange(len(asked)), 3_500_000)
        found["width"] = width(latched)
        return found, _truth(found, latched)

    def commands(self, joints: int = JOINTS) -> NDArray[np.void]:
        told = np.arange(START_NS, self.end_ns, 1_000_000)
        found = np.zeros(len(told), rows.command_row(joints))
        _stamp(found, told, np.arange(len(told)), 0)
        found["t_ns"] = told
        found["requested"] = position(told + 10_000_000, joints)
        found["sent"] = position(told + 5_000_000, joints)
        found["requested_width"] = found["sent_width"] = width(told)
        return found


def _crystal(rng: np.random.Generator, ppm: float) -> Crystal:
    return Crystal(
        START_NS - 10**11,
        int(rng.integers(10**11, 10**12)),
        float(rng.uniform(-ppm, ppm)),
        0.5,
        int(rng.integers(1 << 31)),
    )


def _stamp(found: NDArray[np.void], arrival: NDArray[np.int64], seq: NDArray[np.int64], late_ns: int) -> None:
    """A driver's causal stamp: the arrival, and a bound that covers how late it may be."""
    found["t_ns"] = found["t_arrival_ns"] = arrival
    found["u_ns"], found["seq"] = late_ns, seq


def _truth(found: NDArray[np.void], t_true_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.column_stack([found["seq"], t_true_ns])
