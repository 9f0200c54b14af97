"""The machine, by the self-test's own gates, and how busy it is. Pure."""

from collections.abc import Iterator, Sequence

from collector.preflight.check import Check, Mood
from collector.selftest.gate import Gate, Verdict

_STATES: dict[Verdict, Mood] = {"pass": "ok", "warn": "warn", "fail": "fail"}


def machine_checks(gates: Sequence[Gate] | None, load: float, cores: int) -> Iterator[Check]:
    """`gates`: of collector.selftest.machine, None before they were measured; `load`: the last minute's, in cores."""
    if gates is None:
        yield Check("machine", "", "wait", "looked at as soon as the rig is idle")
    for gate in gates or ():
        if (gate.subject, gate.name) != ("disk", "room"):  # told live by the line `disk`
            remedy = "" if gate.verdict == "pass" else gate.remedy
            yield Check("machine", gate.subject, _STATES[gate.verdict], _words(gate), remedy)
    busy = f"{load:.1f} of {cores} cores are busy"
    if load > cores:
        yield Check("machine", "load", "warn", busy, "end other programs: late frames and control cycles come of it")
    else:
        yield Check("machine", "load", "ok", busy)


def _words(gate: Gate) -> str:
    if gate.unit == "" and (gate.warn, gate.fail) == (0, 1):  # a yes or no
        return f"{gate.name}: {'yes' if gate.value else 'no'}"
    value = "not known" if gate.value != gate.value else f"{gate.value:.3g} {gate.unit}".strip()
    return f"{gate.name} {value}, limit {gate.fail:.3g}"
