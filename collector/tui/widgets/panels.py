"""The record screen's panels of figures: streams against their budgets, robots."""

from collections import deque

from textual.content import Content

from collector.live import Live
from collector.remote_status import Status
from collector.tui import record_text as text
from collector.tui.widgets.field import Field
from collector.tui.widgets.gauges_arm import joint_lines, joints_word, lag_line, wrench_limits, wrench_lines
from collector.tui.widgets.gauges_budget import Budget, Losses, budget_lines, budget_word, budgets
from hardware.config import RigConfig

_LAGS = 200
_ALIGNING = ("ALIGN", "RAMP", "HOLD")


class Streams(Field):
    """What each stream has used of its error budget. Losses count from the take's begin, or from its end on."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._losses = Losses()
        self._of: str | None = None
        self._seen = 0
        self.budgets: tuple[Budget, ...] = ()

    def show(self, status: Status, rig: RigConfig | None, period_s: float) -> None:
        """`period_s`: between two calls."""
        take = status.take.uuid if status.take is not None else ""
        self._seen += 1
        now_s = self._seen * period_s
        if take != self._of and status.streams:
            self._of = take
            self._losses.mark(status.streams, now_s)
        if rig is None:
            self.tell(Content.assemble(("no figures yet", "$text-muted")))
            return
        self.budgets = budgets(status.streams, rig, self._losses, now_s)
        self.tell(budget_lines(self.budgets, self.size.width))

    def word(self) -> Content:
        """All in a few words."""
        return budget_word(self.budgets)


class Robots(Field):
    """Each arm: its state, how late it follows, what pushes it; until it follows how far each joint is away."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lags: dict[str, deque[float | None]] = {}

    def show(self, status: Status, rig: RigConfig | None, live: Live) -> None:
        """All arms, one below the other."""
        lines: list[Content] = []
        for name, arm in status.arms.items():
            teleop = str(arm.get("teleop", "?"))
            lines.append(Content.assemble((f"{name} ", "bold"), (teleop, "bold reverse" if teleop != "FOLLOW" else "")))
            if (error := arm.get("error")) and rig is not None and teleop in _ALIGNING:
                lines += [joints_word(error, rig.teleop), joint_lines(error, rig.teleop, self.size.width)]
                continue
            lags = self._lags.setdefault(name, deque(maxlen=_LAGS))
            lags.append(arm.get("lag_ms") if teleop == "FOLLOW" else None)
            if "lag" in arm:
                lines.append(lag_line(lags, arm["lag"], self.size.width))
            limits = wrench_limits(rig.followers[name]) if rig is not None and name in rig.followers else None
            if limits is not None:
                wrench = live.wrench(name)
                lines.append(wrench_lines(None if wrench is None else wrench.tolist(), limits, self.size.width))
        self.tell(Content("\n").join(lines) if lines else text.robots(status))
