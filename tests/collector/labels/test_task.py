"""Task files: what they may say, and what a user is told of one that says it wrongly."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.labels.task import TaskConfig, filled, slots_in
from hardware.load import ConfigError, load

ROOT = Path(__file__).parents[3]
TASKS = sorted((ROOT / "configs/tasks").glob("*.yaml"))

SLOTTED = "name: t\ninstruction: pick up the {object}\nslots: {object: [red cube, green cube]}\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "task.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: t\ninstruction: pick up the {objekt}\nslots: {object: [cube]}\n",
         "instruction: 'pick up the {objekt}' has {objekt}, which slots does not list; there are: object"),
        (SLOTTED + "paraphrases: ['take the {thing}']\n", "paraphrases: 'take the {thing}' has {thing}"),
        (SLOTTED + "scene: {object: [cube]}\n", "scene.object: slots lists object too"),
        ("name: t\ninstruction: tidy up\nslots: {object: [cube]}\n",
         "slots.object: no instruction says {object}; say it, or list it under scene"),
        ("name: t\ninstruction: pick up the {object\n", "expected '}' before end of string; write {{ and }}"),
        ("name: t\ninstruction: pick up the {}\n", "{} is no slot; write a name alone in braces, as {object}"),
        ("name: t\ninstruction: pick up the {object:>9}\nslots: {object: [cube]}\n", "write a name alone in braces"),
        ("name: t\ninstruction: tidy up\nscene: {lamp: [on, off]}\n", 'scene.lamp.0 = True: write it in quotes'),
        ("name: t\ninstruction: tidy up\nscene: {lamp: [a, b, a]}\n", "lamp lists 'a' twice"),
        ("name: t\ninstruction: tidy up\nscene: {lamp: []}\n", "at least 1 item"),
        ("name: t\ninstruction: tidy up\nsteps: [open, close, open]\n", "'open' stands there twice"),
        ("name: t\ninstruction: tidy up\ngoal: 0\n", "goal = 0"),
        ("name: t\ninstruction: tidy up\nauto_stopp: true\n", "did you mean 'auto_stop'?"),
        ("name: t\ninstruction: tidy up\nconsent: maybe\n", "'given' or 'not needed'"),
        ("name: Pick Cube\ninstruction: tidy up\n", "name = 'Pick Cube'"),
        ("name: t\n", "instruction: is required and missing"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_explained_with_its_name_and_key(tmp_path: Path, text: str, says: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as told:
        load(TaskConfig, path)
    assert says in str(told.value)
    assert str(told.value).startswith(str(path))


@pytest.mark.parametrize("path", TASKS, ids=lambda path: path.stem)
def test_every_task_that_we_ship_is_usable(path: Path) -> None:
    task = load(TaskConfig, path)
    assert task.name == path.stem
    scene = {name: values[0] for name, values in task.factors.items()}
    language = task.language(scene)
    for text in (language["instruction"], *language.get("paraphrases", ())):
        assert "{" not in text
        assert all(scene[slot] in text for slot in slots_in(task.instruction) if text == language["instruction"])


def test_a_take_is_labelled_with_its_scenes_words(tmp_path: Path) -> None:
    text = SLOTTED + "paraphrases: ['grab the {object}']\nscene: {light: [lamp]}\n"
    task = load(TaskConfig, written(tmp_path, text))
    scene = {"object": "red cube", "light": "lamp"}
    assert task.language(scene) == {
        "instruction": "pick up the red cube", "paraphrases": ["grab the red cube"], "scene": scene,
    }  # fmt: skip
    assert list(task.factors) == ["object", "light"]


def test_a_task_without_slots_says_its_instruction_and_no_more() -> None:
    task = TaskConfig(name="t", instruction="fold the towel {{twice}}")
    assert task.language({}) == {"instruction": "fold the towel {twice}"}


def test_an_instruction_can_be_told_before_its_scene_is_known() -> None:
    task = TaskConfig.model_validate({"name": "t", "instruction": "take the {object}", "slots": {"object": ["cube"]}})
    assert task.told({}) == "take the object"


def test_words_with_a_slot_that_is_not_told_label_nothing() -> None:
    """A policy that is told "take the object" would learn that it means the red cube."""
    told = {"name": "t", "instruction": "take the {object}", "slots": {"object": ["cube"], "way": ["up"]}}
    task = TaskConfig.model_validate(told | {"paraphrases": ["grab it", "grab the {object}", "take it {way}"]})
    assert (task.untold({}), task.untold({"way": "up"}), task.untold({"object": "cube"})) == (("object",),) * 2 + ((),)
    assert task.language({}) == {"instruction": "", "paraphrases": ["grab it"]}
    assert task.language({"object": "cube"})["paraphrases"] == ["grab it", "grab the cube"]


@given(st.text(max_size=40))
def test_a_template_is_refused_in_words_or_can_be_filled(template: str) -> None:
    try:
        names = slots_in(template)
    except ValueError as error:
        assert "write" in str(error)
        return
    assert all(f"<{name}>" in filled(template, {name: f"<{name}>" for name in names}) for name in names)


@given(st.text(max_size=40))
def test_words_with_their_braces_doubled_are_told_as_they_are(words: str) -> None:
    assert filled(words.replace("{", "{{").replace("}", "}}"), {}) == words


def test_the_page_on_task_files_tells_every_key_and_the_right_default() -> None:
    page = (ROOT / "docs/how-to/task-file.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| `")]
    told = {name.strip("`"): row[-1] for row in rows for name in row[0].split(", ")}
    assert set(told) == set(TaskConfig.model_fields)
    for name, default in told.items():
        if default.replace(".", "").isdigit():
            assert TaskConfig.model_fields[name].default == float(default)
