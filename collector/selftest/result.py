"""Everything that a self-test found: what the gates say, and what they say it from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from collector.selftest.evidence import Evidence
from collector.selftest.gate import Gate
from collector.selftest.lag_fit import LagFit, NotEnough
from collector.selftest.led import LedFit, NotSeen


@dataclass(frozen=True, slots=True)
class SelfTest:
    """gates in the order to show them; leds: by camera; lags: by (camera, arm); facts: what a report is headed by."""

    gates: list[Gate]
    evidence: Evidence
    leds: Mapping[str, LedFit | NotSeen]
    lags: Mapping[tuple[str, str], LagFit | NotEnough]
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
