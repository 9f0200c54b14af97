"""The tables at the end of the demo: each figure beside its limit."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from collector.audit import AuditReport
from collector.recorded import Recorded
from hardware.config import RigConfig

# Stamps of servos are as good as the 1 ms clocks of all on a bus together tell. Seven that begin at random leave gaps
# of up to 0.7 ms for as long as their phases stay, which is for a take of this length; a base has but two.
_LIMIT_MS = {"cameras": 0.15, "arms": 0.3, "leaders": 0.5, "bases": 1.0}
_MISALIGNED_MS = 0.5
_SERVO_ARM_MS, _MISALIGNED_SERVOS_MS = 0.5, 1.0


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the final table is made of."""

    rig: RigConfig
    episodes: list[Recorded]
    audits: list[AuditReport]
    finalised: list[dict[str, Any]]
    out: Path


def demo_table(result: DemoResult) -> tuple[RenderableType, bool]:
    """Measured against the rig's truth; the flag says whether all figures hold."""
    table = Table(title="What was measured, and its limit", caption="errors: stored stamp against the truth")
    for heading in ("figure", "value", "limit", ""):
        table.add_column(heading, justify="right" if heading in ("value", "limit") else "left")
    good = True
    servos = any(follower.driver == "dynamixel" for follower in result.rig.followers.values())

    def row(figure: str, value: float, unit: str, limit: float | None = None) -> None:
        nonlocal good
        holds = limit is None or value <= limit
        good = good and holds
        limit_unit = "" if unit.startswith("of ") else unit
        mark = "" if limit is None else "[green]ok[/]" if holds else "[bold red]missed[/]"
        table.add_row(figure, f"{value:.3g} {unit}", "" if limit is None else f"{limit:g} {limit_unit}", mark)

    for stream in result.audits[0].streams:
        kind = stream.stream.partition("/")[0]
        if kind in _LIMIT_MS:
            row(
                f"{stream.stream}: error p99",
                _worst_p99_ms(result.audits, stream.stream),
                "ms",
                _SERVO_ARM_MS if kind == "arms" and servos else _LIMIT_MS[kind],
            )
    streams = [stream for report in result.audits for stream in report.streams]
    limit = _MISALIGNED_SERVOS_MS if servos else _MISALIGNED_MS
    row("worst camera-to-joint misalignment", max(_ms(a.worst_ns) for a in result.audits), "ms", limit)
    row("stamps outside their stated bound", sum(_number(s.over_bound) for s in streams), "", 0)
    frames = [s for s in streams if s.stream.startswith("cameras/")]
    row("frames lost", sum(_number(s.lost) for s in frames), f"of {sum(s.samples for s in frames)}", 0)
    for arm in result.rig.followers:
        period_ms = 1e3 / result.rig.leaders[result.rig.followers[arm].leader].rate_hz
        lags = [e.teleop[arm]["lag"]["p50_ms"] for e in result.episodes if arm in e.teleop]
        limit = result.rig.teleop.interpolation_periods * period_ms + 1.0
        row(f"arms/{arm}: leader -> sent, median", max(lags, default=math.inf), "ms", limit)
    cores = max(sum(e.cores.values()) for e in result.episodes)
    row("CPU of all recording processes", cores, "cores", 1.0)
    row("stop until ready for the next", max(e.stop_to_ready_s for e in result.episodes), "s", 0.5)
    size = sum(e.path.stat().st_size for e in result.episodes)
    row("bytes on disk", size / 1e6, "MB")
    sealed_s = {Path(done["path"]): float(done["wall_s"]) for done in result.finalised}
    speed = min(e.seconds / sealed_s[e.path] for e in result.episodes)
    row("journal to HDF5, times real time", speed, "x")
    files = Table(show_header=False, box=None)
    for episode in result.episodes:
        files.add_row("episode", str(episode.path))
    files.add_row("truth", str(result.out / "truth.h5"))
    files.add_row("self-test", str(result.out / "selftest.html"))
    files.add_row("LeRobot v2.1", str(result.out / "lerobot"))
    files.add_row("next", f"clap inspect {result.episodes[0].path}")
    return Group(table, files), good


def _worst_p99_ms(audits: list[AuditReport], name: str) -> float:
    spreads = [s.error for report in audits for s in report.streams if s.stream == name]
    return max(_ms(spread.p99_ns if spread else None) for spread in spreads)


def _ms(value_ns: float | None) -> float:
    return _number(value_ns) * 1e-6


def _number(value: float | None) -> float:
    """What could not be audited is not zero: it misses every limit."""
    return math.inf if value is None else float(value)
