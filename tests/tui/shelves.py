"""A folder's catalogue with a session of forty, one of them the real episode of films.py."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from collector.episode.catalogue import Catalogue
from collector.episode.catalogue_row import Row
from collector.episode.catalogue_sealed import sealed_row
from tests.tui.films import film, folder

SESSION = "5e551011-0000-4000-8000-000000000001"
BEGAN_NS = 1_790_000_000_000_000_000
SCENE = '{"lighting": "lamp", "object": "green cube", "pose": "left"}'


def row(number: int, **changes: object) -> Row:
    """An episode as they mostly are."""
    base = Row(
        path=f"episode_{number:06d}.hdf5", state="sealed", uuid=f"uuid-{number:04d}", number=number, session=SESSION,
        session_started_utc_ns=0, task="pick_cube", instruction="pick up the red cube", operator="anna",
        started_utc_ns=BEGAN_NS - (1000 - number) * 95_000_000_000, duration_s=9 + number % 6 * 0.7, status="complete",
        outcome="failure" if number % 5 < 2 else "success", score=1.0 + number % 5,
        tags=("slipped",) if number % 7 == 0 else (), scene=SCENE.replace("green", "red"),
    )  # fmt: skip
    return replace(base, **changes)


@lru_cache(maxsize=1)
def shelf() -> Path:
    """The folder."""
    real = replace(sealed_row(film()), session=SESSION, started_utc_ns=BEGAN_NS, task="pick_cube", scene=SCENE)
    rows = [real, *(row(number) for number in range(200, 236))]
    rows += [
        row(236, state="recorded", path="episode_000236.journal", status=None, outcome=None, score=None, tags=()),
        row(237, problem="is no HDF5 file that can be read", task=None, operator=None, status=None, scene=None),
        row(238, state="trashed", path=".trash/episode_000238.hdf5", discarded_why="wrong object", discarded_by="anna"),
        row(239, session="an-older-one", operator="ben"),
    ]
    with Catalogue(folder()) as catalogue, catalogue.writing():
        catalogue.replace(rows)
    return folder()
