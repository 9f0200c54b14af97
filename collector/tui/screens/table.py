"""The screens by name, each imported when it is first looked at: a console is to start at once."""

from typing import Any

from textual.screen import Screen


def screen(name: str) -> Screen[Any]:
    """A new one."""
    match name:
        case "preflight":
            from collector.tui.screens.preflight import PreflightScreen

            return PreflightScreen()
        case "record":
            from collector.tui.screens.record import RecordScreen

            return RecordScreen()
        case "review":
            from collector.tui.screens.review import ReviewScreen

            return ReviewScreen()
        case "browse":
            from collector.tui.screens.browse import BrowseScreen

            return BrowseScreen()
        case _:
            from collector.tui.screens.help import HelpScreen

            return HelpScreen()
