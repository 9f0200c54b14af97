"""Whatever bit of a sealed episode flips and wherever it is cut: verify tells, or every value is what it was."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from collector.episode.isolated import each
from tests.collector.episode.flips import is_told, values
from tests.episodes import Faults, make_episode

FLIPS, CUTS = 40, 40


def test_no_damage_goes_unnoticed(tmp_path: Path) -> None:
    # A lost frame makes the view of the pictures a virtual data set, with an index of its own.
    whole = make_episode(tmp_path, seconds=0.1, cameras=("front",), faults=Faults(lost_frames={"front": (3,)}))
    body = np.frombuffer(whole.read_bytes(), np.uint8)
    used = np.flatnonzero(body)  # most of a small file is room that HDF5 has not filled
    rng = np.random.default_rng(5)

    def damaged() -> Iterator[Path]:
        for number, at in enumerate(rng.choice(used, FLIPS)):
            copy = body.copy()
            copy[at] ^= 1 << rng.integers(8)
            yield written(tmp_path / f"flip_{number}_at_{at}.hdf5", copy)
        for size in rng.integers(0, len(body), CUTS):
            yield written(tmp_path / f"cut_at_{size}.hdf5", body[:size])

    answers = {path.stem: answer for path, answer in each(partial(is_told, original=values(whole)), damaged(), 60.0)}
    assert not {name: answer for name, answer in answers.items() if answer not in ("told", "harmless")}
    assert all(answer == "told" for name, answer in answers.items() if name.startswith("cut"))
    assert sum(answer == "told" for answer in answers.values()) > CUTS + FLIPS // 2


def written(path: Path, body: np.ndarray) -> Path:
    path.write_bytes(body.tobytes())
    return path
