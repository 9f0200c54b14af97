"""The key map file of what is so without one. Write it anew where the table has changed:

python -m collector.tui.keys_file > configs/keys/default.yaml
"""

import sys
from collections.abc import Iterator
from typing import Final

from collector.tui.actions import ACTIONS, Action

_HEAD: Final = """\
# The console's keys as they are without a key map: copy what you want to change, and give it with --keys FILE.
# An action that a file does not name keeps its keys. A key is a character, or space, enter, tab, escape, backspace,
# delete, insert, home, end, pageup, pagedown, up, down, left, right, f1 to f24, with ctrl+ or alt+ before it.

keys:
"""
_FOOT: Final = """
cues:
  bell: true                      # the terminal's bell at start, step and stop; thrice at a fault
  flash: true                     # the banner inverted for a moment
"""
_COLUMN, _WIDTH = 34, 120


def default_file() -> str:
    """All actions of the table with their keys, each with what it does."""
    return _HEAD + "".join(f"{line}\n" for line in _lines()) + _FOOT


def _lines() -> Iterator[str]:
    for action in ACTIONS:
        entry = f"  {action.name}: [{', '.join(map(_quoted, action.keys))}]"
        told = f"{entry:<{_COLUMN}}# {action.tells}"
        yield told if len(told) <= _WIDTH else f"{entry:<{_COLUMN}}# {_short(action)}"


def _short(action: Action) -> str:
    """The first clause of what it does, or the label."""
    clause = action.tells.partition(";")[0].partition(". ")[0]
    return clause if len(clause) <= _WIDTH - _COLUMN - 2 else action.label


def _quoted(key: str) -> str:
    """A word as it is, a character in quotes: some mean something to YAML."""
    return key if len(key) > 1 and key.isalnum() else f'"{key}"'


if __name__ == "__main__":
    sys.stdout.write(default_file())
