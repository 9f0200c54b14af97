"""One key begins a spoken note, the same key ends it; it is a label of the take it was begun in, and can be undone."""

import time
from pathlib import Path

import pytest

from collector.labels import sidecar
from collector.session import NotNow, State
from collector.voice_desk import VoiceDesk
from hardware.config import RigConfig
from hardware.load import load
from tests.collector.session_rig import ROOT, SessionRig

UUID = "00000000-0000-4000-8000-000000000001"
RIG = load(RigConfig, ROOT / "configs/rigs/virtual.yaml")


def until_quiet(desk: VoiceDesk) -> None:
    deadline = time.monotonic() + 60
    while desk.speaking_s is not None:
        assert time.monotonic() < deadline
        desk.work()
        time.sleep(0.02)


def test_a_spoken_note_lies_beside_the_take_and_is_one_of_its_labels(tmp_path: Path) -> None:
    rig = SessionRig(tmp_path, State.RECORDING)
    rig.run(UUID)
    desk = VoiceDesk(RIG, rig.plan, rig.labels, tmp_path)
    speak = desk.verbs()["speak"]
    assert speak() == {"speaking": True}
    assert desk.speaking_s is not None
    assert speak() == {"speaking": False}
    until_quiet(desk)
    (told,) = sidecar.read(rig.path, UUID).events
    assert told.set.spoken is not None
    (note,) = told.set.spoken
    assert (note.file, (tmp_path / note.file).exists()) == ("episode_000000.spoken-1.flac", True)
    assert note.seconds > 0
    assert rig.ask("undo")["undone"] == "spoken note of episode_000000"
    desk.close()
    rig.labels.close()


def test_without_a_microphone_or_a_take_the_key_says_why(tmp_path: Path) -> None:
    rig = SessionRig(tmp_path)
    silent = VoiceDesk(RIG.model_copy(update={"microphone": None}), rig.plan, rig.labels, tmp_path)
    with pytest.raises(NotNow, match="no microphone; add microphone"):
        silent.verbs()["speak"]()
    with pytest.raises(NotNow, match="no take to speak of"):
        VoiceDesk(RIG, rig.plan, rig.labels, tmp_path).verbs()["speak"]()
    rig.labels.close()


def test_a_microphone_that_fails_costs_the_note_and_nothing_else(tmp_path: Path) -> None:
    rig = SessionRig(tmp_path, State.RECORDING)
    rig.run(UUID)
    gone = RIG.model_copy(update={"virtual": None})  # then it is a real one, called virtual
    desk = VoiceDesk(gone, rig.plan, rig.labels, tmp_path)
    desk.verbs()["speak"]()
    until_quiet(desk)
    assert "The spoken note is missing" in desk.notice
    assert rig.session.state is State.RECORDING
    desk.close()
    rig.labels.close()
