"""What people type is kept as one clean line, whatever they typed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collector.labels.task import TaskConfig
from collector.words import clean, objection


@given(st.text(st.characters(codec=None)), st.integers(1, 40))
def test_a_clean_line_can_be_written_anywhere(text: str, most: int) -> None:
    line = clean(text, most)
    assert len(line) <= most
    assert line == line.strip()
    assert line.isprintable()
    assert json.loads(json.dumps(line)) == line
    line.encode()
    assert clean(line, most) == line


def test_words_stay_as_they_are() -> None:
    assert clean("  grasp the\tKäsekästchen \n") == "grasp the Käsekästchen"
    assert clean(7) == "7"
    assert clean("a\0b") == "a b"


def test_an_objection_names_the_key() -> None:
    with pytest.raises(ValidationError) as error:
        TaskConfig.model_validate({"name": "Pick Cube", "instruction": "do it"})
    assert objection("task", error.value).startswith("task.name: ")
    assert "\n" not in objection("task", error.value)
