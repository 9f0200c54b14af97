"""How much of its error budget each stream has used, by the rig's own gates, in one line a stream. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from textual.content import Content

from collector.tui.widgets.gauges import MARKS, STYLES, Level, bar, level, lines, worst
from hardware.config import GateConfig, Limits, RigConfig

_RATE: Final[Limits] = (0.01, 0.05)  # share of the nominal rate that is missing over a second; drops tell the rest
_AGE_S: Final[Limits] = (0.2, 0.5)  # the second is when the sync check calls a stream silent (selftest.watch_meter)
_SILENT: Final[dict[str, str]] = {
    "trigger": "box and sync cable",
    "cameras": "cable, hub, sync line",
    "leaders": "power and bus cable",
    "arms": "robot's network or bus cable",
    "grippers": "its cable",
    "bases": "base's power and bus cable",
}
_NAME: Final = 12  # of a stream; most are shorter
_BAR: Final = 8
_COLUMN, _COLUMNS = 8, 4
_NEED: Final[dict[Level, int]] = {"fail": 0, "warn": 0, "ok": 1, "none": 2}
_KINDS: Final[dict[str, str]] = {"leaders": "leader", "arms": "arm", "grippers": "grip", "bases": "base"}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a stream, empty where there is none. `share`: of what fails the gate; 0: nothing is required."""

    text: str
    level: Level = "none"
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Budget:
    """A stream's figures against its gates. `amiss`: what to do at once; empty if it flows."""

    name: str
    figures: tuple[Figure, ...]
    amiss: str = ""

    @property
    def level(self) -> Level:
        """The worst of them."""
        return "fail" if self.amiss else worst([figure.level for figure in self.figures])

    @property
    def share(self) -> float:
        """Of the budget that is used most."""
        return max((figure.share for figure in self.figures), default=0.0)


class Losses:
    """Counts since a mark: what was lost before the take is no news in it."""

    def __init__(self) -> None:
        self._before: dict[str, int] = {}
        self._since_s = 0.0

    def mark(self, streams: Mapping[str, Mapping[str, Any]], now_s: float) -> None:
        """Count from now on."""
        self._before, self._since_s = {name: told["drops"] for name, told in streams.items()}, now_s

    def of(self, stream: str, drops: int) -> int:
        """Lost since; a device that began anew begins at 0."""
        before = self._before.get(stream, 0)
        return drops - before if drops >= before else drops

    def seconds(self, now_s: float) -> float:
        """Since the mark."""
        return max(now_s - self._since_s, 1.0)


def budget(stream: str, told: Mapping[str, Any], rig: RigConfig, lost: int, seconds: float) -> Budget:
    """`told`: the sync process's figures of the stream; `lost` of it in the last `seconds`."""
    kind, _, device = stream.partition("/")
    name = device if kind == "cameras" else f"{_KINDS.get(kind, kind)} {device}".strip()
    age_s: float | None = told["age_s"]
    nominal = nominal_hz(stream, rig)
    if age_s is None:
        return Budget(name, (), "" if nominal is None else "nothing came yet")
    if level(age_s, _AGE_S) == "fail" and nominal is not None:
        return Budget(name, (), f"silent for {age_s:.1f} s; check {_SILENT.get(kind, 'it')}")
    figures = (
        _rate(told["rate_hz"], nominal),
        _figure(told.get("offset_us"), "{:+.0f} us", rig.gates.frame_residual_us if kind == "cameras" else None),
        _figure(told["bound_us"], "±{:.0f} us", _bound_limits(kind, rig.gates)),
        _lost(kind, lost, (nominal or 1.0) * seconds, rig.gates),
    )
    return Budget(name, figures)


def budgets(
    streams: Mapping[str, Mapping[str, Any]], rig: RigConfig, losses: Losses, now_s: float
) -> tuple[Budget, ...]:
    """Of all streams, as the sync process lists them."""
    seconds = losses.seconds(now_s)
    return tuple(budget(n, told, rig, losses.of(n, told["drops"]), seconds) for n, told in streams.items())


def budget_lines(of: Sequence[Budget], width: int) -> Content:
    """One line a stream, their columns alike."""
    names = min(max((len(one.name) for one in of), default=0), _NAME)
    return lines([budget_line(one, width, names) for one in of])


