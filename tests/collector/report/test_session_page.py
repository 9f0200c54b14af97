"""A session's summary as people read it: on the screen, and as a page."""

import re
from functools import cache
from html.parser import HTMLParser

from collector.report.session_lines import clock, summary_lines
from collector.report.session_page import session_page
from collector.session_summary import summarise
from tests.collector.session_rows import discarded, morning, take

FACTORS = {"object": ("red cube", "green cube"), "start": ("near left", "near right", "far left", "far right")}


def drawn() -> str:
    return session_page(summarise(morning(), FACTORS), morning())


page = cache(drawn)


def test_the_lines_fit_a_small_terminal_and_say_what_matters() -> None:
    lines = summary_lines(summarise(morning(), FACTORS))
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    for words in (
        "20: 15 kept, 5 discarded (4 retake, 1 knocked over)", "87% of 15, score 4.1",
        "red cube 10, green cube 5", "no kept take of start far right", "worse       robot lag: 64 ms -> 92 ms",
    ):  # fmt: skip
        assert words in " ".join(text.split()) or words in text


def test_a_session_without_takes_is_one_line() -> None:
    assert summary_lines(summarise([])) == ["No take was recorded in this session."]
    assert "No take was recorded" in session_page(summarise([]), [])


def test_warnings_name_what_should_not_be_used_unseen() -> None:
    rows = [take(0, 0, status="fault"), take(1, 20, override="no board", outcome=None), discarded(2, 40, "")]
    text = " ".join(" ".join(summary_lines(summarise(rows))).split())
    assert "1 kept take ended as fault" in text
    assert "1 kept take recorded without a valid certificate" in text
    assert "1 no reason given" in text
    assert "1 kept without an outcome" in text


def test_lengths_are_told_as_people_say_them() -> None:
    assert [clock(s) for s in (None, 0, 59.4, 60, 200, 7500)] == [
        "-", "0 s", "59 s", "1 min 00 s", "3 min 20 s", "2 h 05 min",
    ]  # fmt: skip


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "path", "use", "img", "image", "rect"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_from_elsewhere() -> None:
    text = page()
    tags = _Tags()
    tags.feed(text)
    assert tags.open == []
    assert not re.search(r'(src|href)="(?!#|data:)', text)
    assert text.count("<svg") == 2


def test_the_page_tells_every_take_and_what_became_of_it() -> None:
    text = page()
    assert all(f"episode_{number:06}<" in text for number in range(20))
    assert "discarded: knocked over" in text
    assert "red cube, near left" in text


def test_what_goes_wrong_comes_with_its_remedy() -> None:
    text = page()
    assert '<span class="verdict fail">worse</span></td><td>robot lag</td>' in text


def test_words_of_people_are_no_html() -> None:
    rows = [discarded(0, 0, "<script>alert(1)</script>", scene={"<b>": "<i>"}), take(1, 20, tags=("<u>",))]
    text = session_page(summarise(rows), rows)
    assert not {"<script>alert", "<b>", "<i>", "<u>"} & set(re.findall(r"<[^>]+>", text))


def test_the_page_is_the_same_for_the_same_session() -> None:
    assert _plain(page()) == _plain(drawn())


def _plain(text: str) -> str:
    """Without the names that the plots give their parts."""
    return re.sub(r'(id="|#|url\(#)[a-z]?[0-9a-f]{10}', "", text)
