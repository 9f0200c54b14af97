"""The record screen in every state: what it looks like, and that what it says is what is so."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content
from textual.pilot import Pilot

from collector.remote_status import RunningTold, Status
from collector.tui import record_text as text
from collector.tui.cues import cue
from collector.tui.keys import CueConfig, KeyConfig
from collector.tui.state_word import SYMBOLS, Kind, word_of
from collector.tui.widgets.banner import Banner
from collector.tui.widgets.field import Field
from collector.tui.widgets.key_line import key_lines
from collector.tui.widgets.letters import large
from collector.tui.widgets.previews import Previews
from collector.tui.widgets.timeline import parts, planned, timeline
from tests.tui.conftest import console, drive, running, show
from tests.tui.pictures import StillLive
from tests.tui.statuses import LAST, arm, at, running_take, status, take

KEY = KeyConfig().shown
FAR = [0.31, -0.02, 0.61, 0.01, 0.0, -0.12, 0.0]
FULL = "the disk is full; free some room"


def _arm(teleop: str, **more: Any) -> dict[str, Any]:
    return {"arm-right": arm(teleop, **more)}


STATES: dict[str, tuple[str, Status]] = {
    "READY": ("ready", status("ARMED")),
    "START IN 3": ("count", status("ARMED", starts_in_s=2.4)),
    "AT REST": ("held", status("ARMED", processes=_arm("IDLE"))),
    "ALIGN": ("count", status("ARMED", processes=_arm("ALIGN", error=FAR, reason="Joint 3 is +0.61 rad off."))),
    "HOLD": ("held", status("ARMED", processes=_arm("HOLD", error=FAR, reason="The leader moved."))),
    "CLUTCHED": ("held", status("ARMED", processes=_arm("HOLD", cause="clutched"))),
    "ROBOT FAULT": ("fault", status("ARMED", processes=_arm("FAULT", reason="The robot stopped: reflex."))),
    "RECORDING": ("recording", status("RECORDING")),
    "REC HOLD": ("held", status("RECORDING", processes=_arm("HOLD", error=FAR, reason="The leader moved."))),
    "PAUSED": (
        "held",
        status("RECORDING", processes={"capture": {"recording": {"paused": FULL}}}, warnings=[f"paused: {FULL}"]),
    ),
    "FAULT": ("fault", status("FAULT")),
    "REVIEW": ("review", status("REVIEW")),
    "STARTING": ("wait", status("STARTING")),
    "NOT ARMED": ("wait", status("IDLE")),
}
ON_RECORD = [name for name in STATES if name not in ("REVIEW", "STARTING", "NOT ARMED")]
BUSY = status(
    "RECORDING",
    warnings=["cameras/side: 3 frames lost; check its cable"],
    notice="No take has begun: the robots do not follow.",
    watchers=["bert"],
    backlog={"pending": 2, "bytes": 900_000_000, "left_s": 94.0},
    take={"labels": {"notes": [{"t_ns": at(4.2), "text": "the cube slipped a little"}]}},
    review={"labels": {"score": 4, "outcome": "success", "tags": ["wet", "left hand"]}},
)


async def _pictures(pilot: Pilot[None]) -> None:
    pilot.app.live = live = StillLive()
    previews = pilot.app.screen.query_one(Previews)
    previews.attend(live.cameras)
    await pilot.pause()
    previews.look(live)


# -- looks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ON_RECORD)
def test_every_state_at_the_usual_size(snap: Any, name: str) -> None:
    snap("textual-dark", (120, 40), status("ARMED"), STATES[name][1], then=_no_flash)


@pytest.mark.parametrize("name", ["READY", "ALIGN", "FAULT"])
def test_at_the_smallest_size_the_essentials_are_there(snap: Any, name: str) -> None:
    snap("textual-dark", (80, 24), status("ARMED"), STATES[name][1], then=_no_flash)


def test_recording_at_each_size_in_each_look(snap: Any, look: str, size: tuple[int, int]) -> None:
    snap(look, size, BUSY, then=_pictures, options={"pictures": "half"})


def test_a_watcher_sees_that_it_watches(snap: Any) -> None:
    snap("textual-dark", (80, 24), status("RECORDING", control={"name": "bert"}), controls=False)


def test_a_daemon_that_is_gone(snap: Any, look: str) -> None:
    async def lose(pilot: Pilot[None]) -> None:
        pilot.app.on_lost(_lost("no daemon listens at /run/user/1000/clapboard-1000/virtual.sock"))
        await pilot.pause()

    snap(look, (80, 24), status("RECORDING"), then=lose)


def _lost(why: str) -> Any:
    from collector.tui.messages import Lost

    return Lost(why)


async def _no_flash(pilot: Pilot[None]) -> None:
    for banner in pilot.app.screen.query(Banner):
        banner.remove_class("-flash")


# -- the word ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STATES)
def test_the_state_is_one_word_with_a_symbol_and_a_way_on(name: str) -> None:
    kind, told = STATES[name]
    word = word_of(told, KEY)
    assert (word.text, word.kind) == (name, kind)
    assert word.says


def test_no_two_kinds_of_state_share_a_symbol() -> None:
    kinds: list[Kind] = ["wait", "ready", "count", "recording", "held", "review", "fault"]
    assert len({SYMBOLS[kind] for kind in kinds}) == len(kinds)


def test_the_word_says_which_key_helps() -> None:
    assert word_of(STATES["READY"][1], KEY).says.startswith("space ")
    assert " a:" in word_of(STATES["HOLD"][1], KEY).says
    assert "e resets" in word_of(STATES["FAULT"][1], KEY).says
    assert "stops by itself in 13 s" in word_of(STATES["RECORDING"][1], KEY).says


def test_the_arm_that_is_worst_speaks_for_all_and_is_named() -> None:
    told = status("ARMED", processes={"arm-left": arm("HOLD", reason="The leader moved."), "arm-right": arm("FOLLOW")})
    word = word_of(told, KEY)
    assert word.text == "HOLD" and word.says.startswith("left: ")


@given(st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:./- ○▶◆●‖■✖x", min_size=1, max_size=20))
def test_large_letters_are_three_rows_of_one_width(word: str) -> None:
    rows = large(word)
    assert len(rows) == 3
    assert len({len(row) for row in rows}) == 1


def test_the_words_fit_the_smallest_terminal() -> None:
    for kind, told in STATES.values():
        word = word_of(told, KEY)
        assert len(large(f"{SYMBOLS[kind]} {word.text}")[0]) <= 78, word  # pyright: ignore


# -- steps -------------------------------------------------------------------------------------------


def _running(**changes: Any) -> RunningTold:
    return RunningTold.model_validate(running_take(**changes))


def test_steps_are_told_with_the_present_one_its_time_and_the_next() -> None:
    told = [(p.name, p.phase, p.begin_s, p.lasts_s) for p in parts(_running())]
    assert told == [
        ("reach", "done", 0.0, 3.2), ("grasp", "now", pytest.approx(3.2), pytest.approx(4.1)),
        ("carry", "next", None, None), ("place", "later", None, None),
    ]  # fmt: skip


def test_the_first_step_goes_on_from_the_start() -> None:
    assert [(p.name, p.phase) for p in parts(_running(marks=[], next_step="grasp"))][:2] == [
        ("reach", "now"),
        ("grasp", "next"),
    ]


def test_a_step_of_another_name_is_told_where_it_came() -> None:
    marks = [{"name": "grasp", "t_ns": at(3.2)}, {"name": "wait", "t_ns": at(5.0)}]
    assert [p.name for p in parts(_running(marks=marks))] == ["reach", "grasp", "wait", "carry", "place"]


def test_a_task_without_steps_shows_what_was_marked() -> None:
    assert [p.name for p in parts(_running(steps=[], next_step="", marks=[]))] == []
    assert planned(()) == ()


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 29), st.integers(12, 60))
def test_the_present_step_is_always_in_sight(count: int, rows: int, now: int, width: int) -> None:
    steps = [f"step {n}" for n in range(count)]
    now = min(now, count - 1)
    marks = [{"name": name, "t_ns": at(n + 1.0)} for n, name in enumerate(steps[1 : now + 1])]
    take = _running(steps=steps, marks=marks, elapsed_s=40.0, next_step=steps[now + 1] if now + 1 < count else "")
    lines = str(timeline(parts(take), width, rows, "m")).splitlines()
    assert len(lines) <= rows
    assert any(f"▶ {steps[now]}"[: width - 10] in line for line in lines)


# -- the other words ---------------------------------------------------------------------------------


def test_what_is_new_in_the_scene_is_marked() -> None:
    assert "▸blue cylinder◂" in str(text.scene(status("ARMED"), 120))
    assert "pose left" in str(text.scene(status("ARMED"), 120))
    running = str(text.scene(status("RECORDING"), 120))
    assert "blue cylinder" in running.partition("then")[0] and "▸red cube◂" in running.partition("then")[2]


def test_the_rate_is_of_this_session_and_is_not_told_too_early() -> None:
    assert text.rate_an_hour(status("ARMED")) == pytest.approx(15 / 1212.4 * 3600)
    early = status("ARMED", review={"began_utc_ns": 1_790_000_000_000_000_000 - 1_190_000_000_000})
    assert text.rate_an_hour(early) is None
    assert text.rate_an_hour(status("ARMED", review=None)) is None


def test_a_label_that_came_late_is_seen_to_have_come() -> None:
    assert "not scored" in str(text.last_take(status("RECORDING")))
    told = str(text.last_take(BUSY))
    assert "4/5 success" in told and "#wet #left hand" in told
    assert "fault: " in str(text.last_take(status("FAULT")))


def test_little_room_on_the_disk_a_backlog_and_no_plan_are_said() -> None:
    assert "disk 12 min" in str(text.machine(status("ARMED", disk={"minutes": 12.0})))
    assert "sealing 2, 1:34 left" in str(text.machine(BUSY))
    assert "no task yet" in str(text.instruction(status("ARMED", plan=None)))
    assert str(text.scene(status("ARMED", plan=None), 120)) == ""


def test_what_undo_would_take_back_is_always_there() -> None:
    assert str(text.undoable(status("RECORDING").undo, KEY)) == "u undoes step grasp"
    assert str(text.undoable((), KEY)) == "nothing to undo"


def test_words_of_people_are_never_taken_for_markup() -> None:
    told = status("ARMED", notice="see [bold]this[/bold]", plan={"instruction": "pick [red] up"})
    assert "[bold]this[/bold]" in str(text.troubles(told))
    assert "pick [red] up" in str(text.instruction(told))


@given(st.integers(20, 200), st.integers(1, 3), st.integers(0, 20))
def test_keys_that_do_not_fit_are_left_out_but_never_help_and_leaving(width: int, rows: int, count: int) -> None:
    first = [(chr(97 + n), f"action {n}", "") for n in range(count)]
    last = [("?", "help", ""), ("q", "detach", "")]
    lines = str(key_lines(first, last, width, rows)).splitlines()
    assert all(len(line) <= width for line in lines)
    assert "help" in "".join(lines) and "detach" in "".join(lines)


# -- cues --------------------------------------------------------------------------------------------


def test_start_stop_step_hold_and_fault_are_cues_and_nothing_else_is() -> None:
    ready, recording, review, fault = (status(s) for s in ("ARMED", "RECORDING", "REVIEW", "FAULT"))
    again = status("RECORDING", take={"uuid": LAST})
    marked = status("RECORDING", take={"marks": [*running_take()["marks"], {"name": "carry", "t_ns": at(7.0)}]})
    held = status("RECORDING", processes=_arm("HOLD"))
    assert cue(None, recording) is None
    assert cue(recording, recording) is None
    assert cue(ready, recording) == "start"
    assert cue(recording, again) == "start"
    assert cue(recording, marked) == "step"
    assert cue(marked, recording) is None
    assert cue(recording, review) == "stop"
    assert cue(recording, held) == "hold"
    assert cue(held, held) is None
    assert cue(recording, status("RECORDING", processes=_arm("HOLD", cause="released"))) is None
    assert cue(recording, fault) == "fault"
    assert cue(fault, fault) is None


@pytest.mark.parametrize(("cues", "rings"), [(CueConfig(), 1), (CueConfig(bell=False, flash=False), 0)])
def test_cues_ring_and_flash_unless_they_are_off(monkeypatch: pytest.MonkeyPatch, cues: CueConfig, rings: int) -> None:
    async def test() -> None:
        monkeypatch.setattr("collector.tui.widgets.banner._FLASH_S", 3600.0)
        app = console(keys=KeyConfig(cues=cues))
        rung: list[bool] = []
        monkeypatch.setattr(app, "bell", lambda: rung.append(True))
        async with running(app) as pilot:
            await show(pilot, status("ARMED"), status("RECORDING"))
            assert len(rung) == rings
            assert pilot.app.screen.query_one(Banner).has_class("-flash") == bool(rings)

    drive(test())


def test_a_flash_is_over_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        monkeypatch.setattr("collector.tui.widgets.banner._FLASH_S", 0.001)
        async with running(console()) as pilot:
            await show(pilot, status("ARMED"))
            banner = pilot.app.screen.query_one(Banner)
            banner.flash()
            while banner.has_class("-flash"):
                await asyncio.sleep(0.001)

    drive(test())


def test_what_the_robot_does_is_told_at_once_and_so_is_every_figure_of_it() -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, status("RECORDING"), status("RECORDING"), STATES["REC HOLD"][1])
            told = str(pilot.app.screen.query_one("#robots", Field).content)
            assert "HOLD" in told and "turn leader joint 3" in told

    drive(test())


# -- cost --------------------------------------------------------------------------------------------


def test_a_status_that_says_the_same_draws_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with running(console()) as pilot:
            await show(pilot, *[BUSY] * 6)
            drawn: list[Content] = []
            monkeypatch.setattr(Field, "update", lambda self, content, **_: drawn.append(content))
            await show(pilot, *[BUSY] * 3)
            assert [str(content) for content in drawn if "lag" not in str(content)] == []

    drive(test())


def test_the_next_camera_is_one_key_away_where_there_is_room_for_one() -> None:
    async def test() -> None:
        async with running(console(pictures="half"), (80, 24)) as pilot:
            await show(pilot, status("RECORDING"))
            await _pictures(pilot)
            previews = pilot.app.screen.query_one(Previews)
            shown = [preview.camera for preview in previews.query(".-picked")]
            await pilot.press("w")
            assert shown != [preview.camera for preview in previews.query(".-picked")]
            assert len(previews.query(".-picked")) == 1

    drive(test())


def test_a_take_of_a_session_is_what_the_statuses_say() -> None:
    assert take()["labels"]["steps"][-1]["end_ns"] == take()["ended_ns"]
