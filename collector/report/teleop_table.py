"""Teleoperation for the terminal: every arm's state, errors, lags and limits, the leaders, the bases, what is amiss."""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hardware.config import RigConfig, TeleopConfig

Answer = dict[str, Any]

_COLOURS = {"IDLE": "", "ALIGN": "yellow", "RAMP": "cyan", "FOLLOW": "bold green", "HOLD": "bold yellow"}
_BAR = 5


def teleop_view(status: Answer, rig: RigConfig, keys: str) -> RenderableType:
    """A daemon's status as one screen; `keys`: what the operator may press."""
    processes: dict[str, Answer] = status["processes"]
    fault = status.get("fault")
    title = Text(f"{rig.name}: {status['state']}", "bold red" if fault else "bold")
    if fault:
        title.append(f"  {fault['message']}")
    elif status.get("notice"):
        title.append(f"  {status['notice']}", "yellow")
    arms = {n.removeprefix("arm-"): p for n, p in processes.items() if n.startswith("arm-") and "teleop" in p}
    parts: list[RenderableType] = [title, _arms(arms), _errors(arms, rig.teleop), _leaders(processes)]
    if rig.bases:
        parts.append(_bases(processes))
    parts += [Text(line, "yellow") for line in status.get("warnings", ())]
    parts += [Text(f"{n}: {p['warning']}", "yellow") for n, p in processes.items() if p.get("warning")]
    return Group(*parts, Text(), Text(keys, "dim"))


def summary_table(arms: dict[str, Answer], title: str) -> Table:
    """What a stretch of teleoperation was like, one row an arm."""
    table = _table(
        "arm", "cycles", "lost", "leader -> sent ms", "sent -> measured", "success min", "rejected", "limits", "holds",
        "faults", title=title,
    )  # fmt: skip
    for name, arm in arms.items():
        table.add_row(
            name, str(arm["cycles"]), str(arm["lost"]), _lag(arm["lag"]), _number(arm["robot_lag_ms"], "{:.0f} ms"),
            _number(arm["success_min"], "{:.0%}"), _counts(arm["rejected"]), _limits(arm["limit_hits"]),
            _counts(arm["holds"]), _counts(arm["faults"]),
        )  # fmt: skip
    return table


def _table(*headings: str, title: str | None = None) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading)
    return table


def _arms(arms: dict[str, Answer]) -> Table:
    """Lags are of now and since the last mark: p50 / p95 / max."""
    table = _table(
        "arm", "state", "leader -> sent ms", "-> measured", "success", "rejected", "limits", "holds", "lost", "why"
    )
    for name, arm in arms.items():
        table.add_row(
            name,
            Text(arm["teleop"], _COLOURS.get(arm["teleop"], "bold red")),
            _lag(arm.get("lag")),
            _number(arm.get("robot_lag_ms"), "{:.0f} ms"),
            f"{_number(arm['success_rate'], '{:.0%}')}, min {_number(arm['success_min'], '{:.0%}')}",
            _counts(arm["rejected"]),
            _limits(arm["limit_hits"]),
            _counts(arm["holds"]),
            str(arm["lost"]),
            arm["reason"],
        )
    if not arms:
        table.caption = "no arm has reported yet: the rig is starting"
    return table


def _errors(arms: dict[str, Answer], config: TeleopConfig) -> Table:
    """Leader minus robot, joint by joint, as a bar up to the refusal."""
    joints = max((len(arm["error"]) for arm in arms.values()), default=0)
    table = _table("leader - robot, rad", *(f"joint {number}" for number in range(1, joints + 1)))
    for name, arm in arms.items():
        table.add_row(name, *(_error(value, config) for value in arm["error"]))
    return table


def _error(value: float | None, config: TeleopConfig) -> Text:
    if value is None:
        return Text("-", "dim")
    colour = "bold red" if abs(value) > config.refuse_rad else "yellow" if abs(value) > config.align_rad else "green"
    bar = "#" * min(math.ceil(_BAR * abs(value) / config.refuse_rad), _BAR)
    return Text(f"{value:+.2f} {bar:<{_BAR}}", colour)


def _leaders(processes: dict[str, Answer]) -> Table:
    table = _table("leader", "reads", "missed", "feel")
    for name, leader in processes.items():
        if name.startswith("leader-") and "reads" in leader:
            told = leader.get("replay")
            feel = f"replay {told['state']}, {told['at_s']:.1f} of {told['of_s']:.1f} s" if told else _feel(leader)
            table.add_row(name.removeprefix("leader-"), str(leader["reads"]), str(leader["missed"]), feel)
    return table


def _feel(leader: Answer) -> str:
    temperature = leader.get("temperature")
    known = temperature is not None and math.isfinite(temperature)
    return ", ".join(filter(None, (leader.get("feel", ""), f"{temperature:.0f} deg C" if known else "")))


def _bases(processes: dict[str, Answer]) -> Table:
    table = _table("base", "told vx vy wz", "measured", "why it stands")
    for name, base in processes.items():
        if name.startswith("base-") and "sent" in base:
            table.add_row(
                name.removeprefix("base-"), _twist(base["sent"]), _twist(base["measured"]), base.get("reason", "")
            )
    return table


def _twist(values: list[float] | None) -> str:
    return " ".join(f"{v:+.2f}" if math.isfinite(v) else "-" for v in values or ())


def _lag(lag: Answer | None) -> str:
    return "-" if not lag else f"{lag['p50_ms']:.1f} / {lag['p95_ms']:.1f} / {lag['max_ms']:.1f}"


def _counts(counts: Mapping[str, int]) -> str:
    return " ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "0"


def _limits(hits: dict[str, int]) -> str:
    """Cycles at each kind of limit, whatever the joint."""
    kinds: Counter[str] = Counter()
    for name, count in hits.items():
        kinds[name.partition("/")[0]] += count
    return _counts(kinds)


def _number(value: float | None, form: str) -> str:
    return "-" if value is None or not math.isfinite(value) else form.format(value)
