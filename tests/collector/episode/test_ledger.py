"""Whatever the daemon does with episodes, and wherever it is killed: the catalogue says what the files say."""

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.strategies import booleans, integers, sampled_from

from collector.episode import trash
from collector.episode.burial import files_of
from collector.episode.catalogue import NAME, Catalogue
from collector.episode.catalogue_refresh import refresh
from collector.episode.catalogue_row import Row
from collector.episode.catalogue_sealed import indexed, sealed_row
from collector.episode.ledger import Ledger
from collector.episode.tombstone import tombstones
from collector.labels import sidecar
from tests.collector.episode import small
from tests.collector.labels import saying


def by_files(folder: Path) -> set[Row]:
    with Catalogue(None) as catalogue:
        return set(refresh(folder, catalogue, index=small.in_this_process, afresh=True).rows)


def by_catalogue(folder: Path) -> set[Row]:
    with Catalogue(folder) as catalogue:
        return set(catalogue.rows())


def seal(journal: Path) -> dict[str, Any]:
    """As the finalise process does; its report."""
    meta = metadata_of(journal)
    path = small.sealed(journal.with_suffix(".hdf5"), meta | {"labels": {"outcome": "success", "score": 4}})
    for left in journal.parent.glob(f"{journal.name}*"):
        left.unlink()
    return indexed(path).to_dict()


def metadata_of(journal: Path) -> dict[str, Any]:
    data = journal.read_bytes()
    return json.loads(data[data.index(b"{") :])


