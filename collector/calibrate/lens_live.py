"""A camera's lens from its rig: the board in somebody's hand, the looks watched until they cover the lens."""

from calibration.board import Board
from collector.calibrate.bench import Bench
from collector.calibrate.guide import Enough, Show
from collector.calibrate.hands import Hands, ScriptedHands
from collector.calibrate.lens_capture import LensCapture, capture_lens
from collector.calibrate.looks import RigLooks

_SCRIPT_S = 75.0  # a scripted operator has shown all that he shows by then


def look_for_lens(
    bench: Bench, camera: str, board: Board, hands: Hands, show: Show, enough: Enough,
    patience_s: float = float("inf"),
) -> LensCapture:  # fmt: skip
    """Raises RigFault, DaemonError."""
    looks = RigLooks(bench.client, [camera], bench.rig)
    if isinstance(hands, ScriptedHands):
        patience_s = min(patience_s, _SCRIPT_S)
    hands.hold(camera)
    try:
        return capture_lens(looks, camera, board, show, enough, patience_s)
    finally:
        looks.close()
        if isinstance(hands, ScriptedHands):
            hands.lay()
