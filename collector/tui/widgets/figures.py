"""A take's figures against those of its task, and what was said of it, as lines of text. Pure."""

from collections.abc import Mapping, Sequence

from textual.content import Content

from collector.labels.history import Said
from collector.quality.history import Standing
from collector.quality.table import HEADLINE, METRICS
from collector.remote_status import Labels
from collector.tui.verdict import Finding, Verdict

_TITLE, _VALUE = 15, 10
_SYMBOLS = {"bad": ("✖", "bold $text-error"), "look": ("▲", "bold $text-warning"), "wait": ("·", "$text-muted")}


def figure_lines(figures: Mapping[str, float | None], standings: Mapping[str, Standing], most: int) -> Content:
    """A line a figure, those first that are amiss: what it is, its value, what is usual."""
    known = {name: value for name, value in figures.items() if value is not None}
    amiss = [name for name in known if _is_amiss(name, known[name], standings)]
    order = dict.fromkeys([*amiss, *(name for name in HEADLINE if name in known), *known])
    lines = [_figure(name, known[name], standings.get(name)) for name in list(order)[:most]]
    return Content("\n").join(lines) if lines else Content("no figures yet")


def headline_figures(figures: Mapping[str, float | None]) -> str:
    """The figures that say most, in one line."""
    told = [(METRICS[name], figures.get(name)) for name in HEADLINE]
    return "  ".join(f"{metric.title} {metric.shown(value)}" for metric, value in told if value is not None)


def finding_lines(verdict: Verdict, most: int, *, remedies: bool) -> Content:
    """What is wrong, the gravest first, with what to do; how many more there are."""
    found = verdict.findings
    lines = [_finding(one, remedies) for one in found[:most]]
    if (left := len(found) - most) > 0 and lines:
        lines[-1] = Content.assemble(lines[-1], (f"   and {left} more", "$text-muted"))
    return Content("\n").join(lines)


def history_lines(said: Sequence[Said], began_utc_ns: int, most: int) -> Content:
    """What was said after the recording, the newest first: how long after the take began, by whom, what."""
    lines = [_said(one, began_utc_ns) for one in reversed(said[-most:])]
    return Content("\n").join(lines) if lines else Content("nothing was said since it was recorded")


def label_lines(labels: Labels) -> Content:
    """What it is labelled: the instruction with its scene; tags and the note."""
    scene = ", ".join(f"{name} {value}" for name, value in labels.scene.items())
    first = Content.assemble((labels.instruction, "bold"), (f"   {scene}" if scene else "", "$text-muted"))
    said = "  ".join([*(f"#{tag}" for tag in labels.tags), *([f"“{labels.note}”"] if labels.note else [])])
    return Content("\n").join([first, Content(said)]) if said else first


def clock(seconds: float) -> str:
    """1:02 of seconds, 1:02:03 of hours."""
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def _is_amiss(name: str, value: float, standings: Mapping[str, Standing]) -> bool:
    return METRICS[name].is_bad(value) or (name in standings and standings[name]["worse"])


def _figure(name: str, value: float, standing: Standing | None) -> Content:
    metric = METRICS[name]
    level = "bad" if metric.is_bad(value) else "look" if standing and standing["worse"] else "wait"
    symbol, style = _SYMBOLS[level]
    usual = f"usually {metric.shown(standing['median'])}" if standing else ""
    plain = "" if level == "wait" else style
    title, shown = metric.title.ljust(_TITLE), metric.shown(value).rjust(_VALUE)
    return Content.assemble(
        (f"{symbol} ", style), (title, plain), (shown, plain or "bold"), (f"  {usual}", "$text-muted")
    )


def _finding(one: Finding, remedies: bool) -> Content:
    symbol, style = _SYMBOLS[one.level]
    remedy = f"  {one.remedy}" if remedies and one.remedy else ""
    return Content.assemble((f"{symbol} ", style), (one.text, style), remedy)


def _said(one: Said, began_utc_ns: int) -> Content:
    at = clock(max(one.utc_ns - began_utc_ns, 0) * 1e-9)
    what = ", ".join(_field(name, value) for name, value in one.what.items()) if one.kind != "undo" else "took it back"
    style = "strike $text-muted" if one.undone else ""
    return Content.assemble((f"+{at} ", "$text-muted"), (f"{one.by or 'somebody'}: ", "bold"), (what, style))


def _field(name: str, value: object) -> str:
    if isinstance(value, list):
        many: list[object] = value  # pyright: ignore[reportUnknownVariableType]
        return f"{len(many)} {name}" if name in ("steps", "notes") else f"{name} {', '.join(map(str, many)) or 'none'}"
    return f"{name} {value}"
