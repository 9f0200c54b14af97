"""One word for a take, what is wrong with it first, and what to do."""

from typing import Any

import pytest

from collector.labels.history import Said
from collector.remote_status import TakeTold
from collector.tui.verdict import labelled, place, standings_of, verdict
from collector.tui.widgets.figures import clock, figure_lines, finding_lines, headline_figures, history_lines
from tests.tui.statuses import take

GOOD = {"sync_p99_us": 92.0, "lost_frames": 0.0, "duration_s": 12.4, "idle_share": 0.08}
USUAL = [{"idle_share": 0.07 + 0.005 * at, "duration_s": 12.0 + 0.1 * at} for at in range(9)]


def told(**changes: Any) -> TakeTold:
    base = take(**changes)
    base["quality"] = changes.get("quality", GOOD)
    return TakeTold.model_validate(base)


def word(one: TakeTold) -> str:
    return verdict(one, standings_of(one, USUAL)).word


def test_a_take_like_the_others_is_sound():
    assert word(told()) == "SOUND TAKE"


def test_before_it_is_sealed_nothing_is_claimed():
    assert word(told(quality=None)) == "BEING SEALED"


def test_lost_frames_make_a_bad_take_and_say_what_to_do():
    one = verdict(told(quality={**GOOD, "lost_frames": 3.0}), {})
    assert one.word == "BAD TAKE"
    assert one.findings[0].text.startswith("lost frames 3")
    assert "cable" in one.findings[0].remedy


def test_what_is_unusual_for_the_task_is_to_be_looked_at():
    one = told(quality={**GOOD, "idle_share": 0.6})
    judged = verdict(one, standings_of(one, USUAL))
    assert judged.word == "LOOK AT IT"
    assert "idle 60 %" in judged.findings[0].text
    assert "usually 9 %" in judged.findings[0].text


def test_without_enough_others_nothing_is_unusual():
    one = told(quality={**GOOD, "idle_share": 0.6})
    assert verdict(one, standings_of(one, USUAL[:3])).word == "SOUND TAKE"


def test_a_take_that_a_fault_ended_is_bad_even_before_it_is_sealed():
    one = verdict(told(status="fault", problem="camera side is gone", quality=None), {})
    assert one.word == "BAD TAKE"
    assert one.findings[0].text == "ended as fault: camera side is gone"


def test_a_take_that_could_not_be_measured_is_looked_at_by_the_operator():
    assert word(told(quality={"problem": "could not be measured"})) == "LOOK AT IT"


def test_a_discarded_take_says_why():
    assert word(told(verdict="discarded", why="slipped")) == "DISCARDED: slipped"


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({}, "☆☆☆☆☆ not scored  not judged"),
        ({"score": 4, "outcome": "success"}, "★★★★☆ 4  ✔ success"),
        ({"score": 1, "outcome": "failure"}, "★☆☆☆☆ 1  ✖ failure"),
    ],
)
def test_outcome_and_score_are_told_by_symbol_and_word(labels: dict[str, Any], said: str):
    assert labelled(told(labels=labels)) == said


def test_what_becomes_of_it_is_told():
    assert [place(told(verdict=one)) for one in ("review", "kept", "discarded")] == [
        "under review", "kept", "in the trash",
    ]  # fmt: skip


def test_no_steps_are_worth_a_word():
    one = verdict(told(labels={"steps": []}), {})
    assert [finding.text for finding in one.findings] == ["no steps are marked"]
    assert one.word == "SOUND TAKE"


def test_figures_that_are_amiss_come_first_with_what_is_usual():
    one = told(quality={**GOOD, "idle_share": 0.6})
    lines = figure_lines({"sync_p99_us": 92.0, "idle_share": 0.6}, standings_of(one, USUAL), 9).plain.splitlines()
    assert lines[0].startswith("▲ idle")
    assert "usually 9 %" in lines[0]
    assert lines[1].startswith("· sync p99")


def test_more_findings_than_there_is_room_for_are_counted():
    one = told(quality={**GOOD, "lost_frames": 3.0, "sync_p99_us": 4000.0, "holds": 1.0})
    text = finding_lines(verdict(one, {}), 2, remedies=False).plain
    assert len(text.splitlines()) == 2
    assert text.endswith("and 1 more")


def test_the_figures_that_say_most_fit_one_line():
    assert headline_figures({"duration_s": 12.4, "idle_share": 0.08}) == "length 12.4 s  idle 8 %"


def test_what_was_said_is_told_newest_first_and_what_was_taken_back_stays():
    said = [
        Said(20_000_000_000, "anna", "label", {"score": 4}, True, "sidecar"),
        Said(80_000_000_000, "", "label", {"tags": ["a", "b"], "steps": [{}, {}]}, False, "sidecar"),
        Said(81_000_000_000, "anna", "undo", {"undoes": "x"}, False, "sidecar"),
    ]
    assert history_lines(said, 10_000_000_000, 9).plain.splitlines() == [
        "+1:11 anna: took it back",
        "+1:10 somebody: tags a, b, 2 steps",
        "+0:10 anna: score 4",
    ]
    assert history_lines([], 0, 9).plain == "nothing was said since it was recorded"


def test_clocks():
    assert (clock(62.9), clock(3723)) == ("1:02", "1:02:03")
