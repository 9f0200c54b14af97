"""The review: what an operator sees of a take, and what each key does to it, without a daemon."""

from typing import Any

import pytest
from textual.pilot import Pilot

from collector.labels.event import LabelSet, said
from collector.labels.sidecar import append, sidecar_of
from collector.tui.screens.play import PlayScreen
from collector.tui.screens.review import ReviewScreen
from collector.tui.widgets import take_view
from collector.tui.widgets.field import Field
from collector.tui.widgets.sheet import Sheet
from collector.tui.widgets.take_view import TakeView
from tests.tui.conftest import asked, drive, running, show
from tests.tui.films import at, cinema, film, review, settled

UUID = "00000000-0000-4000-8000-000000000000"
QUALITY = {"sync_p99_us": 92.0, "lost_frames": 0.0, "duration_s": 4.0}


async def opened(pilot: Pilot[None], **changes: Any) -> ReviewScreen:
    """A take under review, its episode read."""
    await show(pilot, review(**changes))
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, ReviewScreen)
    return screen


def text(screen: ReviewScreen, part: str) -> str:
    return str(screen.query_one(part, Field).content)


def labels(pilot: Pilot[None]) -> list[dict[str, Any]]:
    """What was said, without the UUID, which is checked."""
    told = [words for verb, words in asked(pilot) if verb == "label"]
    assert all(words.pop("episode") == UUID for words in told)
    return told


def borders(words: dict[str, Any]) -> list[int]:
    return [step["begin_ns"] for step in words["steps"][1:]]


def test_each_label_goes_to_the_take_by_its_uuid():
    async def run() -> None:
        async with running(cinema()) as pilot:
            await opened(pilot)
            for key in ("4", "s", "f"):
                await pilot.press(key)
            assert labels(pilot) == [{"score": 4}, {"outcome": "success"}, {"outcome": "failure"}]

    drive(run())


def test_one_key_decides_what_becomes_of_it():
    async def run() -> None:
        async with running(cinema()) as pilot:
            await opened(pilot)
            for key, verb in (("space", "start"), ("k", "keep"), ("n", "next"), ("r", "retake"), ("u", "undo")):
                await pilot.press(key)
                assert asked(pilot)[-1][0] == verb

    drive(run())


def test_discarding_takes_one_more_key_for_why():
    async def run() -> None:
        async with running(cinema()) as pilot:
            await opened(pilot)
            await pilot.press("d", "escape")
            assert not [verb for verb, _ in asked(pilot) if verb == "discard"]
            await pilot.press("d", "3")
            assert asked(pilot)[-1] == ("discard", {"why": "operator error"})
            await pilot.press("d", "5", *"lid", "enter")
            assert asked(pilot)[-1] == ("discard", {"why": "lid"})

    drive(run())


def test_a_tag_is_added_and_the_same_again_takes_it_off():
    async def run() -> None:
        async with running(cinema()) as pilot:
            await opened(pilot, labels={"tags": ["slipped"]})
            await pilot.press("t", "2", *"wet", "enter")
            await pilot.press("t", "1")
            assert labels(pilot) == [{"tags": ["slipped", "wet"]}, {"tags": []}]

    drive(run())


def test_a_note_begins_with_what_was_noted_before():
    async def run() -> None:
        async with running(cinema()) as pilot:
            await opened(pilot, labels={"note": "wet"})
            await pilot.press("N", *" lid", "enter")
            assert labels(pilot) == [{"note": "wet lid"}]

    drive(run())


def test_pictures_come_when_the_take_is_sealed():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot, sealed=False, quality=None)
            assert screen.view.reel is None
            await show(pilot, review())
            await settled(pilot)
            assert screen.view.reel is not None

    drive(run())


def test_a_file_that_is_damaged_says_so_in_the_pictures_place():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot, path=str(film().with_name("gone.journal")))
            assert "its file cannot be shown" in screen.query_one(Sheet)._why

    drive(run())


