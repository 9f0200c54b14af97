"""Episodes are read by a child process for the console: what comes back, and what a damaged file costs."""

import queue
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from textual.message_pump import MessagePump

from collector.episode.foreign import NotAnEpisode
from collector.episode.isolated import Unreadable
from collector.labels.event import LabelSet, said
from collector.labels.sidecar import append
from collector.tui.footage import Developed, Footage
from collector.tui.reel import LookAt, Pictures, Place, Propose, Proposed, Reel, Still, Stills, Unseen, read
from tests.episodes import Faults, make_episode
from tests.tui.films import SECONDS, film


class Asker:
    """Whoever asks: keeps what came."""

    def __init__(self) -> None:
        self.came: queue.SimpleQueue[Developed] = queue.SimpleQueue()

    def post_message(self, message: Developed) -> bool:
        self.came.put(message)
        return True

    def next(self) -> Developed:
        return self.came.get(timeout=60)


def pump(asker: Asker) -> MessagePump:
    return cast(MessagePump, asker)


@pytest.fixture(scope="module")
def footage() -> Iterator[Footage]:
    made = Footage()
    yield made
    made.close()


def reel() -> Reel:
    told = read(LookAt(film()))
    assert isinstance(told, Reel)
    return told


def test_an_episode_comes_with_curves_over_its_time():
    told = reel()
    assert told.seconds == pytest.approx(SECONDS, abs=0.2)
    assert [(panel.title, panel.unit, len(panel.names)) for panel in told.panels] == [
        ("joints", "rad", 7), ("gripper", "m", 1), ("force", "N", 1),
    ]  # fmt: skip
    assert all(panel.values.shape == (len(told.at_s), len(panel.names)) for panel in told.panels)
    assert told.missing == {"front": 0, "side": 3, "wrist": 0}


def test_a_moment_finds_its_nearest_step():
    told = reel()
    assert told.step_at(int(told.t_ns[7]) + 10) == 7
    assert told.step_at(int(told.t_ns[8]) - 10) == 8
    assert (told.step_at(0), told.step_at(1 << 62)) == (0, len(told.t_ns) - 1)


def seen(path: Path, *places: Place) -> list[Still | Unseen]:
    told = read(Stills(path, places, 16))
    assert isinstance(told, Pictures)
    return [told.of[place] for place in places]


def test_pictures_are_decoded_no_larger_than_needed():
    (first,) = seen(film(), ("front", 0))
    assert isinstance(first, Still)
    assert (first.rgb.shape, first.old_s) == ((16, 16, 3), 0.0)


def test_at_a_step_without_a_picture_the_newest_before_it_stands_for_it_and_tells_its_distance():
    shown = [one for one in seen(film(), *(("side", step) for step in range(110, 130))) if isinstance(one, Still)]
    old = [one.old_s for one in shown]
    missed = next(at for at, seconds in enumerate(old) if seconds > 0)
    assert old[missed : missed + 3] == pytest.approx([1 / 60, 2 / 60, 3 / 60], abs=1e-3)
    assert [*old[:missed], *old[missed + 3 :]] == [0.0] * 17
    assert all(np.array_equal(one.rgb, shown[missed - 1].rgb) for one in shown[missed : missed + 3])


def test_before_a_camera_s_first_picture_it_is_told_when_that_comes_if_ever(tmp_path: Path):
    faults = Faults(lost_frames={"front": range(12), "side": range(30)})
    path = make_episode(tmp_path, seconds=0.5, faults=faults)
    front, later, side = seen(path, ("front", 0), ("front", 20), ("side", 3))
    assert isinstance(front, Unseen) and front.first_s is not None
    assert 0.1 < front.first_s < 0.25
    assert isinstance(later, Still)
    assert side == Unseen(None)


def test_labels_given_meanwhile_are_read_anew(tmp_path: Path):
    path = make_episode(tmp_path, seconds=0.5)
    first = read(LookAt(path))
    assert isinstance(first, Reel)
    append(path, said(first.uuid, "anna", LabelSet(score=2)))
    again = read(LookAt(path))
    assert isinstance(again, Reel)
    assert again.labels["score"] == 2


def test_steps_are_proposed_or_none():
    told = read(Propose(film(), ("reach", "grasp")))
    assert isinstance(told, Proposed)
    assert all(step.source == "proposed" for step in told.steps)
    assert read(Propose(film(), ())) == Proposed(())


@pytest.mark.parametrize("content", [b"", b"no episode at all", b"\x89HDF\r\n\x1a\n" + bytes(200)])
def test_what_is_no_episode_says_so(tmp_path: Path, content: bytes):
    path = tmp_path / "episode_000001.hdf5"
    path.write_bytes(content)
    with pytest.raises(NotAnEpisode):
        read(LookAt(path))


def test_a_child_reads_and_what_was_read_stays(footage: Footage):
    asker = Asker()
    footage.look(pump(asker), film())
    assert isinstance(asker.next().answer, Reel)
    places = [("front", 0), ("wrist", 30)]
    assert footage.known(film(), places, 40) == {}
    footage.stills(pump(asker), film(), places, 40)
    assert isinstance(asker.next().answer, Pictures)
    assert set(footage.known(film(), places, 40)) == set(places)
    footage.stills(pump(asker), film(), places, 40)
    assert asker.came.empty()


def test_a_file_that_cannot_be_read_is_named_and_the_next_one_is_read(footage: Footage, tmp_path: Path):
    asker = Asker()
    broken = tmp_path / "episode_000001.hdf5"
    broken.write_bytes(film().read_bytes()[:5000])
    footage.look(pump(asker), broken)
    told = asker.next().answer
    assert isinstance(told, Unreadable)
    assert str(tmp_path) not in told.problem
    footage.look(pump(asker), tmp_path / "none.hdf5")
    told = asker.next().answer
    assert isinstance(told, Unreadable)
    assert "No such file" in told.problem
    footage.look(pump(asker), film())
    assert isinstance(asker.next().answer, Reel)


def test_of_one_askers_wishes_only_the_newest_is_worked_on(footage: Footage):
    asker = Asker()
    footage.look(pump(asker), film())
    for step in range(20):
        footage.stills(pump(asker), film(), [("front", 100 + step)], 40)
    last = asker.next()
    while not isinstance(last.ask, Stills) or last.ask.places != (("front", 119),):
        last = asker.next()
    assert len(footage.known(film(), [("front", 100 + step) for step in range(20)], 40)) < 20


def test_it_ends_at_once_and_answers_nobody_after():
    asker, footage = Asker(), Footage()
    footage.close()
    footage.look(pump(asker), film())
    assert asker.came.empty()
