"""What an operator says is a sound file beside the episode, stamped not before the microphone was opened."""

from multiprocessing import Pipe
from pathlib import Path

import av
import numpy as np
import pytest

from collector.links import Channel
from collector.processes import voice
from hardware.config import MicrophoneConfig, RigConfig
from hardware.interfaces import DeviceLost
from hardware.load import load
from hardware.microphone import Microphone
from hardware.samples import monotonic_ns


def heard(path: Path) -> np.ndarray:
    with av.open(str(path)) as file:
        return np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)])


def test_a_note_is_what_the_microphone_heard(tmp_path: Path) -> None:
    """The virtual one plays 440 Hz: so does the file, at its rate."""
    before_ns = monotonic_ns()
    with Microphone(MicrophoneConfig(device="virtual"), virtual=True) as microphone:
        told = voice.record(microphone, tmp_path / "note.flac", lambda: True)
    samples = heard(tmp_path / "note.flac")
    assert len(samples) == round(float(str(told["seconds"])) * 16_000) > 0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    assert abs(np.argmax(spectrum) * 16_000 / len(samples) - 440) < 16_000 / len(samples)
    assert before_ns <= int(str(told["t_ns"])) <= monotonic_ns()


def test_a_microphone_that_is_not_there_is_named_with_the_remedy() -> None:
    with pytest.raises(DeviceLost, match=r"no_such_device cannot be opened .* arecord -L"):
        Microphone(MicrophoneConfig(device="no_such_device"))


def test_the_process_tells_of_each_note_and_of_one_that_failed(tmp_path: Path) -> None:
    """A folder that is gone fails the note, not the process: the next note is heard."""
    rig = load(RigConfig, Path("configs/rigs/virtual.yaml"))
    daemon, child = Pipe()
    for verb, words in (
        ("speak", {"path": str(tmp_path / "gone" / "a.flac")}), ("speak", {"path": str(tmp_path / "b.flac")}),
        ("quiet", {}), ("stop", {}),
    ):  # fmt: skip
        daemon.send((verb, words))
    voice.main(rig, Channel(child))
    told = [daemon.recv() for _ in range(2)]
    assert [kind for kind, _ in told] == ["mute", "spoken"]
    assert told[1][1]["path"] == str(tmp_path / "b.flac")
    for end in (daemon, child):
        end.close()
