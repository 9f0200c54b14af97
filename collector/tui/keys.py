"""Which key does what: the table's keys, or those of a key map file. Foot pedals and numpads are keyboards."""

from collections.abc import Mapping
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator
from textual.binding import Binding
from textual.keys import Keys as Named
from textual.keys import format_key, key_to_character

from collector.tui.actions import ACTIONS, BY_NAME, Action, ScreenName, on_screen
from hardware.load import load

_MODIFIERS = ("ctrl", "alt", "shift", "super", "hyper", "meta")
_NAMED = frozenset(key.value for key in Named)


@cache
def _known(key: str) -> str:
    """As Textual calls it. Raises ValueError."""
    if len(key) == 1 and key.isprintable() and key != ",":
        return next(iter(Binding.make_bindings([Binding(key, "")]))).key if key != " " else "space"
    name = "comma" if key == "," else key.lower()
    *modifiers, last = name.split("+")
    plain = last in _NAMED or len(last) == 1 or key_to_character(last) is not None
    if name in _NAMED or (plain and all(modifier in _MODIFIERS for modifier in modifiers)):
        return name
    raise ValueError(
        f"{key!r} is no key; write a character, or space, enter, tab, escape, backspace, delete, insert, home, end,"
        " pageup, pagedown, up, down, left, right, f1 to f24, with ctrl+ or alt+ before it if wanted"
    )


Key = Annotated[str, AfterValidator(_known)]


class CueConfig(BaseModel):
    """What draws the operator's eye and ear at start, stop, step and fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bell: bool = True
    """The terminal's bell: once at start, step and stop, thrice at a fault."""
    flash: bool = True
    """The banner is shown inverted for a moment."""


class KeyConfig(BaseModel):
    """A key map file. Actions that it does not name keep their keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keys: dict[str, Annotated[tuple[Key, ...], Field(min_length=1)]] = {}
    """By action, the keys that do it."""
    cues: CueConfig = CueConfig()

    @field_validator("keys", mode="before")
    @classmethod
    def _digits(cls, given: object) -> object:
        """YAML reads 1 as a number, and one key needs no list."""
        if not isinstance(given, Mapping):
            return given
        table: Mapping[object, object] = given  # pyright: ignore[reportUnknownVariableType]
        return {name: _texts(keys) for name, keys in table.items()}

    @model_validator(mode="after")
    def _unambiguous(self) -> "KeyConfig":
        for name in self.keys:
            if name not in BY_NAME:
                raise ValueError(f"keys.{name}: no such action; allowed: {', '.join(BY_NAME)}")
        for one, other in combinations(ACTIONS, 2):
            twice = set(self.of(one.name)) & set(self.of(other.name))
            if twice and _meet(one, other):
                key = format_key(sorted(twice)[0])
                raise ValueError(f"keys: {key!r} is given twice, to {one.name} and to {other.name}; give it once")
        return self

    def of(self, action: str) -> tuple[str, ...]:
        """The keys of an action, as Textual calls them."""
        return self.keys.get(action) or tuple(map(_known, BY_NAME[action].keys))

    def shown(self, action: str) -> str:
        """The first of them, for the eye."""
        return format_key(self.of(action)[0])

    def keymap(self) -> dict[str, str]:
        """For Textual's App.set_keymap."""
        return {action.name: ",".join(self.of(action.name)) for action in ACTIONS}


def load_keys(path: Path | None) -> KeyConfig:
    """The keys of a file, or the table's own. Raises hardware.load.ConfigError."""
    return load(KeyConfig, path) if path is not None else KeyConfig()


def bindings(screen: ScreenName) -> list[Binding]:
    """A screen's bindings, each by its action's name: `action_<name>` of the screen does it.

    The keys here are the table's; a key map file's are laid over them by the application.
    """
    return [Binding(_known(a.keys[0]), a.name, a.label, tooltip=a.tells, id=a.name) for a in on_screen(screen)]


def _meet(one: Action, other: Action) -> bool:
    """Can both be wanted at once?"""
    return bool(set(one.screens) & set(other.screens)) and bool(one.states & other.states)


def _texts(keys: object) -> object:
    if isinstance(keys, list | tuple):
        several: list[object] | tuple[object, ...] = keys  # pyright: ignore[reportUnknownVariableType]
        return tuple(_text(key) for key in several)
    return (_text(keys),)


def _text(key: object) -> object:
    return str(key) if isinstance(key, int) and not isinstance(key, bool) else key
