"""A camera's lens from its rig: the board in somebody's hand, the looks watched until they cover the lens."""

from collector.calibrate.bench import Bench
from collector.calibrate.guide import Enough, Show
from collector.calibrate.hands import Hands, ScriptedHands
from collector.calibrate.lens_capture import LensCapture, capture_lens
from collector.calibrate.looks import RigLooks

_SCRIPT_S = 75.0  # a scripted operator has shown all that he shows by then


def look_for_lens(
    bench: Bench, capture: LensCapture, hands: Hands, show: Show, enough: Enough, patience_s: float = float("inf")
) -> None:
    """Fill the capture, which may have begun before. Raises RigFault, DaemonError."""
    looks = RigLooks(bench.client, [capture.camera], bench.rig)
    if isinstance(hands, ScriptedHands):
        patience_s = min(patience_s, _SCRIPT_S)
    hands.hold(capture.camera)
    try:
        capture_lens(looks, capture, show, enough, patience_s)
    finally:
        looks.close()
        if isinstance(hands, ScriptedHands):
            hands.lay()
