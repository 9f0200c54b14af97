"""What may lead instead of an operator: an old demonstration, read from its episode, or way-points to stop at."""

from collector.playback.orders import NotReplayable, Order, PosesOrder, ReplayOrder, Source, led_by, order_of
from collector.playback.recorded import load_track, order_for
from collector.playback.track import Pace, Track, compare
from collector.playback.way_points import poses_track, why_not_poses

__all__ = [
    "NotReplayable", "Order", "Pace", "PosesOrder", "ReplayOrder", "Source", "Track", "compare", "led_by", "load_track",
    "order_for", "order_of", "poses_track", "why_not_poses",
]  # fmt: skip
