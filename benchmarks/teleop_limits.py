"""Minutes of teleoperation on a virtual rig, then every limit audited from the truth; exit 1 on a breach.

    python -m benchmarks.teleop_limits [--minutes 2] [--rig configs/rigs/virtual.yaml] [--json limits.json]

A breach is anything beyond a maker's limit in what a follower was sent or did, a stop by the robot itself, or a lag
from leader to sent above two leader periods and 1 ms. What counts where packets were lost: teleop_limits_audit.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.interpolate import CubicHermiteSpline

from benchmarks.teleop_limits_audit import Peak, Sent, done, paired, reflexes, told
from benchmarks.teleop_limits_rig import Rows, Running, running
from collector.record import RigFault
from collector.teleop.engage import State
from hardware.arms.models import arm_model

_WINDOW_S = 10.0  # of one estimate of the lag
_LEAST_SPEED = 0.05  # rad/s rms: below it a window holds too little motion to tell a lag
_SPARE_MS = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """One follower's audit. Lags: worst and median window, in leader periods; the most is 2 and 1 ms."""

    follower: str
    seconds: float
    peaks: list[Peak]
    lost_rows: int
    lost_ticks: int
    reflexes: int
    holds: int
    faults: int
    lag_median_periods: float
    lag_worst_periods: float
    lag_most_periods: float

    @property
    def good(self) -> bool:
        """No breach of anything."""
        breaches = sum(peak.breaches for peak in self.peaks)
        return breaches + self.reflexes + self.faults == 0 and self.lag_worst_periods <= self.lag_most_periods


def audit(rig: Running, follower: str) -> Found:
    """Everything that one follower was sent and did."""
    config = rig.config.followers[follower]
    leader, arm = rig.config.leaders[config.leader], arm_model(config.arm)
    sent = paired(rig.streams[f"commands/{follower}"].rows(), rig.streams[f"arms/{follower}"].rows(), config)
    motion = rig.motion(follower)
    following = sent.state == State.FOLLOW
    lags = _lags(sent, following, rig.streams[f"leaders/{config.leader}"].rows()) * leader.rate_hz
    entered = np.diff(sent.state.astype(np.int16), prepend=0) != 0
    return Found(
        follower,
        float(np.diff(sent.t_ns)[following[1:]].clip(max=100_000_000).sum() * 1e-9),
        [*told(sent, arm), *done(motion, arm)],
        sum(stream.lost for name, stream in rig.streams.items() if name.endswith(f"/{follower}")),
        _lost(sent, config.rate_hz),
        reflexes(motion),
        int((entered & (sent.state == State.HOLD)).sum()),
        int((entered & (sent.state == State.FAULT)).sum()),
        float(np.median(lags)) if len(lags) else float("nan"),
        float(lags.max()) if len(lags) else float("nan"),
        2.0 + _SPARE_MS * 1e-3 * leader.rate_hz,
    )


def _lags(sent: Sent, following: NDArray[np.bool_], leader: Rows) -> NDArray[np.float64]:
    """s from the leader's latch to the hand-over of what follows it, one a window: the shift that fits best."""
    when, q = leader["t_ns"], leader["q"]
    fresh = np.append(np.diff(when) > 0, True)
    origin = int(when[0])
    path = CubicHermiteSpline((when[fresh] - origin) * 1e-9, q[fresh], leader["dq"][fresh])
    speed = path.derivative()
    found: list[float] = []
    t = (sent.t_ns - origin) * 1e-9
    for begin in np.arange(t[0], t[-1], _WINDOW_S):
        inside = following & (t >= begin) & (t < begin + _WINDOW_S) & (t > t[0] + 0.1)
        if inside.sum() < 100 or float(np.sqrt(np.mean(speed(t[inside]) ** 2))) < _LEAST_SPEED:
            continue
        lag = 0.01
        for _ in range(5):
            rate = speed(t[inside] - lag)
            lag += float(((path(t[inside] - lag) - sent.q[inside]) * rate).sum() / (rate**2).sum())
        found.append(lag)
    return np.array(found)


def _lost(sent: Sent, rate_hz: float) -> int:
    """Cycles of the robot's own clock without a command, within runs."""
    step = np.diff(sent.t_s)[sent.run[1:] == sent.run[:-1]]
    return int((np.rint(step * rate_hz) - 1).clip(min=0).sum())


def table(found: Found, shares: dict[str, float]) -> Table:
    """For people. shares: those in use, by what."""
    shown = Table(title=f"{found.follower}: {found.seconds:.0f} s of following")
    for heading in ("figure", "worst", "joint", "in use", "samples", "breaches"):
        shown.add_column(heading, justify="left" if heading == "figure" else "right")
    for peak in found.peaks:
        used = f"{shares[peak.what]:.0%}" if peak.what in shares else ""
        shown.add_row(peak.what, f"{peak.share:.1%}", str(peak.joint), used, str(peak.samples), str(peak.breaches))
    lag = f"{found.lag_median_periods:.2f} / {found.lag_worst_periods:.2f}"
    shown.add_row("lag, leader periods, median / worst", lag, "", f"<= {found.lag_most_periods:.2f}", "", "")
    for name in ("reflexes", "holds", "faults", "lost_ticks", "lost_rows"):
        shown.add_row(name.replace("_", " "), str(getattr(found, name)), "", "", "", "")
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--rig", type=Path, default=Path("configs/rigs/virtual.yaml"))
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    console = Console()
    with running(options.rig, tuple(options.set)) as rig:
        until = time.monotonic() + 60.0 * options.minutes
        stopped = ""
        try:
            rig.operator.follow()
            while time.monotonic() < until:
                rig.rig.status()
                rig.operator.follow()
                time.sleep(0.5)
        except RigFault as fault:
            stopped = str(fault)
        found = [audit(rig, name) for name in rig.config.followers]
        config = rig.config.teleop
    shares = {"sent velocity": config.velocity, "sent acceleration": config.acceleration}
    for one in found:
        console.print(table(one, shares))
    if stopped:
        console.print(f"ended early: {stopped}")
    if options.json:
        told_by = {"minutes": options.minutes, "rig": str(options.rig), "stopped": stopped}
        options.json.write_text(json.dumps({**told_by, "followers": [asdict(one) for one in found]}, indent=2))
    sys.exit(0 if not stopped and all(one.good for one in found) else 1)


if __name__ == "__main__":
    main()
