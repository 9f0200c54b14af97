"""Gates of the trigger box and the sync line. Pure."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from collector.selftest.evidence import Evidence, Rows
from collector.selftest.gate import Gate
from collector.selftest.pulses import Pulses, periods_ns
from collector.selftest.rates import Rate, greatest_change, ping_rate
from collector.selftest.span import Span, coverage_gate
from hardware.config import RigConfig

TRIGGER = "trigger"
_WINDOW_NS = 5_000_000_000
_THIRDS = 3  # of the take, or longer windows than the least: the longer, the better a rate is known
_FEWEST_PINGS = 10
_SILENT = 3


def trigger_gates(rig: RigConfig, evidence: Evidence, pulses: Pulses, span: Span) -> list[Gate]:
    """All gates of subject `trigger`; without edges only that they are missing."""
    remedy = f"check the sync line's wiring (pins 5 and 9, channel {rig.trigger.channel}) and who drives it"
    seen = coverage_gate(TRIGGER, "edges", pulses.rows["t_arrival_ns"], span, remedy)
    if len(pulses) < 2:
        return [seen]
    return [seen, *_link(evidence, pulses), *_line(rig, pulses), *_clock(rig, evidence.pings, pulses, span)]


def _link(evidence: Evidence, pulses: Pulses) -> list[Gate]:
    """From the box to us: any loss fails."""
    sync = evidence.counters.get("sync", {})
    box: Mapping[str, Any] = sync.get("box", {})
    # Both ways; a box that restarted counts anew.
    damaged = _unanswered(evidence.pings) + int(sync.get("damaged", 0)) + max(0, int(box.get("crc_errors", 0)))
    overflows = max(0, int(box.get("fifo_overflows", 0)))
    return [
        Gate(TRIGGER, "messages lost", pulses.lost, "", 0, 0, "put the box on a USB port of its own; free the CPU"),
        Gate(TRIGGER, "box resets", pulses.resets, "", 0, 0, "the box restarted: check its USB cable and power"),
        Gate(TRIGGER, "damaged lines", damaged, "", 0, 0, "change the box's USB cable or hub"),
        Gate(TRIGGER, "fifo overflows", overflows, "", 0, 0, "the sync line is too quick or noisy: check its level"),
    ]


def _unanswered(pings: Rows) -> int:
    """Pings whose answer never came, one or two at a time: more in a row, and the box was silent or away."""
    gaps = [np.diff(piece["seq"]) - 1 for piece in box_pieces(pings)]
    return sum(int(gap[(gap > 0) & (gap < _SILENT)].sum()) for gap in gaps)


def _line(rig: RigConfig, pulses: Pulses) -> list[Gate]:
    """The pulses themselves."""
    periods = periods_ns(pulses)
    jitter_us = float(np.ptp(periods)) * 1e-3 if len(periods) else np.nan
    gates = rig.gates
    limits = gates.pulse_jitter_drive_us if rig.trigger.mode == "drive" else gates.pulse_jitter_listen_us
    wiring = "check the sync line's plugs, ground and 1.8 V level shifter"
    return [
        Gate(TRIGGER, "pulses missing", pulses.missing, "", *gates.pulses_amiss, wiring),
        Gate(
            TRIGGER, "pulses extra", float(pulses.extra.sum()), "", *gates.pulses_amiss,
            "the line rings or picks up noise: shorten it, add a series resistor, check its ground",
        ),
        Gate(TRIGGER, "pulse jitter", jitter_us, "us", *limits, "the edges are stamped unevenly: reflash the box"),
    ]  # fmt: skip


def _clock(rig: RigConfig, pings: Rows, pulses: Pulses, span: Span) -> list[Gate]:
    gates = rig.gates
    rates = box_rates(pings, span, max(_WINDOW_NS, (span.last_ns - span.first_ns) // _THIRDS))
    known = [rate for rate in (*box_rates(pings, span, None), *rates) if np.isfinite(rate.u)]
    fastest = max((abs(rate.ppm) for rate in known), default=np.nan)
    bound_ns = max(float(np.percentile(pulses.rows["u_ns"], 99)), _loosest_ns(pings, span))
    usb = "put the box on a USB port of its own, without a hub"
    return [
        Gate(TRIGGER, "clock bound", bound_ns * 1e-3, "us", *gates.clock_bound_us, usb),
        Gate(TRIGGER, "clock rate", fastest, "ppm", *gates.rate_ppm, "the box's crystal is bad: use another board"),
        Gate(
            TRIGGER, "clock rate change", greatest_change(rates), "ppm", *gates.rate_change_ppm,
            "let the box warm up, away from draughts; if it stays, use another board",
        ),
    ]  # fmt: skip


def box_pieces(pings: Rows) -> list[Rows]:
    """The pings between restarts of the box."""
    return np.split(pings, np.flatnonzero(np.diff(pings["ticks_rx"]) < 0) + 1)


def box_rates(pings: Rows, span: Span, window_ns: int | None) -> list[Rate]:
    """The box's clock against the host's over the take, window by window (None: restart by restart)."""
    found: list[Rate] = []
    for piece in box_pieces(pings):
        if len(piece) == 0:
            continue
        first = max(int(piece["t_sent_ns"][0]), span.first_ns)
        last = min(int(piece["t_received_ns"][-1]), span.last_ns)
        length = window_ns or max(last - first, 1)
        starts = range(first, max(last - length, first) + 1, (length + 1) // 2)
        found += [ping_rate(piece, start, start + length) for start in starts]
    return found


def _loosest_ns(pings: Rows, span: Span) -> float:
    """Bound that the pings of any five seconds give by themselves, in the worst of them."""
    during = pings[(pings["t_sent_ns"] >= span.first_ns) & (pings["t_sent_ns"] <= span.last_ns)]
    took = (during["t_received_ns"] - during["t_sent_ns"]) - (during["ticks_tx"] - during["ticks_rx"])
    window = (during["t_sent_ns"] - span.first_ns) // _WINDOW_NS
    full = [int(w) for w in np.unique(window) if np.count_nonzero(window == w) >= _FEWEST_PINGS]
    return max((float(took[window == w].min()) / 2 for w in full), default=0.0)
