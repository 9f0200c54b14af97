"""Operators as the data knows them: a pseudonym, and how practised. Kept on this machine, so that it is said once."""

import json
import os
from pathlib import Path
from typing import Any, Literal, cast, get_args

Skill = Literal["novice", "practised", "expert"]
SKILLS: tuple[Skill, ...] = get_args(Skill)


def skill_of(pseudonym: str, given: str = "") -> str:
    """The skill given, which is then remembered, or else the one remembered; empty: never told.

    Raises ValueError where it is none of SKILLS.
    """
    if given and given not in SKILLS:
        raise ValueError(f"{given!r} is no skill; give one of: {', '.join(SKILLS)}")
    known = _known()
    if not given or known.get(pseudonym) == given:
        return given or known.get(pseudonym, "")
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({**known, pseudonym: given}, indent=1, sort_keys=True) + "\n")
    fresh.replace(path)
    return given


def _known() -> dict[str, str]:
    try:
        told: Any = json.loads(_path().read_text())
    except (OSError, ValueError):  # none yet, or damaged: it is told again with --skill
        return {}
    pairs = cast(dict[str, Any], told).items() if isinstance(told, dict) else ()
    return {name: skill for name, skill in pairs if skill in SKILLS}


def _path() -> Path:
    """XDG base directories: state."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "clapboard" / "operators.json"