def budget_line(of: Budget, width: int, names: int = _NAME) -> Content:
    """`names`: room for the name. Figures for which there is no room are left out; what is amiss never is."""
    style = STYLES[of.level]
    head = Content.assemble((MARKS[of.level], style), f"{of.name:{names}.{names}} ")
    if of.amiss:
        return Content.assemble(head, (of.amiss, style)).truncate(width, ellipsis=True)
    cells = _BAR if width >= 1 + names + 1 + _BAR + _COLUMNS * _COLUMN else _BAR // 2
    line = Content.assemble(head, (bar(of.share, cells), style))
    for figure in _by_need(of, width - line.cell_length):
        line = Content.assemble(line, " ", (f"{figure.text:>7}", "" if figure.level == "ok" else STYLES[figure.level]))
    return line.truncate(width, ellipsis=True)


def budget_word(of: Sequence[Budget]) -> Content:
    """All streams in a few words: those that are amiss, or the one nearest to its limit."""
    if not of:
        return Content.assemble(("no stream yet", STYLES["none"]))
    found = worst([one.level for one in of])
    if found in ("none", "ok"):
        nearest = max(of, key=lambda one: one.share)
        return Content.assemble((f"{len(of)} streams in budget", STYLES["ok"]), f", {nearest.name} {nearest.share:.0%}")
    said = [f"{one.name} {one.amiss or _told(one)}" for one in of if one.level == found]
    return Content.assemble((f"{MARKS[found]} {'; '.join(said)}", STYLES[found]))


def nominal_hz(stream: str, rig: RigConfig) -> float | None:
    """What the configuration asks of it; None where it says something now and then."""
    kind, _, name = stream.partition("/")
    match kind:
        case "trigger":
            return rig.trigger.rate_hz
        case "cameras" if name in rig.cameras:
            camera = rig.cameras[name]
            return rig.trigger.rate_hz if camera.sync != "off" else float(camera.fps)
        case "leaders" if name in rig.leaders:
            return rig.leaders[name].rate_hz
        case "arms" if name in rig.followers:
            return rig.followers[name].rate_hz
        case "bases" if name in rig.bases:
            return rig.bases[name].rate_hz
        case _:
            return None


def _by_need(of: Budget, room: int) -> list[Figure]:
    """All four in their columns, or as many as there is room for, the worse first."""
    fit = max(room // _COLUMN, 0)
    if fit >= len(of.figures):
        return list(of.figures)
    told = [figure for figure in of.figures if figure.text]
    kept = sorted(told, key=lambda figure: (_NEED[figure.level], -figure.share))[:fit]
    return [figure for figure in told if figure in kept]


def _told(of: Budget) -> str:
    return " ".join(figure.text for figure in of.figures if figure.level == of.level)


def _rate(rate_hz: float | None, nominal: float | None) -> Figure:
    if rate_hz is None:
        return Figure("")
    if nominal is None:
        return Figure(f"{rate_hz:.0f} Hz")
    missing = max(1.0 - rate_hz / nominal, 0.0)
    return Figure(
        f"{rate_hz:.1f} Hz" if nominal < 100 else f"{rate_hz:.0f} Hz", level(missing, _RATE), missing / _RATE[1]
    )


def _figure(value: float | None, form: str, limits: Limits | None) -> Figure:
    if value is None:
        return Figure("")
    if limits is None:
        return Figure(form.format(value))
    return Figure(form.format(value), level(value, limits), abs(value) / limits[1])


def _bound_limits(kind: str, gates: GateConfig) -> Limits | None:
    """A camera's live bound is that of its delivery; the edges give the stored one."""
    match kind:
        case "trigger":
            return gates.clock_bound_us
        case "leaders" | "arms":
            return gates.joint_bound_us
        case _:
            return None


def _lost(kind: str, lost: int, of: float, gates: GateConfig) -> Figure:
    """A camera's frames count each, as the gates have it; of joints a share may be missing."""
    text = f"{lost} lost"
    match kind:
        case "cameras":
            return Figure(text, level(lost, (0, gates.frames_lost[1])), lost / max(gates.frames_lost[1], 1))
        case "leaders":
            share, limits = lost / of, gates.retries_share
        case "arms":
            share, limits = lost / of, gates.states_lost_share
        case "trigger":
            return Figure(text, level(lost, gates.pulses_amiss), float(lost > 0))
        case _:
            return Figure(text)
    return Figure(text, level(share, limits), share / limits[1])
