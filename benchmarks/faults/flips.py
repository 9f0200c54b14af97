"""One bit flipped: in a journal it costs its record at most; in a sealed episode it is found, or changes nothing."""

import random
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path

import h5py
import numpy as np

from benchmarks.faults.board import Board
from benchmarks.faults.cut import held
from benchmarks.faults.judge import judge_episode, judge_journal
from benchmarks.faults.outcome import Run
from benchmarks.faults.place import SMALL, finalise_of, journal_of, pictures, place
from collector.episode.isolated import Unreadable, each
from collector.episode.record import HEADER_BYTES, Record, records
from collector.episode.verify import verify

_SECONDS = 0.2
_TIMEOUT_S = 20.0
_FOUND, _MISSED = "found", "missed"


def journal_flips(count: int) -> Iterator[Run]:
    """Anywhere in a journal."""
    whole, dice = journal_of(_SECONDS, SMALL), random.Random(2)
    for _ in range(count):
        yield _flip_journal(whole, dice.randrange(len(whole)), dice.randrange(8))


def _flip_journal(whole: bytes, at: int, bit: int) -> Run:
    run, board = Run(), Board()
    valid = [record for record in records(whole) if isinstance(record, Record)]
    board.offered[:] = held(valid)
    spared = held([r for r in valid if not r.offset - HEADER_BYTES <= at < r.offset + r.size])
    with place() as where:
        where.journal.write_bytes(_flipped(whole, at, bit))
        found = judge_journal(run, where.journal, spared, board.offered, pictures(SMALL))
        made = where.recover(run)
        if made is not None:
            judge_episode(run, made, found.counts, pictures(SMALL), losses=True)
        where.judge_earlier(run)
    return run


def sealed_flips(count: int) -> Iterator[Run]:
    """Anywhere in a sealed episode with small pictures: most of it is HDF5's own structure."""
    whole, dice = finalise_of(_SECONDS, SMALL), random.Random(3)
    with place() as where:
        true = where.data / "true.hdf5"
        true.write_bytes(whole)
        truth = digest(true)
        assert _examined(true, truth) == "", "the whole file must pass"
        damaged = [where.data / f"flipped_{n}.hdf5" for n in range(count)]
        for path in damaged:
            path.write_bytes(_flipped(whole, dice.randrange(len(whole)), dice.randrange(8)))
        for path, told in each(partial(_examined, truth=truth), damaged, _TIMEOUT_S):
            run = Run(note=_how(told))
            run.require("I3", run.note != _MISSED, f"{path.name} passes as sound, yet differs in {told}")
            where.judge_earlier(run)
            yield run


def _how(told: str | Unreadable) -> str:
    match told:
        case Unreadable():
            return "refused"
        case "":
            return "no difference: space that nobody reads"
        case str() if told == _FOUND:
            return "found by verify"
        case _:
            return _MISSED


def _examined(path: Path, truth: dict[str, str]) -> str:
    """_FOUND by verify, empty where nothing differs, else what does."""
    if verify(path):
        return _FOUND
    found = digest(path)
    return ", ".join(sorted(name for name in truth.keys() | found.keys() if truth.get(name) != found.get(name)))


def digest(path: Path) -> dict[str, str]:
    """A hash of the value of every data set and attribute, by name."""
    found: dict[str, str] = {}

    def attributes(name: str, item: h5py.Group | h5py.Dataset) -> None:
        for key, value in item.attrs.items():
            found[f"{name}@{key}"] = _hash(value)

    def walk(group: h5py.Group, name: str) -> None:
        attributes(name, group)
        for key in group:
            item, inner = group[key], f"{name}/{key}"
            if isinstance(item, h5py.Group):
                walk(item, inner)
            else:
                attributes(inner, item)
                found[inner] = _hash(item[()])

    with h5py.File(path) as file:
        walk(file, "")
    return found


def _hash(value: object) -> str:
    array = np.asarray(value)
    return sha256(repr((array.dtype, array.shape, array.tolist() if array.dtype == object else "")).encode()
                  + (b"" if array.dtype == object else array.tobytes())).hexdigest()  # fmt: skip


def _flipped(whole: bytes, at: int, bit: int) -> bytes:
    changed = bytearray(whole)
    changed[at] ^= 1 << bit
    return bytes(changed)
