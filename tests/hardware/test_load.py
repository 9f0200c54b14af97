"""A rig file that is wrong says where, what and what would be right."""

from pathlib import Path

import pytest

from hardware.config import RigConfig
from hardware.load import ConfigError, load

RIGS = Path(__file__).parents[2] / "configs/rigs"
VIRTUAL = RIGS / "virtual.yaml"


@pytest.mark.parametrize("path", sorted(RIGS.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_rig_file_loads(path: Path) -> None:
    assert load(RigConfig, path).name == path.stem


def test_an_override_replaces_one_key_and_keeps_the_rest() -> None:
    rig = load(RigConfig, VIRTUAL, ("virtual.seed=7", "cameras.front.exposure_us=3000"))
    assert rig.virtual is not None
    assert rig.virtual.seed == 7
    assert rig.cameras["front"].exposure_us == 3000
    assert rig.cameras["side"].exposure_us == 4000


@pytest.mark.parametrize(
    ("override", "parts"),
    [
        ("virtual.sede=7", ("virtual.sede", "did you mean 'seed'", "allowed: ")),
        ("cameras.front.exposre_us=3", ("cameras.front.exposre_us", "did you mean 'exposure_us'")),
        ("cameras.front.exposure_us=9000", ("cameras.front", "9000", "at most 8333")),
        ("cameras.front.driver=webcam", ("cameras.front", "webcam", "realsense")),
        ("trigger.mode=both", ("trigger.mode = 'both'", "'listen' or 'drive'")),
        ("virtual.box.ppm=fast", ("virtual.box.ppm = 'fast'", "number")),
        ("followers.right.leader=left", ("followers.right.leader", "'left'", "['right']")),
        ("cameras.front.sync=slave", ("exactly one camera with sync master",)),
        ("nonsense=1", ("nonsense", "allowed: ")),
    ],
)
def test_a_wrong_key_or_value_is_named_with_file_and_remedy(override: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        load(RigConfig, VIRTUAL, (override,))
    text = str(caught.value)
    assert "virtual.yaml" in text
    for part in parts:
        assert part in text


def test_an_override_without_value_shows_how_to_write_one() -> None:
    with pytest.raises(ConfigError, match=r"key\.path=value"):
        load(RigConfig, VIRTUAL, ("virtual.seed",))


@pytest.mark.parametrize("text", ["- a list", "a: [unclosed", ""])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"rig\.yaml"):
        load(RigConfig, path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        load(RigConfig, tmp_path / "none.yaml")
