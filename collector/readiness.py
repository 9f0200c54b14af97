"""May recording start? Live facts only; the sync check of a recorded stretch is in collector.selftest."""

from typing import Any

from hardware.config import RigConfig

# Without seconds that are known to be prompt nothing can tell which edge a frame belongs to.
PROMPT_SECONDS = 4


def why_not_ready(rig: RigConfig, status: dict[str, dict[str, Any]], *, selftest: bool = False) -> str:
    """The first reason against recording, as a sentence with its remedy; empty if there is none.

    `selftest`: how well the clocks are known is for the test itself to judge.
    """
    sync = status.get("sync", {})
    bound = sync.get("bound_us")
    if bound is None:
        return "the box clock has no fit yet; wait a second"
    if bound > rig.gates.clock_bound_us[1] and not selftest:
        return (
            f"the box clock is known to {bound:.0f} us only, the limit is {rig.gates.clock_bound_us[1]:.0f}:"
            " wait, or put the box on a USB port of its own"
        )
    if not sync.get("edges"):
        return "no edge on the sync line; check the master camera and the wiring of pins 5 and 9"
    for name, camera in status.get("capture", {}).get("cameras", {}).items():
        if not camera["frames"] or camera["age_ms"] is None or camera["age_ms"] > 500:
            return f"camera {name} delivers no frames; check its cable and its sync mode"
        if camera["prompt_s"] < PROMPT_SECONDS:
            return f"camera {name} has not been delivered promptly for long enough; wait, or free the CPU"
    for name in rig.followers:
        if not status.get(f"arm-{name}", {}).get("cycles"):
            return f"arm {name} delivers no states; check its connection"
    for name in rig.leaders:
        if not status.get(f"leader-{name}", {}).get("reads"):
            return f"leader {name} delivers no joints; check its bus"
    for name in rig.bases:
        if not status.get(f"base-{name}", {}).get("reads"):
            return f"base {name} delivers no wheel states; check its bus"
    return ""
