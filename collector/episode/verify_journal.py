"""Is a journal that is not sealed yet whole? Every checksum and every number; nothing is written."""

from pathlib import Path

from collector.episode.findings import Report
from collector.episode.foreign import NotAnEpisode, require_file
from collector.episode.images import require_jpeg
from collector.episode.journal_reader import Damage, JournalError, Scan, scan
from collector.episode.segments import segments
from collector.episode.verify_frames import rows_text

_LOCKS = Path("/proc/locks")  # man 5 proc_locks


def examine_journal(path: Path) -> Report:
    """All about one journal and its further segments. One that is being recorded or sealed is left alone."""
    try:
        files = segments(path) or [path]
        for file in files:
            require_file(file)
        if any(map(in_use, files)):
            return Report(path, note="is being recorded or sealed, so it was not checked")
        with scan(path) as found:
            problems = [*_damage(found), *_frames(found)]
            sound = tuple(f"{name}: {len(rows)} rows" for name, rows in found.rows.items()) if problems else ()
            cut = "" if found.end else ", its recording was cut off"
            return Report(path, tuple(problems), sound=sound, note=f"is not sealed yet{cut}: clap salvage seals it")
    except (JournalError, NotAnEpisode) as error:
        return Report(path, (str(error),))
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        return Report(path, (f"cannot be read as a journal: {error}",))


def _damage(found: Scan) -> list[str]:
    """Stretches that hold no record, and rows that were counted and are not there."""
    problems = [
        f"{d.size} bytes at {d.offset}{_segment(d)} are damaged, with {_records(d.records)}" for d in found.damage
    ]
    declared: dict[str, int] = found.end["counts"] if found.end else {}
    counts = {name: len(rows) for name, rows in found.rows.items()}
    return problems + [
        f"{name} has {counts.get(name, 0)} rows, {count} were recorded"
        for name, count in declared.items()
        if counts.get(name, 0) != count
    ]


def _segment(damage: Damage) -> str:
    return f" of segment {damage.segment}" if damage.segment else ""


def _records(count: int) -> str:
    return "an unknown number of records" if count < 0 else f"{count} records"


def _frames(found: Scan) -> list[str]:
    cameras = found.meta.rig_config.cameras
    problems: list[str] = []
    for name, jpegs in found.jpegs.items():
        camera = cameras[name.rpartition("/")[2]]
        damaged = [row for row, jpeg in enumerate(jpegs) if not _is_jpeg(jpeg, (camera.height, camera.width))]
        if damaged:
            count = f"{len(damaged)} of {len(jpegs)} frames"
            problems.append(f"{name} has {count} that are no whole JPEG of that camera: {rows_text(damaged)}")
    return problems


def _is_jpeg(jpeg: memoryview, shape: tuple[int, int]) -> bool:
    try:
        require_jpeg(jpeg, shape)
    except ValueError:
        return False
    return True


def in_use(path: Path) -> bool:
    """Does the recorder or the finaliser hold the lock of a file? To try the lock could make one of them fail."""
    inode = f":{path.stat().st_ino}"
    return any(word.endswith(inode) for line in _LOCKS.read_text().splitlines() for word in line.split())
