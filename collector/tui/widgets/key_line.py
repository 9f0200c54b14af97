"""The keys that do something now, in as many lines as there are, the needed ones first."""

from collections.abc import Callable, Sequence
from typing import Final

from textual.content import Content

from collector.remote_status import Status
from collector.session import State
from collector.tui.actions import Action, ScreenName, on_screen
from collector.tui.keys import KeyConfig
from collector.tui.widgets.field import Field
from hardware.config import RigConfig

_LAST: Final = ("help", "detach")  # shown wherever there is room for anything
_GAP: Final = "  "
_SCORES: Final = tuple(f"score_{n}" for n in range(1, 6))
_TOGGLES: Final = {State.ARMED: "start", State.RECORDING: "stop", State.REVIEW: "keep + start"}


class KeyLine(Field):
    """For the foot of a screen; its height is what CSS gives it."""

    DEFAULT_CSS = """
    KeyLine { height: 2; background: $surface; text-wrap: nowrap; }
    KeyLine:ansi { background: ansi_default; }
    """

    def __init__(self, place: ScreenName, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._place: ScreenName = place
        self._seen: tuple[object, ...] = ()

    def show(
        self,
        status: Status,
        keys: KeyConfig,
        why_not: Callable[[Action], str],
        rig: RigConfig | None,
        *,
        controls: bool,
        undo: bool,
    ) -> None:
        """What is of use in this state; what only who controls may is dimmed for a watcher, who is told that first.

        `undo`: is there anything to take back?
        """
        teleop = frozenset(arm.get("teleop") for arm in status.arms.values())
        counting, who = status.starts_in_s is not None, status.control.name if status.control else ""
        seen = (status.state, counting, undo, teleop, who, id(rig), controls, self.size)
        if seen == self._seen:
            return
        self._seen = seen
        told = [
            (text, label, "$text-muted dim" if why_not(action) else "")
            for action in on_screen(self._place)
            if status.state in action.states
            and _of_use(action.name, self._place, status, rig, controls=controls, undo=undo)
            for text, label in _told(action, status, keys)
        ]
        last = [one for one in told if one[1] in _LAST]
        first = [one for one in told if one not in last]
        if not controls:
            watched = f"you watch {who}: take control" if who else "nobody controls: take control"
            first.insert(0, (keys.shown("take_control"), watched, "$text-warning"))
        self.tell(key_lines(first, last, self.size.width, self.size.height))


def key_lines(
    first: Sequence[tuple[str, str, str]], last: Sequence[tuple[str, str, str]], width: int, rows: int
) -> Content:
    """`first` as far as there is room, `last` in any case: (key, what it does, style) each."""
    kept = list(first)
    while kept and len(_packed([*kept, *last], width)) > rows:
        kept.pop()
    return Content("\n").join(_packed([*kept, *last], width))


def _packed(of: Sequence[tuple[str, str, str]], width: int) -> list[Content]:
    lines: list[Content] = []
    for key, label, style in of:
        told = Content.assemble((f" {key} ", f"bold reverse {style}"), (f" {label}", style))
        if lines and lines[-1].cell_length + len(_GAP) + told.cell_length <= width:
            lines[-1] = Content.assemble(lines[-1], _GAP, told)
        else:
            lines.append(told)
    return lines


def _told(action: Action, status: Status, keys: KeyConfig) -> list[tuple[str, str]]:
    """Key and label; five scores are one, and what starts and stops says which."""
    if action.name in _SCORES:
        shown = [keys.shown(score) for score in _SCORES]
        return [(f"{shown[0]}-{shown[-1]}", "score")] if action.name == _SCORES[0] else []
    if action.name == "toggle":
        counting = status.starts_in_s is not None
        return [(keys.shown("toggle"), "cancel" if counting else _TOGGLES[status.state])]
    return [(keys.shown(action.name), action.label)]


def _of_use(
    action: str, place: ScreenName, status: Status, rig: RigConfig | None, *, controls: bool, undo: bool
) -> bool:
    """Would the key do anything just now? The line has no room for those that would not."""
    teleop = {arm.get("teleop") for arm in status.arms.values()}
    match action:
        case "step":
            return place != "record" or status.state is State.RECORDING
        case "undo":
            return undo
        case "approach":
            return bool(teleop - {"FOLLOW"})
        case "reset":
            return status.state is State.FAULT or "FAULT" in teleop
        case "clutch":
            return rig is not None and rig.teleop.clutch
        case "deadman":
            return rig is not None and rig.teleop.deadman == "key"
        case "take_control":
            return False  # told first, if at all
        case "picture":
            return False  # told in the help
        case _:
            return True
