import os
from pathlib import Path

import pytest

from tests.episodes import NAME, make_episode, make_journal


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are not synced: these tests kill processes, not the power, and a busy disk must not slow them."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: None)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_episode(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("recorded") / f"{NAME}.journal"
    make_journal(path, seconds=1.0)
    return path.read_bytes()


@pytest.fixture
def journal(tmp_path: Path, recorded: bytes) -> Path:
    path = tmp_path / f"{NAME}.journal"
    path.write_bytes(recorded)
    return path
