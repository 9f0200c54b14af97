"""What a daemon answers to `preflight`, as the console gets it: a morning, a rig that is proven, one that is not."""

from typing import Any

from collector.preflight.check import Check, verdict, worst_first
from collector.preflight.proof import Proof
from collector.selftest.gate import Gate

_MADE = 1_790_000_000_000_000_000
_KERNEL = "the kernel is not PREEMPT_RT"

WELL = (
    Check("certificate", "", "ok", "holds until 18:40, 10.2 h more; made 1.8 h ago"),
    Check("plan", "pick_cube", "ok", "pick up the blue cylinder and put it down; 23 of 50 are kept; operator anna"),
    Check("consent", "", "ok", "given"),
    Check("licence", "", "ok", "CC0-1.0"),
    Check("disk", "", "ok", "room for 6 h of recording"),
    Check("episodes", "", "ok", "all are sealed"),
    Check("process", "", "ok", "all 6 are there, and so are their devices"),
    Check("trigger", "", "ok", "60.0 Hz, clock known to 74 us"),
    Check("camera", "front", "ok", "60.0 Hz, newest 9 ms old, 0 of 4821 frames lost"),
    Check("camera", "side", "ok", "60.0 Hz, newest 9 ms old, 0 of 4821 frames lost"),
    Check("camera", "wrist", "ok", "60.0 Hz, newest 9 ms old, 0 of 4821 frames lost"),
    Check("leader", "right", "ok", "2 of 20000 reads missed, servos up to 31 deg C"),
    Check("arm", "right", "ok", "FOLLOW, 100% of commands arrive"),
    Check("machine", "disk", "ok", "speed 410 MB/s, limit 40"),
    Check("machine", "load", "ok", "1.4 of 8 cores are busy"),
)
CALIBRATION = Check(
    "calibration", "", "warn", "not calibrated: front, side, wrist",
    "record all the same; leave the cameras where they stand, so that a later calibration holds",
)  # fmt: skip
AMISS = (
    Check("process", "arm-right, leader-right", "warn", _KERNEL, "install one, or expect lost control cycles"),
    Check(
        "arm", "right", "warn", "IDLE: released, 100% of commands arrive, joint 3 is 0.42 rad from the leader",
        "hold the leader still, then approach: the robot goes to it",
    ),
    Check("camera", "side", "fail", "no frames come", "check its cable, its sync mode and the sync line"),
    Check(
        "certificate", "", "fail", "there is no certificate",
        "run the self-test, or arm without it: the reason is kept in every episode",
    ),
    Check("trigger", "", "wait", "the box's clock is not known yet"),
    CALIBRATION,
)  # fmt: skip


def answer(*checks: Check, not_ready: str = "", reason: str = "") -> dict[str, Any]:
    """With these lines; by default those of a rig that is proven."""
    lines = worst_first(checks or (*WELL, CALIBRATION))
    proof = Proof(reason, None if reason else _MADE, None if reason else _MADE + 43_200_000_000_000)
    return {
        "checks": [line.to_dict() for line in lines], "verdict": verdict(lines), "not_ready": not_ready,
        "certificate": proof.to_dict(),
    }  # fmt: skip


def morning() -> dict[str, Any]:
    """Nothing is proven, a camera is unplugged."""
    named = {(check.name, check.subject) for check in AMISS}
    fine = [check for check in WELL if (check.name, check.subject) not in named]
    not_ready = "camera side delivers no frames; check its cable and its sync mode"
    return answer(*AMISS, *fine, not_ready=not_ready, reason="there is no certificate")


GATES = (
    Gate("trigger", "pulses missing", 0.0, "", 0, 0, "check the cable"),
    Gate("trigger", "clock bound", 74.0, "us", 150.0, 500.0, "put the box on a USB port of its own"),
    Gate("cameras/front", "mid-exposure", 31.0, "us", 100.0, 500.0, "put that into its edge_to_exposure_end_us"),
    Gate("cameras/side", "mid-exposure", 812.0, "us", 100.0, 500.0, "put that into its edge_to_exposure_end_us"),
    Gate("cameras/wrist", "enough motion", float("nan"), "ms sigma", 0.3, 0.3, "move every joint, the board in view"),
    Gate("cameras/side", "lag to right", 0.6, "ms", 0.5, 1.0, "move slower, and let it see a marker"),
    Gate("leaders/right", "round trip", 1.1, "ms", 4.0, 8.0, "set the latency timer to 1"),
    Gate("arms/right", "states lost", 0.0004, "", 0.001, 0.01, "give the robot a network card of its own"),
)
