from pathlib import Path

import pytest

from collector.quality.table import GRAVEST, HEADLINE, METRICS

DOC = Path(__file__).parents[3] / "docs" / "reference" / "quality.md"


def test_the_reference_page_is_the_table() -> None:
    told = [line for line in DOC.read_text().splitlines() if line.startswith("| `")]
    assert told == [
        f"| `{m.name}` | {m.title} | {m.unit} | {m.better} | {m.shown(m.limit)} | {m.shown(m.least)} | {m.text} |"
        f" {m.remedy} |"
        for m in METRICS.values()
    ]


def test_every_figure_fits_a_line_of_the_console_and_says_what_to_do() -> None:
    for name, metric in METRICS.items():
        assert metric.name == name
        assert len(metric.title) <= 15
        assert metric.least > 0
        assert metric.text.endswith(".") and metric.remedy.endswith(".")
    assert {*HEADLINE, *GRAVEST} <= set(METRICS)
    assert len({metric.title for metric in METRICS.values()}) == len(METRICS)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("idle_share", 0.123456, "12.3 %"),
        ("sync_p99_us", 223.4, "223 us"),
        ("duration_s", 9.98333, "9.98 s"),
        ("lost_frames", 7.0, "7"),
        ("sparc", -1.7057, "-1.71"),
        ("sparc", None, "-"),
        ("lag_ms", -0.0002, "0 ms"),
        ("sent_jerk", 163.7, "164 rad/s³"),
    ],
)
def test_values_are_shown_with_their_unit_and_no_digit_too_many(name: str, value: float | None, shown: str) -> None:
    assert METRICS[name].shown(value) == shown


def test_a_limit_is_bad_on_its_bad_side_only() -> None:
    assert METRICS["lost_frames"].is_bad(3.0) and not METRICS["lost_frames"].is_bad(2.0)
    assert METRICS["joint_margin_rad"].is_bad(0.01) and not METRICS["joint_margin_rad"].is_bad(0.5)
    assert not METRICS["idle_share"].is_bad(1.0)
