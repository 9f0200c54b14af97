"""Does a take hold its promises? Every gate that its evidence allows, in the order of the rig. Pure."""

import numpy as np

from collector.selftest.cameras import camera_gates
from collector.selftest.evidence import Evidence
from collector.selftest.gate import Gate
from collector.selftest.joints import arm_gates, base_gates, leader_gates
from collector.selftest.lag import Lags, lag_gates
from collector.selftest.led_gates import Leds, sweep_gates
from collector.selftest.pulses import read_pulses
from collector.selftest.span import take_span
from collector.selftest.trigger import TRIGGER, trigger_gates
from hardware.config import RigConfig
from hardware.rows import EDGE


def check(rig: RigConfig, evidence: Evidence, led: Leds | None, lags: Lags | None) -> list[Gate]:
    """All gates of a take.

    led, lags: the fits by camera, and by camera and arm; None: not asked for. A camera that is missing there
    fails, unless the rig's `selftest` says that it cannot see the LED, or a marker.
    """
    jitter_ns = rig.gates.pulse_jitter_listen_us[1] * 1000
    pulses = read_pulses(rig, evidence.streams.get(TRIGGER, np.zeros(0, EDGE)), jitter_ns)
    span = take_span(evidence)
    gates = trigger_gates(rig, evidence, pulses, span)
    for name in rig.cameras:
        gates += camera_gates(rig, name, evidence, pulses, span)
    if led is not None:
        gates += sweep_gates(rig, evidence, led)
    for name in rig.leaders:
        gates += leader_gates(rig, name, evidence, span)
    for name in rig.followers:
        gates += arm_gates(rig, name, evidence, span)
    for name in rig.bases:
        gates += base_gates(rig, name, evidence, span)
    return gates if lags is None else gates + lag_gates(rig, lags)
