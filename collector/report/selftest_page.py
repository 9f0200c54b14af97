"""A self-test as one HTML page that needs nothing but itself: the gates by subject, and the plots behind them."""

from collections.abc import Iterator
from html import escape
from itertools import groupby

from collector.report import selftest_plots as plots
from collector.report.page import facts_table, figure, whole_page
from collector.selftest.gate import Gate, worst
from collector.selftest.lag_fit import LagFit, NotEnough
from collector.selftest.led import LedFit, NotSeen
from collector.selftest.result import SelfTest


def selftest_page(test: SelfTest) -> str:
    """The whole page."""
    verdict = worst(test.gates)
    body = [
        f"<h1>Self-test {_badge(verdict)}</h1>",
        facts_table(test.facts),
        f"<p>{_summary(test.gates)}</p>",
        "<h2>Gates</h2>",
        _table(test.gates),
        *_figures(test),
    ]
    return whole_page(f"Self-test: {verdict}", body)


def _badge(verdict: str) -> str:
    return f'<span class="verdict {verdict}">{verdict}</span>'


def _summary(gates: list[Gate]) -> str:
    counts = {kind: sum(gate.verdict == kind for gate in gates) for kind in ("pass", "warn", "fail")}
    failed = "; ".join(f"{gate.subject}: {gate.name}" for gate in gates if gate.verdict == "fail")
    told = f"{counts['pass']} of {len(gates)} gates pass, {counts['warn']} warn, {counts['fail']} fail"
    return escape(f"{told}: {failed}." if failed else f"{told}.")


def _table(gates: list[Gate]) -> str:
    subjects = list(dict.fromkeys(gate.subject for gate in gates))
    ordered = sorted(gates, key=lambda gate: subjects.index(gate.subject))
    by_subject = groupby(ordered, key=lambda gate: gate.subject)
    parts = "".join(
        f'<tbody><tr><th colspan="6">{escape(subject)}</th></tr>{"".join(map(_row, of))}</tbody>'
        for subject, of in by_subject
    )
    heads = "".join(f"<th>{head}</th>" for head in ("gate", "value", "warns", "fails", "", "remedy"))
    return f"<table><thead><tr>{heads}</tr></thead>{parts}</table>"


def _row(gate: Gate) -> str:
    beyond = "<" if gate.warn > gate.fail else ">"
    measured = gate.value == gate.value
    value = f"{gate.value:.4g} {gate.unit}" if measured else "not measured"
    remedy = "" if gate.verdict == "pass" else gate.remedy
    style = {"warn": ' class="warned"', "fail": ' class="failed"'}.get(gate.verdict, "")
    numbers = "".join(
        f'<td class="number">{escape(text)}</td>'
        for text in (value.strip(), f"{beyond} {gate.warn:.4g}", f"{beyond} {gate.fail:.4g}")
    )
    return (
        f"<tr{style}><td>{escape(gate.name)}</td>{numbers}<td>{_badge(gate.verdict)}</td><td>{escape(remedy)}</td></tr>"
    )


def _figures(test: SelfTest) -> Iterator[str]:
    evidence = test.evidence
    yield figure("Frames against pulses", plots.residual_plot(evidence), "Camera clock less pulse, less one line.")
    yield figure("Bounds of the stored stamps", plots.bound_plot(evidence), "No stamp is further off than this.")
    yield figure("Jitter", plots.jitter_plot(evidence), "Counts on a logarithmic scale.")
    yield figure("Delays to the host", plots.delay_plot(evidence), "Late arrival costs no accuracy; it is shown here.")
    seen = {name: fit for name, fit in test.leds.items() if isinstance(fit, LedFit)}
    yield figure("LED sweep", plots.led_plot(seen), "Middle of the exposure, LED less stored stamp.")
    yield from (_missing(name, fit.reason) for name, fit in test.leds.items() if isinstance(fit, NotSeen))
    for (camera, arm), lag in test.lags.items():
        match lag:
            case LagFit():
                told = f"Lag {lag.lag_ns * 1e-6:+.3f} ± {lag.sigma_ns * 1e-6:.3f} ms over {lag.frames} pictures."
                yield figure(f"Motion: {camera} to {arm}", plots.motion_plot(test, camera, lag), told)
            case NotEnough():
                yield f"<h2>Motion: {escape(camera)} to {escape(arm)}</h2>" + _missing(camera, lag.reason)


def _missing(name: str, reason: str) -> str:
    return f'<p class="missing">{escape(name)}: {escape(reason)}</p>'
