"""What verifying a file found."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the thing of this name in the file; `where` is empty for all of it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where} {self.what}".strip()


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `sound` parts are listed only where there are problems.

    `problems`: damage of the file. `losses`: what was damaged before it was sealed, so that it is not in it.
    `note`: what else there is to say.
    """

    path: Path
    problems: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    sound: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_sound(self) -> bool:
        """Nothing is damaged, and nothing was."""
        return not self.problems and not self.losses

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {"path": str(self.path), "is_sound": self.is_sound}
