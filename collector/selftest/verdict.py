"""What the gates say of an episode itself, at its end: stored with it, so that no bad take passes unseen."""

from typing import Any

from collector.episode.content import Content
from collector.selftest.check import check
from collector.selftest.gate import Gate, worst
from collector.selftest.gather import from_content


def judge_content(content: Content) -> dict[str, Any]:
    """The verdict and its gates as JSON; LED and motion are no part of it."""
    try:
        return as_json(check(content.meta.rig_config, from_content(content), None, None))
    except Exception as error:  # whatever is odd about a take, it is sealed; that it could not be judged is told
        return {"verdict": "fail", "gates": [], "problem": f"could not be judged: {error!r}"}


def as_json(gates: list[Gate]) -> dict[str, Any]:
    """One object: the worst verdict, and every gate."""
    return {"verdict": worst(gates), "gates": [gate.to_dict() for gate in gates]}
