"""The live watch for the terminal: figures of every stream, and the faults that were named."""

import time
from threading import Event
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from collector.control import Client
from hardware.config import GateConfig, Limits, RigConfig

_REFRESH_S = 0.25
_AGE_S: Limits = (0.2, 0.5)  # the second is when a stream counts as silent
_COLUMNS = ("rate Hz", "jitter us", "offset us", "drift ppm", "bound us", "drops", "age ms")
_SHOWN = 8


def watch(client: Client, console: Console, stop: Event) -> None:
    """Refresh the table until `stop` is set or Ctrl-C. Raises DaemonError when the daemon goes away."""
    rig = RigConfig.model_validate(client.call("rig")["rig"])
    with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
        try:
            while not stop.is_set():
                live.update(watch_table(client.call("status"), rig), refresh=True)
                stop.wait(_REFRESH_S)
        except KeyboardInterrupt:
            return


def watch_table(status: dict[str, Any], rig: RigConfig) -> RenderableType:
    """A daemon's status as one row a stream, yellow and red by the rig's limits, and the findings below."""
    sync: dict[str, Any] = status["processes"].get("sync", {})
    streams: dict[str, dict[str, Any]] = sync.get("streams", {})
    table = Table(title=_title(status, rig), title_justify="left", box=None, padding=(0, 1, 0, 0))
    table.add_column("stream", no_wrap=True)
    for heading in _COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    for name, figures in streams.items():
        table.add_row(name, *_cells(name, figures, rig))
    if not streams:
        table.caption = "nothing comes yet: the sync process is starting, or has ended"
    return Group(table, Text(), _findings(sync.get("findings", [])))


def _title(status: dict[str, Any], rig: RigConfig) -> Text:
    fault = status.get("fault")
    title = Text(f"{rig.name}: {status['state']}", "bold red" if fault else "bold")
    return title.append(f"  {fault['message']}") if fault else title


def _cells(name: str, figures: dict[str, Any], rig: RigConfig) -> list[Text]:
    gates, kind = rig.gates, name.partition("/")[0]
    age_s: float | None = figures["age_s"]
    return [
        _figure(figures["rate_hz"], "{:.2f}"),
        _figure(figures["jitter_us"], "{:.1f}", _jitter_limits(kind, rig)),
        _figure(figures["offset_us"], "{:+.1f}", gates.frame_residual_us),
        _figure(figures["ppm"], "{:+.1f}", gates.rate_ppm),
        _figure(figures["bound_us"], "{:.0f}", _bound_limits(kind, gates)),
        _figure(figures["drops"], "{:d}", (0, gates.frames_lost[1]) if kind == "cameras" else (0, 0)),
        _figure(None if age_s is None else age_s * 1e3, "{:.0f}", (_AGE_S[0] * 1e3, _AGE_S[1] * 1e3)),
    ]


def _jitter_limits(kind: str, rig: RigConfig) -> Limits | None:
    if kind != "trigger":
        return None
    return rig.gates.pulse_jitter_listen_us if rig.trigger.mode == "listen" else rig.gates.pulse_jitter_drive_us


def _bound_limits(kind: str, gates: GateConfig) -> Limits | None:
    """A camera's live bound is that of its delivery; the edges give the stored one."""
    match kind:
        case "trigger":
            return gates.clock_bound_us
        case "leaders" | "arms":
            return gates.joint_bound_us
        case _:
            return None


def _figure(value: float | None, form: str, limits: Limits | None = None) -> Text:
    if value is None:
        return Text("-", "dim")
    warn, fail = limits or (float("inf"), float("inf"))
    colour = "bold red" if abs(value) > fail else "yellow" if abs(value) > warn else ""
    return Text(form.format(value), colour)


def _findings(findings: list[dict[str, Any]]) -> RenderableType:
    if not findings:
        return Text("no faults since the start", "green")
    now_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("ago", justify="right", no_wrap=True)
    table.add_column("times", justify="right", no_wrap=True)
    for heading in ("stream", "fault"):
        table.add_column(heading, no_wrap=True)
    table.add_column("what to do")
    for finding in findings[:_SHOWN]:
        ago_s = max(now_ns - int(finding["t_ns"]), 0) * 1e-9
        colour = "bold red" if ago_s < 1.5 else ""
        cells = (_ago(ago_s), str(finding["count"]), finding["stream"], finding["name"])
        table.add_row(*(Text(str(cell), colour) for cell in cells), Text(finding["text"]))
    if len(findings) > _SHOWN:
        table.caption = f"and {len(findings) - _SHOWN} more"
    return table


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
