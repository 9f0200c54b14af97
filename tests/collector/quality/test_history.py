import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.episode.catalogue_row import Row
from collector.quality import METRICS, against, history_of, instants_in, remarks
from collector.quality.history import ENOUGH, figures_in

NUMBERS = st.one_of(st.none(), st.floats(-1e6, 1e6))
FIGURES = st.dictionaries(st.sampled_from(sorted(METRICS)), NUMBERS)


def takes(*values: float, name: str = "idle_share") -> list[dict[str, float | None]]:
    return [{name: value} for value in values]


def row(quality: dict[str, Any] | None, **changes: Any) -> Row:
    told = {"task": "pick_cube", "status": "complete", "purpose": "record", **changes}
    return Row("episode_000000.hdf5", "sealed", quality=None if quality is None else json.dumps(quality), **told)


def test_a_take_like_the_others_is_usual_and_one_unlike_them_is_not() -> None:
    history = takes(0.10, 0.12, 0.11, 0.13, 0.12, 0.10, 0.14)
    assert against(history, {"idle_share": 0.15})["idle_share"]["verdict"] == "usual"
    found = against(history, {"idle_share": 0.45})["idle_share"]
    assert found["verdict"] == "unusual" and found["worse"]
    assert found["median"] == 0.12 and found["takes"] == 7
    assert found["z"] > 3.5


def test_what_is_unusually_good_is_not_worse() -> None:
    found = against(takes(*[0.5] * 9), {"idle_share": 0.01})["idle_share"]
    assert (found["verdict"], found["worse"]) == ("unusual", False)
    assert against(takes(*[-2.0] * 9, name="sparc"), {"sparc": -9.0})["sparc"]["worse"]
    assert against(takes(*[10.0] * 9, name="duration_s"), {"duration_s": 2.0})["duration_s"]["worse"]


def test_neither_a_bad_take_among_the_others_nor_equal_ones_break_the_yardstick() -> None:
    spoiled = takes(0.10, 0.12, 0.11, 0.95, 0.12, 0.10, 0.90)
    assert against(spoiled, {"idle_share": 0.6})["idle_share"]["verdict"] == "unusual"
    equal = against(takes(*[0.0] * 20, name="lost_frames"), {"lost_frames": 2.0})["lost_frames"]
    assert equal["z"] == 2.0


def test_with_few_takes_nothing_is_said() -> None:
    assert against(takes(*[0.1] * (ENOUGH - 1)), {"idle_share": 0.9}) == {}
    unknown: list[dict[str, float | None]] = [{"idle_share": None}, {}]
    assert against(takes(*[0.1] * (ENOUGH - 1)) + unknown, {"idle_share": 0.9}) == {}
    assert against(takes(*[0.1] * ENOUGH), {"idle_share": None}) == {}


@given(st.lists(FIGURES, max_size=12), FIGURES)
def test_whatever_the_figures_the_answer_is_finite_and_has_a_remedy(
    history: list[dict[str, float | None]], figures: dict[str, float | None]
) -> None:
    standings = against(history, figures)
    json.dumps(standings, allow_nan=False)
    for remark in remarks(figures, standings):
        assert remark.remedy and METRICS[remark.name].title in remark.text
        assert remark.kind == "bad" or standings[remark.name]["worse"]


def test_what_is_bad_by_itself_comes_first_and_once_and_needs_no_history() -> None:
    history = [{"lost_frames": 0.0, "idle_share": 0.1, "duration_s": 10.0} for _ in range(10)]
    figures = {"idle_share": 0.4, "duration_s": 40.0, "lost_frames": 7.0}
    found = remarks(figures, against(history, figures))
    assert [(remark.name, remark.kind) for remark in found] == [
        ("lost_frames", "bad"), ("duration_s", "unusual"), ("idle_share", "unusual"),
    ]  # fmt: skip
    assert found[0].text == "lost frames 7, usually 0"
    assert found[2].text == "idle 40 %, usually 10 %"
    assert [remark.name for remark in remarks(figures, {})] == ["lost_frames"]


def test_of_what_is_bad_that_comes_first_which_spoiled_the_rest() -> None:
    figures = {"lost_frames": 9.0, "sync_p99_us": 1500.0, "invalid_steps_share": 0.9, "not_following_share": 0.9}
    assert [remark.name for remark in remarks(figures, {})] == [
        "not_following_share", "invalid_steps_share", "sync_p99_us", "lost_frames",
    ]  # fmt: skip


def test_the_history_is_of_the_tasks_good_takes_newest_first() -> None:
    rows = [
        row({"idle_share": 0.1}, uuid="a", started_utc_ns=1),
        row({"idle_share": 0.3, "problem": "x", "made_up": 1}, uuid="c", started_utc_ns=3),
        row({"idle_share": 0.2}, uuid="b", started_utc_ns=2, outcome="success"),
        row({"idle_share": 0.9}, uuid="d", task="stack"),
        row({"idle_share": 0.9}, uuid="e", outcome="failure"),
        row({"idle_share": 0.9}, uuid="f", status="interrupted"),
        row({"idle_share": 0.9}, uuid="g", purpose="selftest"),
        row(None, uuid="h"),
        row({"idle_share": 0.9}, uuid="now"),
    ]
    found = history_of(rows, "pick_cube", but="now")
    assert found == [{"idle_share": 0.3}, {"idle_share": 0.2}, {"idle_share": 0.1}]


def test_a_remark_says_when_it_was() -> None:
    figures: dict[str, float | None] = {"peak_force_n": 30.0, "longest_blind_s": 0.2}
    at_s = instants_in({**figures, "at": {"longest_blind_s": 6.13, "odd": 1, "holds": "x"}})
    assert at_s == {"longest_blind_s": 6.13}
    (found,) = remarks(figures, {}, at_s)
    assert (found.text, found.at_s) == ("longest blind 0.2 s at 6.1 s", 6.13)
    assert instants_in(None) == instants_in({"at": [1]}) == {}


def test_two_rigs_are_not_one() -> None:
    rows = [row({"idle_share": 0.1}, rig="one"), row({"idle_share": 0.9}, rig="two")]
    own = row(None, uuid="now", rig="one")
    assert history_of([*rows, own], "pick_cube", but="now") == [{"idle_share": 0.1}]
    assert len(history_of(rows, "pick_cube")) == len(history_of(rows, "pick_cube", but="elsewhere")) == 2


@pytest.mark.parametrize(
    "text", [None, "", "null", "[1]", "no JSON", '{"idle_share": "often"}', '{"idle_share": true}']
)
def test_a_column_that_holds_something_else_tells_nothing(text: str | None) -> None:
    assert set(figures_in(text).values()) <= {None}
