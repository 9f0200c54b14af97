"""What was discarded: `<uuid>.json` in `.trash`, its tombstone. As long as there is one the episode is discarded.

One that is being brought back has `<uuid>.back.<stem>` instead, with the same content, until its files are back.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector.episode.catalogue_row import Row
from collector.episode.segments import TRASH

_FORMAT = "clapboard-tombstone"
_BACK = ".back."


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A discarded episode: its row as it was, and the name its files share."""

    row: Row
    stem: str

    @property
    def name(self) -> str:
        """Of the tombstone, and of whatever is to be done with it."""
        return self.row.uuid or f"unknown-{self.stem}"

    def path(self, folder: Path) -> Path:
        """Its file."""
        return folder / TRASH / f"{self.name}.json"

    def way_back(self, folder: Path, target: str) -> Path:
        """Its file while the episode is brought back under the name `target`."""
        return folder / TRASH / f"{self.name}{_BACK}{target}"


def tombstones(folder: Path) -> dict[str, Tombstone]:
    """By UUID, or by name where that was unknown. One that cannot be read counts as none: its files tell enough."""
    found = {path.stem: _read(path) for path in sorted((folder / TRASH).glob("*.json"))}
    return {name: grave for name, grave in found.items() if grave is not None}


def tombstone(folder: Path, uuid: str) -> Tombstone | None:
    """That of one episode, if it was discarded."""
    return _read(folder / TRASH / f"{uuid}.json")


def ways_back(folder: Path) -> list[tuple[Path, Tombstone, str]]:
    """Those being brought back: the file that says so, the tombstone, and the name that they get."""
    paths = sorted((folder / TRASH).glob(f"*{_BACK}*"))
    read = ((path, _read(path), path.name.rpartition(_BACK)[2]) for path in paths)
    return [(path, grave, target) for path, grave, target in read if grave is not None]


def draft(folder: Path, grave: Tombstone) -> Path:
    """Write a tombstone under another name: it counts once it is renamed to `grave.path`."""
    (folder / TRASH).mkdir(exist_ok=True)
    told: dict[str, Any] = {"format": _FORMAT, "version": 1, "name": grave.stem}
    path = grave.path(folder).with_suffix(".tmp")
    path.write_text(json.dumps(told | {"episode": grave.row.to_dict()}, indent=1))
    return path


def _read(path: Path) -> Tombstone | None:
    try:
        told = json.loads(path.read_bytes())
        return Tombstone(Row.from_dict(told["episode"]), str(told["name"])) if told["format"] == _FORMAT else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
