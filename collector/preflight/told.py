"""The daemon's pre-flight, typed: for the console, and for anybody's own programme."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from collector.preflight.check import Check, Mood
from collector.preflight.proof import Proof


class PreflightTold(BaseModel):
    """`checks`: worst first, `verdict`: the worst of them; `not_ready`: why arming would be refused for now."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    checks: tuple[Check, ...]
    verdict: Mood
    not_ready: str
    certificate: Proof

    @staticmethod
    def of(answer: dict[str, Any]) -> "PreflightTold":
        """From the answer to the verb `preflight`."""
        return PreflightTold.model_validate(answer)
