"""What was done last comes back first, ten deep; what cannot be taken back now stays, what never can goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.session import NotNow
from collector.undo import NoWayBack, Undo


def done(undo: Undo, name: str, of: str = "a", log: list[str] | None = None) -> None:
    def back() -> dict[str, str]:
        if log is not None:
            log.append(name)
        return {"state": "ARMED"}

    undo.did(name, of, back)


@given(st.lists(st.text(min_size=1), max_size=30))
def test_the_last_ten_come_back_newest_first(names: list[str]) -> None:
    undo, log = Undo(), list[str]()
    for name in names:
        done(undo, name, log=log)
    assert undo.told() == names[::-1][:10]
    for name in names[::-1][:10]:
        assert undo.undo() == {"state": "ARMED", "undone": name}
    with pytest.raises(NotNow, match="nothing to undo"):
        undo.undo()
    assert log == names[::-1][:10]


def test_what_cannot_be_taken_back_now_can_be_later() -> None:
    undo, busy = Undo(), [True]

    def back() -> dict[str, str]:
        if busy[0]:
            raise NotNow("a take is running")
        return {}

    undo.did("keeping x", "a", back)
    with pytest.raises(NotNow, match="running"):
        undo.undo()
    busy[0] = False
    assert undo.undo()["undone"] == "keeping x"


def test_what_can_never_be_taken_back_does_not_keep_the_rest_from_it() -> None:
    undo = Undo()
    done(undo, "score of x")

    def back() -> dict[str, str]:
        raise NoWayBack("x was purged")

    undo.did("discarding x", "a", back)
    with pytest.raises(NoWayBack):
        undo.undo()
    assert undo.told() == ["score of x"]


def test_what_a_take_no_longer_allows_is_dropped_alone() -> None:
    undo = Undo()
    for name, of in (("step reach", "a"), ("score of a", "a"), ("step reach", "b")):
        done(undo, name, of)
    undo.drop("a", "step")
    assert undo.told() == ["step reach", "score of a"]
    undo.drop("a")
    assert undo.told() == ["step reach"]
    undo.clear()
    assert undo.told() == []
