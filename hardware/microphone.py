"""A microphone through ALSA, by PyAV's FFmpeg; the virtual one is a tone in real time, through the same library."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av import AudioResampler
from numpy.typing import NDArray

from hardware.config.microphone import MicrophoneConfig
from hardware.interfaces import DeviceLost
from hardware.samples import monotonic_ns

if TYPE_CHECKING:
    from av import InputContainer

# PyAV's wheels bring an ALSA library that looks for its configuration where it was built.
_ALSA = Path("/usr/share/alsa/alsa.conf")
_TONE_HZ = 440


@dataclass(frozen=True, slots=True)
class Sound:
    """What was heard: (N,) int16, mono. `t_arrival_ns`: when it came, after its last sample."""

    t_arrival_ns: int
    samples: NDArray[np.int16]


class Microphone:
    """Opened by the constructor, read by `sounds`, a context manager. Raises DeviceLost."""

    def __init__(self, config: MicrophoneConfig, *, virtual: bool = False) -> None:
        self.rate_hz = config.rate_hz
        self._name = f"microphone {config.device}"
        try:
            self._input = _tone(config) if virtual else _alsa(config)
        except (OSError, ValueError) as error:
            raise DeviceLost(
                "microphone",
                f"{config.device} cannot be opened ({error}); see arecord -L, and put its name into the rig's file",
            ) from error

    def __enter__(self) -> "Microphone":
        return self

    def __exit__(self, *_: object) -> None:
        self._input.close()

    def sounds(self) -> Iterator[Sound]:
        """As they come, for ever. Raises DeviceLost when it is unplugged."""
        to_mono = AudioResampler("s16", "mono", self.rate_hz)
        try:
            for heard in self._input.decode(audio=0):
                came = monotonic_ns()
                parts = [part.to_ndarray()[0] for part in to_mono.resample(heard)]
                if parts:
                    yield Sound(came, np.concatenate(parts))
        except OSError as error:
            raise DeviceLost("microphone", f"{self._name} says nothing any more ({error}); plug it in again") from error
        raise DeviceLost("microphone", f"{self._name} has ended; plug it in again")


def _alsa(config: MicrophoneConfig) -> "InputContainer":
    if _ALSA.exists():
        os.environ.setdefault("ALSA_CONFIG_PATH", str(_ALSA))
    options = {"sample_rate": str(config.rate_hz), "channels": "1"}
    return av.open(config.device, format="alsa", options=options)


def _tone(config: MicrophoneConfig) -> "InputContainer":
    return av.open(f"sine=frequency={_TONE_HZ}:sample_rate={config.rate_hz},arealtime", format="lavfi")