def test_arrows_pick_a_moment_and_a_border_moves_by_pictures_as_one_label(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(take_view, "_SAY_S", 60.0)  # a busy machine takes its time between two keys

    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot)
            await pilot.press("right", "down", "down")
            assert screen.view.at_ns == pytest.approx(at(1.8), abs=20_000_000)
            await pilot.press("comma", "comma", "comma")
            screen.view.flush()
            await pilot.pause()
            (told,) = labels(pilot)
            assert borders(told)[0] == at(1.0)
            assert borders(told)[1] == pytest.approx(at(1.8) - 50_000_000, abs=3_000_000)
            assert [step["source"] for step in told["steps"]] == ["mark", "adjusted", "adjusted", "mark"]

    drive(run())


def test_a_border_is_added_and_removed_where_one_looks():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot, labels={"steps": []})
            await pilot.press("right", "pagedown", "pagedown", "m")
            assert [step.name for step in screen.view.editing.steps] == ["reach", "grasp"]
            await pilot.press("backspace")
            assert [step.name for step in screen.view.editing.steps] == ["reach"]

    drive(run())


def test_undo_takes_back_a_border_that_nobody_was_told_of_first():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot)
            await pilot.press("right", "down", "full_stop", "u")
            assert not screen.view.editing.unsaid
            assert "undo" not in [verb for verb, _ in asked(pilot)]
            await pilot.press("u")
            assert "undo" in [verb for verb, _ in asked(pilot)]

    drive(run())


def test_a_step_is_renamed_by_one_key_of_the_tasks_list():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot)
            await pilot.press("right", "pagedown", "l", "4")
            assert screen.view.editing.steps[0].name == "place"

    drive(run())


def test_without_a_moment_the_keys_say_what_to_do_first():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot)
            await pilot.press("full_stop")
            assert not screen.view.editing.unsaid
            assert any("Pick a moment first" in note.message for note in pilot.app._notifications)

    drive(run())


def test_proposed_steps_are_shown_then_accepted_by_the_same_key():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot, labels={"steps": []})
            await pilot.press("P")
            await settled(pilot)
            if not (proposed := screen.view.editing.proposed):
                return  # the synthetic motion tells nothing; test_proposals has motions that do
            assert screen.view.editing.steps == ()
            await pilot.press("P")
            assert screen.view.editing.steps == proposed

    drive(run())


def test_while_the_next_take_runs_labels_still_go_to_the_last_one():
    async def run() -> None:
        async with running(cinema()) as pilot:
            await show(pilot, review("RECORDING", verdict="kept"))
            await pilot.press("v")
            await settled(pilot)
            screen = pilot.app.screen
            assert isinstance(screen, ReviewScreen)
            assert "RECORDING episode_000017" in text(screen, "#review-running")
            await pilot.press("4", "r")
            assert labels(pilot) == [{"score": 4}]
            assert "retake" not in [verb for verb, _ in asked(pilot)]

    drive(run())


def test_another_take_leaves_nothing_of_the_last_one_in_sight():
    async def run() -> None:
        async with running(cinema()) as pilot:
            screen = await opened(pilot)
            await pilot.press("right")
            await show(pilot, review(uuid="another", sealed=False, quality=None, labels={"instruction": "stack them"}))
            assert screen.view.reel is None and screen.view.at_ns is None
            assert "stack them" in text(screen, "#review-labels")

    drive(run())


def test_what_was_said_since_is_seen():
    async def run() -> None:
        append(film(), said(UUID, "anna", LabelSet(score=2)))
        try:
            async with running(cinema()) as pilot:
                screen = await opened(pilot)
                assert "anna: score 2" in text(screen, "#review-history")
        finally:
            sidecar_of(film()).unlink()

    drive(run())


def test_the_take_is_played():
    async def run() -> None:
        async with running(cinema()) as pilot:
            await opened(pilot)
            await pilot.press("w")
            assert isinstance(pilot.app.screen, PlayScreen)
            await pilot.press("escape")
            assert isinstance(pilot.app.screen, ReviewScreen)

    drive(run())


def test_a_watcher_may_look_and_play():
    async def run() -> None:
        async with running(cinema()) as pilot:
            await show(pilot, review(), controls=False)
            await settled(pilot)
            await pilot.press("right", "space")
            assert pilot.app.screen.query_one(TakeView).at_ns is not None
            assert "start" not in [verb for verb, _ in asked(pilot)]

    drive(run())
