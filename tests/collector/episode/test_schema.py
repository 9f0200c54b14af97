from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from calibration.embed import embedded
from calibration.store import Store
from collector.episode.schema import ATTRIBUTES, DATASETS, Entry, entry_for
from hardware import rows
from hardware.config import RigConfig
from tests.calibration.results import lens_result, mount_result
from tests.episodes import Faults, make_episode, rig_config
from tests.robots import base, make_robot_episode, robots, servo_follower

DOC = Path(__file__).parents[3] / "docs" / "reference" / "episode-format.md"


def calibrated(folder: Path) -> dict[str, dict[str, Any]]:
    """What a daemon embeds of a rig whose front and wrist cameras are calibrated, and one key more."""
    store, rig = Store(folder / "store"), RigConfig.model_validate(rig_config())
    lens = {name: lens_result(name, serial=rig.cameras[name].serial, size=(64, 64)) for name in ("front", "wrist")}
    front = mount_result(serial=rig.cameras["front"].serial, intrinsics="of another lens")
    wrist = mount_result("wrist", kind="hand-eye", serial=rig.cameras["wrist"].serial)
    for result in (*lens.values(), front, wrist):
        store.save(result, result.camera)
    told = embedded(store, rig)
    return told | {"front": told["front"] | {"focus": [1.0]}}


def documented(entries: tuple[Entry, ...]) -> list[str]:
    return [f"| `{e.path}` | {e.dtype} | {e.shape} | {e.unit} | {e.text} |" for e in entries]


@pytest.mark.parametrize("entries", [DATASETS, ATTRIBUTES], ids=["datasets", "attributes"])
def test_the_reference_page_is_the_schema(entries: tuple[Entry, ...]) -> None:
    expected = documented(entries)
    sign = {entry: "@" in entry.path for entry in entries}
    told = [
        line
        for line in DOC.read_text().splitlines()
        if line.startswith("| `/") and ("@" in line.split("`")[1]) == sign[entries[0]]
    ]
    assert told == expected


@pytest.mark.parametrize(
    ("stream", "row"),
    [
        ("trigger", rows.EDGE),
        ("cameras/<camera>", rows.FRAME),
        ("leaders/<leader>", rows.leader_row(7)),
        ("arms/<arm>", rows.arm_row(7, read=True)),
        ("grippers/<gripper>", rows.GRIPPER),
        ("commands/<arm>", rows.command_row(7)),
        ("bases/<base>", rows.base_row(2)),
        ("drive/<base>", rows.DRIVE),
    ],
)
def test_streams_are_the_rows_of_the_hardware(stream: str, row: np.dtype[np.void]) -> None:
    declared = {e.path.rpartition("/")[2]: e for e in DATASETS if e.path.startswith(f"/streams/{stream}/")}
    declared = {name: e for name, e in declared.items() if not name.startswith("jpeg")}
    assert list(declared) == list(row.names or ())
    for name, entry in declared.items():
        kind, _ = (row[name].subdtype or (row[name], ()))[:2]
        assert np.dtype(entry.dtype) == kind


def test_a_file_holds_what_the_schema_declares_and_no_more(tmp_path: Path) -> None:
    rig = robots({"right": servo_follower(6, "right", gripper=True)}, {"base": base("vx", "wz")})
    labels = {"outcome": "success", "steps": [], "notes": []}
    files = [
        make_episode(tmp_path / "lossy", labels=labels, faults=Faults(lost_frames={"side": (9,)})),
        make_robot_episode(tmp_path / "mobile", rig, seconds=0.5),
        make_episode(tmp_path / "calibrated", labels=labels, calibration=calibrated(tmp_path)),
    ]
    seen: set[str] = set()
    attributes: set[str] = set()

    def visit(group: h5py.Group, path: str) -> None:
        attributes.update(f"{path or '/'}@{name}" for name in group.attrs)
        for name, item in group.items():
            if isinstance(item, h5py.Group):
                visit(item, f"{path}/{name}")
                continue
            attributes.update(f"{path}/{name}@{attribute}" for attribute in item.attrs)
            entry = entry_for(f"{path}/{name}")
            assert entry is not None, f"{path}/{name}"
            assert item.ndim == (1 + entry.shape.count(", ") if "," in entry.shape else item.ndim)
            seen.add(entry.path)

    for path in files:
        with h5py.File(path) as file:
            visit(file, "")
    assert seen == {entry.path for entry in DATASETS}
    for entry in ATTRIBUTES:
        where = entry.path
        for kind, name in (("stream", "cameras/front"), ("camera", "front"), ("array", "qpos"), ("key", "history")):
            where = where.replace(f"<{kind}>", name)
        assert where in attributes, where
