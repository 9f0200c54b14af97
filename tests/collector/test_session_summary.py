"""What a session's summary tells of takes kept and discarded, their pace and their quality."""

import json
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.session_summary import figures_of, latest_session, summarise
from collector.session_trend import LEAST_TAKES, mann_kendall, trends
from tests.collector.session_rows import BEGAN_NS, discarded, morning, take


def test_a_session_without_takes_has_a_summary_too() -> None:
    empty = summarise([])
    assert (empty.all.takes, empty.began_utc_ns, empty.pace.takes_h, empty.all.success_rate) == (0, None, None, None)
    json.dumps(empty.to_dict())


def test_takes_are_counted_with_why_they_were_thrown_away() -> None:
    told = summarise(morning())
    assert (told.all.takes, told.all.kept, told.all.discarded) == (20, 15, 5)
    assert told.discards == {"retake": 4, "knocked over": 1}
    assert (told.all.successes, told.all.failures) == (13, 2)
    assert told.all.success_rate == pytest.approx(13 / 15)
    assert told.all.recorded_s == pytest.approx(200) and told.all.kept_s == pytest.approx(150)


def test_rates_count_from_the_first_begin_to_the_last_end_and_gaps_leave_breaks_out() -> None:
    pace = summarise([take(0, 0), take(1, 30), discarded(2, 60), take(3, 3590)]).pace
    assert pace.span_s == pytest.approx(3600)
    assert (pace.takes_h, pace.kept_h, pace.kept_min_h) == pytest.approx((4, 3, 0.5))
    assert (pace.gap_s, pace.breaks, pace.breaks_s) == (pytest.approx(20), 1, pytest.approx(3520))


def test_one_take_has_no_pace() -> None:
    pace = summarise([take(0, 0)]).pace
    assert (pace.span_s, pace.takes_h, pace.gap_s) == (10, None, None)


def test_self_tests_are_no_takes() -> None:
    rows = [take(0, 0), replace(take(1, 20), purpose="selftest"), discarded(2, 40, purpose="selftest")]
    assert summarise(rows).all.takes == 1


def test_what_is_not_known_yet_is_counted_as_that() -> None:
    journal = take(1, 20, None, state="recorded", outcome=None, score=None, status=None)
    told = summarise([take(0, 0), journal, take(2, 40, status="fault", override="no board")])
    assert (told.all.kept, told.unsealed, told.unlabelled, told.overridden) == (3, 1, 1, 1)
    assert told.endings == {"fault": 1}
    assert told.all.kept_s == 20
    assert told.all.scored == 2


def test_the_task_tells_which_scenes_are_missing() -> None:
    rows = [take(0, 0, scene={"object": "cube"}), discarded(1, 20, scene={"object": "ball"})]
    assert summarise(rows).coverage == {"object": {"cube": 1}}
    factors = {"object": ("ball", "cube"), "lamp": ("warm",)}
    assert summarise(rows, factors).coverage == {"object": {"ball": 0, "cube": 1}, "lamp": {"warm": 0}}


def test_operators_and_tasks_are_told_apart() -> None:
    rows = [take(0, 0), take(1, 20, operator="ben", outcome="failure"), take(2, 40, operator="ben"), discarded(3, 60)]
    told = summarise(rows)
    assert {name: (tally.takes, tally.kept) for name, tally in told.by_operator.items()} == {
        "anna": (2, 1), "ben": (2, 2),
    }  # fmt: skip
    assert told.by_operator["ben"].success_rate == 0.5
    assert list(told.by_task) == ["pick_cube"]


def test_the_last_session_is_the_one_begun_last() -> None:
    assert latest_session([take(0, 0, session="new"), take(1, -500, session="old")]) == "new"
    assert latest_session([]) is None


@given(st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_of_the_rows_is_of_no_matter(chance: random.Random) -> None:
    rows = morning()
    chance.shuffle(rows)
    assert summarise(rows) == summarise(morning())


def test_figures_are_numbers_that_are_known() -> None:
    quality = {"sparc": -1.5, "lag_ms": None, "odd": "many", "flag": True, "worse": float("nan")}
    assert figures_of(take(0, 0, quality=quality)) == {"sparc": -1.5, "score": 4.0}


def test_a_figure_that_goes_one_way_is_told_with_what_is_bad_about_it() -> None:
    told = {trend.metric.name: trend.verdict for trend in summarise(morning()).trends}
    assert told == {"idle_share": "worse", "lag_ms": "worse", "score": "worse"}


def test_the_bad_news_come_first() -> None:
    takes = [{"idle_share": 0.5 - 0.03 * n, "lag_ms": 60.0 + 5 * n, "duration_s": 10.0 + n} for n in range(12)]
    assert [trend.verdict for trend in trends(takes)] == ["worse", "changed", "better"]


def test_what_is_too_little_to_matter_is_no_trend() -> None:
    assert trends([{"lag_ms": 60.0 + 0.1 * n} for n in range(20)]) == []


def test_few_takes_make_no_trend() -> None:
    takes = [{"lag_ms": 60.0 + 20 * n} for n in range(LEAST_TAKES)]
    assert len(trends(takes)) == 1
    assert trends(takes[1:]) == []


def test_trends_are_those_of_the_task_with_most_takes() -> None:
    mixed = [take(n, 20 * n, task="a" if n < 9 else "b", quality={"lag_ms": 20.0 + 10 * (n >= 9)}) for n in range(17)]
    assert summarise(mixed).trends == ()


def test_noise_makes_hardly_a_trend() -> None:
    chance = random.Random(0)
    sessions = 400
    found = Counter(abs(mann_kendall([chance.gauss(0, 1) for _ in range(20)])) >= 2.58 for _ in range(sessions))
    assert found[True] <= 0.03 * sessions  # 1 in 100, and the luck of 400


def test_kendalls_figure_agrees_with_the_textbooks() -> None:
    # Hand count: 10 values, all pairs rise but those of the swapped neighbours; variance 10*9*25/18 = 125.
    assert mann_kendall([2, 1, 4, 3, 6, 5, 8, 7, 10, 9]) == pytest.approx((45 - 2 * 5 - 1) / 125**0.5)


@given(st.lists(st.integers(0, 5), min_size=2, max_size=15))
def test_backwards_a_rise_is_a_fall(values: list[int]) -> None:
    assert mann_kendall(values) == -mann_kendall(values[::-1])


def test_equal_values_go_nowhere() -> None:
    assert mann_kendall([3.0] * 9) == 0.0


def test_the_summary_can_be_kept_as_json() -> None:
    told = json.loads(json.dumps(summarise(morning()).to_dict()))
    assert told["began_utc_ns"] == BEGAN_NS
    assert told["by_operator"]["anna"]["kept"] == 15
    assert {trend["metric"] for trend in told["trends"]} == {"idle_share", "lag_ms", "score"}
