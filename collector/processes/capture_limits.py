"""What a take may lose, and what its operator must be told."""

from collections.abc import Iterable

from collector.processes.capture_pictures import Pictures
from hardware.config import RecordingConfig

_JUDGED_S = 10  # one frame lost in the first tenth of a second is no sixth of the take
_LAG_MS = 500.0  # what is promised of a power cut


def why_failed(camera: str, pictures: Pictures, fps: int, limits: RecordingConfig) -> str:
    """Why a camera lost more than a take may; empty while it did not."""
    if pictures.worst_in_a_row > limits.drops_in_a_row:
        return (
            f"camera {camera} lost {pictures.worst_in_a_row} frames in a row, over recording.drops_in_a_row"
            f" {limits.drops_in_a_row}; {_REMEDY}"
        )
    missing, of = pictures.dropped + pictures.lost, max(pictures.offered + pictures.lost, _JUDGED_S * fps)
    if missing > limits.drop_budget * of:
        return (
            f"camera {camera} lost {missing} of {of} frames, over recording.drop_budget {limits.drop_budget:g};"
            f" {_REMEDY}"
        )
    return ""


def warnings(
    pictures: Iterable[tuple[str, Pictures]], missed: dict[str, int], durable_lag_ms: float, *, low_space: bool
) -> list[str]:
    """For the operator, one sentence each: since the last call for the queues. `missed`: rows by stream."""
    said: list[str] = []
    for camera, queue in pictures:
        if (waited := queue.recent_peak()) * 2 >= queue.capacity:
            said.append(f"camera {camera}: {waited} pictures waited for the disk, {queue.capacity} may; {_REMEDY}")
        if amiss := queue.dropped + queue.lost:
            said.append(f"camera {camera}: {amiss} frames lost in this take")
    said += [f"{stream}: {count} rows lost in this take; {_REMEDY}" for stream, count in missed.items()]
    if low_space:
        said.append("the disk is nearly full; free some space now, or stop this take")
    if durable_lag_ms > _LAG_MS:
        said.append(f"the disk is slow: a power cut now would cost the last {durable_lag_ms / 1000:.1f} s")
    return said


_REMEDY = "end other programs, check the disk and the camera's cable"
