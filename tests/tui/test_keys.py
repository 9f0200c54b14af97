"""Key maps: whoever writes one finds out at once what is wrong with it, and by it the same actions have other keys."""

from pathlib import Path

import pytest
import yaml
from textual.widgets import Static

from collector.tui.actions import ACTIONS, on_screen
from collector.tui.keys import KeyConfig, bindings, load_keys
from collector.tui.keys_file import default_file
from collector.tui.presses import Presses
from hardware.load import ConfigError
from tests.tui.conftest import asked, console, drive, running, show
from tests.tui.statuses import status

FILES = sorted(Path("configs/keys").glob("*.yaml"))


def _file(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def test_every_action_has_a_key_a_label_and_a_tooltip_on_each_of_its_screens() -> None:
    for screen in ("preflight", "record", "review", "browse", "play"):
        bound = {binding.action: binding for binding in bindings(screen)}
        assert [action.name for action in on_screen(screen)] == list(bound)
        assert all(binding.key and binding.description and binding.tooltip for binding in bound.values())


def test_a_take_needs_no_more_than_six_different_presses() -> None:
    keys = KeyConfig()
    assert [keys.of(name) for name in ("toggle", "step", "score_4")] == [("space",), ("m",), ("4",)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_key_maps_that_come_with_it_are_read(path: Path) -> None:
    assert load_keys(path).cues.bell


def test_the_default_file_says_what_is_so_without_a_file() -> None:
    path = Path("configs/keys/default.yaml")
    assert path.read_text() == default_file(), "write it anew: python -m collector.tui.keys_file > that file"
    told, given = load_keys(path), KeyConfig()
    assert set(yaml.safe_load(path.read_text())["keys"]) == {action.name for action in ACTIONS}
    assert {a.name: told.of(a.name) for a in ACTIONS} == {a.name: given.of(a.name) for a in ACTIONS}
    assert told.cues == given.cues


def test_actions_that_a_file_does_not_name_keep_their_keys(tmp_path: Path) -> None:
    keys = load_keys(_file(tmp_path, "keys: {step: [f9, '+', 7]}"))
    assert keys.of("step") == ("f9", "plus", "7")
    assert keys.of("toggle") == ("space",)
    assert keys.shown("step") == "f9"


def test_one_key_needs_no_list(tmp_path: Path) -> None:
    assert load_keys(_file(tmp_path, "keys: {retake: F7}")).of("retake") == ("f7",)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("keys: {stepp: [x]}", ["keys.stepp", "no such action", "step", "toggle"]),
        ("keys: {step: [kp_9]}", ["keys.step", "'kp_9'", "f1 to f24"]),
        ("keys: {step: []}", ["keys.step"]),
        ("keys: {step: [true]}", ["keys.step"]),
        ("keys: {step: [r]}", ["'r' is given twice", "step", "retake"]),
        ("key: {step: [r]}", ["key", "did you mean 'keys'", "cues"]),
        ("cues: {bell: loud}", ["cues.bell", "loud"]),
        ("keys: [step]", ["keys"]),
    ],
)
def test_what_is_wrong_is_named_with_file_key_and_what_is_allowed(tmp_path: Path, text: str, named: list[str]) -> None:
    path = _file(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_keys(path)
    assert all(word in str(caught.value) for word in [str(path), *named]), str(caught.value)


def test_a_key_may_do_two_things_that_are_never_wanted_at_once(tmp_path: Path) -> None:
    assert load_keys(_file(tmp_path, "keys: {arm: [i], disarm: [i]}")).of("arm") == ("i",)


def test_what_resets_can_be_no_key_that_arms(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'e' is given twice, to reset and to arm"):
        load_keys(_file(tmp_path, "keys: {arm: [e]}"))


def test_a_key_that_is_held_is_one_press_and_one_pressed_again_is_another() -> None:
    presses = Presses()
    held = [presses.held(["space"], 0.75, now) for now in (0.0, 0.5, 0.533, 0.566, 0.6)]
    assert held == [False, True, True, True, True]
    assert not presses.held(["space"], 0.75, 1.5)
    assert not presses.held(["m"], 0.4, 1.5)


def test_a_key_that_is_held_is_one_press_whatever_it_does_by_now() -> None:
    presses = Presses()
    assert not presses.held(["i"], 0.75, 0.0)
    assert presses.held(["enter", "i"], 0.75, 0.5)
    assert not presses.held(["k"], 0.75, 0.6)


def test_a_pedal_starts_marks_and_throws_away() -> None:
    async def test() -> None:
        async with running(console(keys=load_keys(Path("configs/keys/pedal.yaml")))) as pilot:
            await show(pilot, status("ARMED"))
            await pilot.press("f8")
            await show(pilot, status("RECORDING"))
            await pilot.press("f9", "m", "f7")
            assert asked(pilot) == [("start", {}), ("step", {}), ("step", {}), ("retake", {})]

    drive(test())


def test_a_key_that_was_taken_from_an_action_does_nothing_any_more(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(console(keys=load_keys(_file(tmp_path, "keys: {step: [f9]}")))) as pilot:
            await show(pilot, status("RECORDING"))
            await pilot.press("m")
            assert asked(pilot) == []

    drive(test())


def test_the_line_of_keys_shows_the_map_in_use() -> None:
    async def test() -> None:
        async with running(console(keys=load_keys(Path("configs/keys/pedal.yaml")))) as pilot:
            await show(pilot, status("RECORDING"))
            line = str(pilot.app.screen.query_one("#keys", Static).content)
            assert " f8  stop" in line and " f9  mark step" in line

    drive(test())


def test_the_page_about_keys_shows_a_map_that_is_read(tmp_path: Path) -> None:
    page = Path("docs/how-to/keys-and-pedals.md").read_text()
    keys = load_keys(_file(tmp_path, page.partition("```yaml\n")[2].partition("```")[0]))
    assert keys.of("toggle") == ("f8", "space") and not keys.cues.bell and keys.cues.flash
    assert all(f"configs/keys/{path.name}" in page for path in FILES)
