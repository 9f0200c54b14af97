"""One of several that are offered, or words of one's own: asked over any screen."""

from collections.abc import Callable, Sequence
from typing import Any

from textual.app import App

from collector.tui.screens.ask import AskChoice, AskText

_ANOTHER = "another one ..."
_TAGS_OFFERED = 8  # one digit each, and the new one
_WHYS = ("slipped", "wrong object", "operator error", "robot fault")  # why takes are thrown away, mostly


def choose(
    app: App[Any], title: str, offered: Sequence[str], typed: str, then: Callable[[str], None], other: str = _ANOTHER
) -> None:
    """`then` gets what was chosen, or typed after `other`; `typed`: the question for that. Escape: it is not called."""

    def said(answer: str | None) -> None:
        if answer == other:
            app.push_screen(AskText(typed), said)
        elif answer:
            then(answer)

    app.push_screen(AskChoice(title, [*offered, other]), said)


def choose_why(app: App[Any], title: str, then: Callable[[str], None]) -> None:
    """Why is a take thrown away?"""
    choose(app, title, _WHYS, "Why is it discarded?", then, other="other")


def choose_tag(app: App[Any], has: Sequence[str], known: Sequence[str], then: Callable[[list[str]], None]) -> None:
    """`then` gets all tags as they are to be. One that it has already is taken off."""
    title = f"Which tag? It has {', '.join(has)}; the same again takes it off." if has else "Which tag?"
    offered = list(dict.fromkeys([*has, *known]))[:_TAGS_OFFERED]

    def said(tag: str) -> None:
        then([one for one in has if one != tag] if tag in has else [*has, tag])

    choose(app, title, offered, "Which tag?", said)
