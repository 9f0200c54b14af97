"""By whose leave a set may be used: what recordings say is delivered, what nobody said is asked for, never made up."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collector.export.grounds import Grounds, Leave, grounds_of, objection
from collector.export.lerobot_v21 import export_lerobot_v21
from collector.export.plan import ExportError
from tests.conftest import Clap
from tests.episodes import edited, make_episode

Told = dict[str, Any]
Make = Callable[..., Path]


@pytest.fixture(scope="module")
def short(folder: Path) -> Path:
    return make_episode(folder / "short", seed=8, seconds=0.4, cameras=("front",))


@pytest.fixture
def recorded(tmp_path: Path, short: Path) -> Make:
    """An episode of a real rig, whose provenance says so much."""

    def make(name: str, *, rig_licence: str = "", **said: str) -> Path:
        path = tmp_path / "data" / f"{name}.hdf5"
        path.parent.mkdir(exist_ok=True)
        with edited(short, path) as file:
            told = json.loads(file["provenance"].asstr()[()])
            told["rig"] |= {"virtual": None, "licence": rig_licence}
            told["provenance"] |= said
            file["provenance"][()] = json.dumps(told)
            file.attrs["episode_uuid"] = f"00000000-0000-4000-8000-{name:0>12}"
        return path

    return make


def card(out: Path) -> str:
    return (out / "README.md").read_text()


def of_each(out: Path) -> list[tuple[str, str, list[str]]]:
    sources = json.loads((out / "meta/clapboard.json").read_text())["sources"]
    return [(source["licence"], source["consent"], source["said_at_export"]) for source in sources]


def test_without_consent_nothing_is_delivered_and_it_is_said_whose(recorded: Make, tmp_path: Path) -> None:
    said, silent = recorded("1", consent="given"), recorded("2")
    with pytest.raises(ExportError, match=r"1 of 2 episodes \(2\.hdf5\) agreed.*--consent given.*consent: into"):
        export_lerobot_v21([said, silent], tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_consent_that_is_given_at_the_export_is_told_from_what_was_recorded(recorded: Make, tmp_path: Path) -> None:
    both = [recorded("1", consent="not needed"), recorded("2")]
    report = export_lerobot_v21(both, tmp_path / "set", leave=Leave(consent="given"))
    assert of_each(tmp_path / "set") == [("", "not needed", []), ("", "given", ["consent"])]
    assert report.consents == {"given": 1, "not needed": 1}
    assert "they agreed (1 recordings)" in card(tmp_path / "set")
    assert "Of 1 this was said at the export" in card(tmp_path / "set")


def test_different_licences_are_refused_or_each_is_delivered(recorded: Make, tmp_path: Path) -> None:
    both = [
        recorded("1", consent="given", licence="CC-BY-4.0"), recorded("2", consent="given", rig_licence="CC0-1.0"),
    ]  # fmt: skip
    with pytest.raises(
        ExportError, match=r"CC-BY-4\.0 \(1\), CC0-1\.0 \(1\); export them apart, or .*--mixed-licences"
    ):
        export_lerobot_v21(both, tmp_path / "set", leave=Leave(licence="MIT"))
    report = export_lerobot_v21(both, tmp_path / "set", leave=Leave(mixed=True))
    assert [licence for licence, _, _ in of_each(tmp_path / "set")] == ["CC-BY-4.0", "CC0-1.0"]
    assert report.licences == {"CC-BY-4.0": 1, "CC0-1.0": 1}
    told = card(tmp_path / "set")
    assert 'license: ["cc-by-4.0", "cc0-1.0"]' in told
    assert "CC-BY-4.0 (1 recordings); CC0-1.0 (1 recordings). Which episode has which" in told


def test_one_without_a_licence_does_not_get_that_of_the_others(recorded: Make, tmp_path: Path) -> None:
    both = [recorded("1", consent="given", licence="CC0-1.0"), recorded("2", consent="given")]
    for leave in (Leave(), Leave(mixed=True)):
        with pytest.raises(ExportError, match=r"1 of 2 episodes \(2\.hdf5\) have no licence.*CC0.*--licence"):
            export_lerobot_v21(both, tmp_path / "set", leave=leave)
    export_lerobot_v21(both, tmp_path / "set", leave=Leave(licence="CC0-1.0"))
    assert of_each(tmp_path / "set") == [("CC0-1.0", "given", []), ("CC0-1.0", "given", ["licence"])]
    assert "license: cc0-1.0\n" in card(tmp_path / "set")


def test_a_set_without_any_licence_says_so(recorded: Make, tmp_path: Path) -> None:
    export_lerobot_v21([recorded("1", consent="given")], tmp_path / "set")
    assert "license:" not in card(tmp_path / "set")
    assert "none was given: ask whoever recorded it" in card(tmp_path / "set")


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"rig": {"virtual": {}, "licence": "CC0-1.0"}}, Grounds("CC0-1.0", "not needed", ())),
        ({"rig": {}, "task": {"consent": "given", "licence": "MIT"}, "provenance": None}, Grounds("MIT", "given", ())),
        ({"rig": {"licence": "A"}, "provenance": {"licence": "B"}, "task": {"licence": "C"}}, Grounds("B", "", ())),
        ({"rig": {}, "provenance": {"consent": "maybe"}}, Grounds("", "", ())),
    ],
)
def test_the_plan_comes_before_the_tasks_file_and_that_before_the_rigs(told: Told, found: Grounds) -> None:
    assert grounds_of(told, Leave()) == found


def test_of_many_only_some_are_named() -> None:
    silent = {Path(f"episode_{n:06d}.hdf5"): Grounds("", "", ()) for n in range(9)}
    assert "episode_000004.hdf5 and 4 more" in objection(silent, Leave())


def test_the_command_says_it_and_refuses_what_is_no_consent(
    clap: Clap, recorded: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = recorded("1")

    def sound(paths: list[Path], *_: object) -> tuple[list[Path], dict[str, str]]:
        return paths, {}  # its digests are those before it was edited

    monkeypatch.setattr("collector.export.guard.sound_episodes", sound)
    code, _, told = clap("export", "lerobot", path, tmp_path / "set")
    assert code == 2 and "--consent given" in told
    code, _, told = clap("export", "lerobot", path, tmp_path / "set", "--consent", "yes")
    assert code == 2 and "--consent yes: one of 'given', 'not needed'" in told