class Days(RuleBasedStateMachine):
    """Takes are begun, sealed, discarded, restored and purged; kills fall between any two steps on files."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = Path(self.scratch.name)
        self.ledger = Ledger(self.folder, self.folder / "log")
        self.begun = 0
        self.numbers: set[str] = set()
        self.is_told = True
        self.said = 0
        self.scores: dict[str, int] = {}

    def teardown(self) -> None:
        self.ledger.close()
        self.scratch.cleanup()

    def live(self, *ends: str) -> list[Path]:
        found = [path for path in sorted(self.folder.glob("episode_*")) if path.suffix in ends]
        graves = {grave.stem for grave in tombstones(self.folder).values()}
        return [path for path in found if path.stem not in graves]

    @rule(is_told=booleans(), segments=integers(0, 1))
    def begin(self, is_told: bool, segments: int) -> None:
        self.begun += 1
        path = self.ledger.next_path()
        assert path.name not in self.numbers
        small.journal(path, small.metadata(self.begun))
        if segments:
            small.journal(path.with_name(f"{path.name}.1"), small.metadata(self.begun))
        self.numbers.add(path.name)
        self.is_told &= is_told
        if is_told:
            self.ledger.begun(path)

    @precondition(lambda self: self.live(".journal"))
    @rule(is_told=booleans())
    def finalise(self, is_told: bool) -> None:
        told = seal(self.live(".journal")[0])
        self.is_told &= is_told
        if is_told:
            self.ledger.sealed(told)

    @precondition(lambda self: self.live(".journal", ".hdf5"))
    @rule(which=integers(0, 9), score=integers(1, 5), is_told=booleans())
    def label(self, which: int, score: int, is_told: bool) -> None:
        paths = self.live(".journal", ".hdf5")
        path = paths[which % len(paths)]
        self.said += 1
        sidecar.append(path, saying.label(self.said, episode=self.uuid(path), score=score))
        self.scores[self.uuid(path)] = score
        self.is_told &= is_told and path.suffix == ".hdf5"  # of a journal it is heard once it is sealed
        if is_told and path.suffix == ".hdf5":
            self.ledger.relabelled(sealed_row(path).to_dict())

    @precondition(lambda self: self.live(".journal", ".hdf5"))
    @rule(which=integers(0, 9))
    def discard(self, which: int) -> None:
        paths = self.live(".journal", ".hdf5")
        uuid = self.uuid(paths[which % len(paths)])
        self.ledger.discard(paths[which % len(paths)], uuid, "operator-1", "slipped")

    @precondition(lambda self: self.live(".journal"))
    @rule(then=sampled_from(["buried", "killed", "pardoned"]))
    def discard_while_it_is_sealed(self, then: str) -> None:
        journal = self.live(".journal")[-1]
        uuid = self.uuid(journal)
        self.ledger.condemn(journal, uuid, "operator-1", "slipped")
        self.agree()
        if then == "pardoned":
            assert self.ledger.pardon(uuid) == journal
        told = seal(journal)
        if then == "killed":
            self.is_told = False
            return
        self.ledger.sealed(told)
        self.agree()
        self.ledger.bury(uuid)
        self.ledger.settle()
        assert journal.with_suffix(".hdf5").exists() == (then == "pardoned")

    @rule()
    def the_disk_is_done_with_it(self) -> None:
        self.ledger.settle()

    def graves(self) -> list[Row]:
        """What was discarded and is in the trash."""
        graves = tombstones(self.folder).values()
        return [grave.row for grave in graves if files_of(self.folder / ".trash", grave.stem)]

    @precondition(lambda self: self.graves())
    @rule(which=integers(0, 9), is_named=booleans())
    def restore(self, which: int, is_named: bool) -> None:
        row = self.graves()[which % len(self.graves())]
        if row.purged_utc_ns is not None:
            return
        assert row.path is not None and row.uuid is not None
        path = self.ledger.pardon(Path(row.path).stem if is_named else row.uuid[:13])
        assert path.parent == self.folder
        assert self.uuid(path) == row.uuid

    @precondition(lambda self: self.graves() and self.is_told)
    @rule(which=integers(0, 9), is_killed=booleans())
    def purge(self, which: int, is_killed: bool) -> None:
        rows = [row for row in by_catalogue(self.folder) if row.state == "trashed"]
        chosen = list(trash.purgeable(self.folder, sorted(rows, key=str)[which % 10 :], time.time_ns()))
        kept = {path: path.read_bytes() for row in chosen if row.path for path in [self.folder / row.path]}
        trash.purge(self.folder, chosen, time.time_ns())
        self.is_told = False  # another process did it
        for path, data in kept.items() if is_killed else ():  # before the files went
            path.write_bytes(data)
        gone = {row.uuid for row in by_files(self.folder) if row.state == "purged" and row.path is None}
        assert {row.uuid for row in chosen} <= gone

    @rule(is_lost=booleans())
    def kill_the_daemon_and_start_it_again(self, is_lost: bool) -> None:
        if is_lost:
            (self.folder / NAME).unlink(missing_ok=True)
        self.ledger = Ledger(self.folder, self.folder / "log")
        self.is_told = True
        graves = tombstones(self.folder).values()
        assert not [path for grave in graves for path in files_of(self.folder, grave.stem)]

    @invariant()
    def agree(self) -> None:
        """The catalogue that was kept is the one that the files give."""
        if self.ledger.problem:  # files have to be opened: another process does this
            with Catalogue(self.folder) as catalogue:
                refresh(self.folder, catalogue, index=small.in_this_process)
            self.ledger.problem = ""
            self.is_told = True
        if self.is_told:
            assert by_catalogue(self.folder) == by_files(self.folder)

    @invariant()
    def nothing_is_lost(self) -> None:
        known = {row.uuid for row in by_files(self.folder)}
        assert known == {small.uuid(seed) for seed in range(1, self.begun + 1)}

    @invariant()
    def labels_stay_with_their_episode(self) -> None:
        told = {row.uuid: row.score for row in by_files(self.folder) if row.state in ("recorded", "sealed")}
        assert {uuid: told[uuid] for uuid in self.scores if uuid in told} == {
            uuid: score for uuid, score in self.scores.items() if uuid in told
        }

    def uuid(self, path: Path) -> str:
        if path.suffix == ".hdf5":
            return str(indexed(path).uuid)
        return metadata_of(path)["episode_uuid"]


TestDays = Days.TestCase
TestDays.settings = settings(max_examples=12, stateful_step_count=20)


def test_the_number_of_a_purged_episode_is_not_used_again(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, tmp_path / "log")
    journal = small.journal(ledger.next_path(), small.metadata(1))
    ledger.begun(journal)
    ledger.discard(journal, small.uuid(1), "operator-1", "slipped")
    ledger.settle()
    with Catalogue(tmp_path) as catalogue:
        trash.purge(tmp_path, trash.purgeable(tmp_path, catalogue.rows(), time.time_ns()), time.time_ns())
    assert [path.suffix for path in (tmp_path / ".trash").iterdir()] == [".json"]
    assert ledger.next_path().name == "episode_000001.journal"
    assert Ledger(tmp_path, tmp_path / "log").next_path().name == "episode_000001.journal"
