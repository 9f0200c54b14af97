"""A take's books: every picture that a camera offered is stored or counted, with the reason, in the file and live."""

from collections import Counter
from collections.abc import Collection

from collector.processes.capture_camera import CameraPump
from collector.processes.capture_recording import Recording

QUEUE_FULL = "encoder queue full"
NEVER_CAME = "never came: camera, cable or a busy host"
RING_OVERRUN = "ring overrun"
DISK_FULL = "disk full"
PAUSED = "disk full: paused"
CUT_OFF = "still in work at the stop"


class Books:
    """What was stored of each camera, and what was lost of any stream."""

    def __init__(self, recording: Recording, pumps: Collection[CameraPump]) -> None:
        self._recording, self._pumps = recording, pumps
        self._stored: Counter[str] = Counter()
        self._lost: Counter[tuple[str, str]] = Counter()  # by stream and reason
        self._marked: Counter[tuple[str, str]] = Counter()  # of these, what has its gap record

    def store(self) -> None:
        """Into the journal with the pictures that wait."""
        for pump in self._pumps:
            for row, jpeg in pump.drain():
                self._recording.frame(pump.name, row, jpeg)
                self._stored[pump.name] += 1

    def forgo(self) -> None:
        """There is no room for the pictures that wait."""
        for pump in self._pumps:
            self.lose(f"cameras/{pump.name}", len(pump.drain()), DISK_FULL)

    def lose(self, stream: str, count: int, reason: str) -> None:
        """So many samples of a stream are lost."""
        self._lost[stream, reason] += count

    def mark(self, t_ns: int) -> None:
        """Gap records for what was lost since the last call; what a pause costs is known when it is over."""
        for pump in self._pumps:
            stream, pictures = f"cameras/{pump.name}", pump.pictures
            self._lost[stream, QUEUE_FULL] = pictures.dropped
            self._lost[stream, NEVER_CAME] = pictures.lost
            if not pictures.paused:
                self._lost[stream, PAUSED] = pictures.skipped
        for (stream, reason), total in self._lost.items():
            if fresh := total - self._marked[stream, reason]:
                self._recording.gap(stream, t_ns, fresh, reason)
                self._marked[stream, reason] = total

    def close(self, t_ns: int) -> str:
        """Count what is still in work, the pumps having stopped; where the books do not balance, in words."""
        amiss: list[str] = []
        for pump in self._pumps:
            pump.pictures.paused = False
            left = self._unaccounted(pump)
            in_work = min(max(left, 0), 1)  # a thread encodes one at a time
            self.lose(f"cameras/{pump.name}", in_work, CUT_OFF)
            if left != in_work:
                amiss.append(f"camera {pump.name}: {left - in_work} of {pump.pictures.offered} frames unaccounted for")
        self.mark(t_ns)
        return "; ".join(amiss)

    def missed_rows(self) -> dict[str, int]:
        """By stream, rows that a ring overwrote before they were read."""
        return {stream: count for (stream, reason), count in self._lost.items() if reason == RING_OVERRUN}

    def cameras(self) -> dict[str, dict[str, int]]:
        """By camera: frames offered, and those of them not stored; frames that never came; most that ever waited."""
        return {
            pump.name: {
                "offered": pump.pictures.offered,
                "dropped": pump.pictures.dropped,
                "skipped": pump.pictures.skipped,
                "never_came": pump.pictures.lost,
                "most_waiting": pump.pictures.peak,
            }
            for pump in self._pumps
        }

    def _unaccounted(self, pump: CameraPump) -> int:
        stream, pictures = f"cameras/{pump.name}", pump.pictures
        known = self._stored[pump.name] + pictures.dropped + pictures.skipped + self._lost[stream, DISK_FULL]
        return pictures.offered - known
