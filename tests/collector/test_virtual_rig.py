"""What a client may ask of the virtual rig's world, and of a real rig not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from collector.session import NotNow
from collector.virtual_rig import VirtualRig
from hardware.config import RigConfig
from hardware.open import attach_world

ROOT = Path(__file__).parents[2]
RIG = RigConfig.model_validate(yaml.safe_load((ROOT / "configs/rigs/virtual.yaml").read_text()))


@pytest.fixture
def virtual() -> Iterator[VirtualRig]:
    virtual = VirtualRig(RIG, None)
    yield virtual
    virtual.close()


def test_the_operator_takes_the_board_as_told(virtual: VirtualRig) -> None:
    world = attach_world(virtual.rig)
    told: list[tuple[str, int]] = []
    try:
        for words in (
            {"holder": "held", "camera": "wrist"},
            {"holder": "gripped", "arm": "right"},
            {"holder": "laid", "camera": "front"},
            {"holder": "table"},
        ):
            assert virtual.verbs()["board"](**words) == {"holder": words["holder"]}
            told.append((world.board.last.holder, world.board.last.by))
    finally:
        world.close()
    assert told == [("held", list(virtual.rig.cameras).index("wrist")), ("gripped", 0), ("laid", 0), ("table", 0)]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"holder": "pocket"}, "table, held, laid or gripped"),
        ({"holder": "held", "camera": "top"}, "no camera 'top'; this rig has front, side, wrist"),
        ({"holder": "held"}, "no camera ''"),
        ({"holder": "gripped", "arm": "third"}, "no arm 'third'; this rig has right"),
    ],
)
def test_who_cannot_have_it_is_named(virtual: VirtualRig, words: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        virtual.verbs()["board"](**words)


def test_a_real_rigs_operator_is_asked_by_nobody() -> None:
    real = VirtualRig(RIG.model_copy(update={"virtual": None}), None)
    with pytest.raises(NotNow, match="take the board yourself"):
        real.verbs()["board"](holder="held", camera="front")
    with pytest.raises(NotNow, match="faults"):
        real.verbs()["inject"](faults=[])
    real.close()
