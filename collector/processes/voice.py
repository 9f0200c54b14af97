"""Process: the operator's spoken notes, each a FLAC file beside its episode.

An extra: when it fails a note is missing and the operator is told; no take ends because of that.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
from av import AudioFrame
from numpy.typing import NDArray

from collector.links import Channel
from hardware.config import RigConfig
from hardware.interfaces import DeviceError
from hardware.microphone import Microphone
from hardware.open import open_microphone
from hardware.samples import monotonic_ns

_WAIT_S = 0.5
_LONGEST_S = 600.0


def main(rig: RigConfig, channel: Channel) -> None:
    """Listen when told `speak`, until told `quiet`."""
    while not channel.stopped:
        asked = channel.verbs(_WAIT_S)
        for number, (verb, words) in enumerate(asked):
            if verb != "speak":
                continue
            later = asked[number + 1 :]  # a note may be over before we came to hear of it
            try:
                with open_microphone(rig) as microphone:
                    told = record(microphone, Path(words["path"]), lambda later=later: _is_over(channel, later))
                channel.report("spoken", **told)
            except (DeviceError, OSError) as error:
                channel.report("mute", path=words["path"], message=str(error))


def record(microphone: Microphone, path: Path, is_over: Callable[[], bool]) -> dict[str, object]:
    """One note, until it is over; where, and when its first sample was heard.

    `t_ns`: the least that any part's arrival says; late by what the device holds back at the least.
    """
    opened_ns, heard = monotonic_ns(), 0
    began_ns: list[int] = []
    with av.open(str(path), "w", format="flac") as output:
        stream = output.add_stream("flac", rate=microphone.rate_hz, layout="mono")
        for sound in microphone.sounds():
            heard += len(sound.samples)
            began_ns.append(sound.t_arrival_ns - heard * 1_000_000_000 // microphone.rate_hz)
            output.mux(stream.encode(_frame(sound.samples, microphone.rate_hz)))
            if heard >= _LONGEST_S * microphone.rate_hz or is_over():
                break
        output.mux(stream.encode(None))
    return {
        "path": str(path),
        "t_ns": max(opened_ns, min(began_ns, default=opened_ns)),
        "seconds": heard / microphone.rate_hz,
    }


def _is_over(channel: Channel, later: list[tuple[str, dict[str, Any]]]) -> bool:
    return channel.stopped or any(verb == "quiet" for verb, _ in (*later, *channel.verbs()))


def _frame(samples: NDArray[np.int16], rate_hz: int) -> AudioFrame:
    frame = AudioFrame.from_ndarray(samples[np.newaxis, :], "s16", "mono")
    frame.sample_rate = rate_hz
    return frame
