"""The index of a folder of episodes: one SQLite file, rebuildable from the files, never the truth itself."""

import json
import os
import sqlite3
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from collector.episode.catalogue_query import Query
from collector.episode.catalogue_row import FIELDS, Row
from collector.episode.catalogue_schema import SCHEMA, VERSION

NAME = "catalogue.sqlite"
_WAIT_S = 10.0
_LOOKED_UP = ("task", "operator", "tags", "session_started_utc_ns")  # columns of other tables
_OWN = tuple(name for name in FIELDS if name not in _LOOKED_UP)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)  # the last: a table is missing


class Catalogue:
    """An open catalogue, of one thread; a context manager.

    One that is damaged or of another version is set aside (`catalogue.sqlite.aside`) and begun anew: `is_new` then,
    until it is filled. `folder` None: in memory, for a folder that cannot be written to.
    Every method raises sqlite3.Error: what it holds can always be built again.
    """

    def __init__(self, folder: Path | None, wait_s: float = _WAIT_S) -> None:
        self.path = None if folder is None else folder / NAME
        self._connection, self.is_new = _opened(self.path, wait_s)
        self._inode = _inode(self.path)

    def __enter__(self) -> "Catalogue":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close; the file stays."""
        self._connection.close()

    @property
    def is_current(self) -> bool:
        """Is it still the file of that name? Another process may have set it aside."""
        return _inode(self.path) == self._inode

    @contextmanager
    def writing(self) -> Generator[None]:
        """One transaction: all of it or nothing, and no other writer meanwhile."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def put(self, row: Row) -> None:
        """Add a row, or replace that of the same UUID or path."""
        with self.writing():
            self._put(row)

    def put_all(self, rows: Iterable[Row]) -> None:
        """Add or replace several at once."""
        with self.writing():
            for row in rows:
                self._put(row)

    def set_sha256(self, row: Row, sha256: str) -> None:
        """A file was hashed; where it has changed since, nothing is said."""
        self._connection.execute(
            "UPDATE episodes SET sha256 = ? WHERE path = ? AND bytes = ? AND mtime_ns = ?",
            (sha256, row.path, row.bytes, row.mtime_ns),
        )

    @property
    def size(self) -> int:
        """How many rows there are."""
        return int(self._connection.execute("SELECT count(*) FROM episodes").fetchone()[0])

    def replace(self, rows: Iterable[Row]) -> None:
        """These rows and no others; inside `writing()`."""
        for table in ("episodes", "sessions", "tasks", "operators"):
            self._connection.execute(f"DELETE FROM {table}")
        for row in rows:
            self._put(row)

    def rows(self, query: Query | None = None) -> list[Row]:
        """What a query finds; without one all there is."""
        sql, values = ("SELECT * FROM episode_list", ()) if query is None else query.sql()
        return [_row(found) for found in self._connection.execute(sql, values)]

    def row(self, uuid: str) -> Row | None:
        """One episode."""
        found = self._connection.execute("SELECT * FROM episode_list WHERE uuid = ?", (uuid,)).fetchone()
        return None if found is None else _row(found)

    def scenes(self, task: str, but_session: str) -> dict[str, int]:
        """How many demonstrations of a task there are by scene (as in its column, empty where it is NULL).

        Neither self-tests, nor what was cut short, nor those of one session.
        """
        sql = (
            "SELECT coalesce(scene, ''), count(*) FROM episodes WHERE task_id = (SELECT id FROM tasks WHERE name = ?)"
            " AND state IN ('recorded', 'sealed') AND purpose IS NOT 'selftest' AND session IS NOT ?"
            " AND coalesce(status, 'complete') = 'complete' GROUP BY 1"
        )
        return {str(scene): int(count) for scene, count in self._connection.execute(sql, (task, but_session))}

    def names(self, column: str) -> list[str]:
        """The values that a text column of `episode_list` has, sorted."""
        told = self._connection.execute(
            f"SELECT DISTINCT {column} FROM episode_list WHERE {column} NOT NULL ORDER BY 1"
        )
        return [str(value) for (value,) in told.fetchall()]

    def _put(self, row: Row) -> None:
        run = self._connection.execute
        run("DELETE FROM episodes WHERE uuid = ? OR path = ?", (row.uuid, row.path))
        if row.session is not None:
            run(
                "INSERT INTO sessions VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (row.session, row.session_started_utc_ns, row.rig),
            )
        values = {name: getattr(row, name) for name in _OWN}
        values |= {"task_id": self._id("tasks", "name", row.task)}
        values |= {"operator_id": self._id("operators", "pseudonym", row.operator)}
        marks = ", ".join("?" * len(values))
        number = run(f"INSERT INTO episodes ({', '.join(values)}) VALUES ({marks})", tuple(values.values())).lastrowid
        for tag in row.tags:
            run("INSERT INTO tags VALUES (?, ?)", (number, tag))

    def _id(self, table: str, column: str, value: str | None) -> int | None:
        if value is None:
            return None
        self._connection.execute(f"INSERT INTO {table} ({column}) VALUES (?) ON CONFLICT DO NOTHING", (value,))
        (number,) = self._connection.execute(f"SELECT id FROM {table} WHERE {column} = ?", (value,)).fetchone()
        return int(number)


def read_rows(folder: Path, query: Query | None = None) -> list[Row]:
    """What a query finds in the folder's catalogue, which is not changed; none where there is none, or another version.

    Raises sqlite3.Error.
    """
    path = (folder / NAME).resolve()
    if not path.exists():
        return []
    sql, values = ("SELECT * FROM episode_list", ()) if query is None else query.sql()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_WAIT_S)) as connection:
        connection.row_factory = sqlite3.Row
        if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            return []
        return [_row(found) for found in connection.execute(sql, values)]


def set_aside(path: Path) -> None:
    """Give a useless index another name, with what belongs to it; the one set aside before goes."""
    for end in ("-wal", "-shm", ""):  # the file last: a log beside no file is dropped, beside another it harms
        source = path.with_name(path.name + end)
        if source.exists():
            source.rename(path.with_name(f"{path.name}.aside{end}"))


def is_damage(error: sqlite3.Error) -> bool:
    """Does it speak of the file itself, and not of a disk that is full or a lock that is held?"""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED


class _Useless(Exception):
    """The file is damaged, or its tables are those of another version."""


def _opened(path: Path | None, wait_s: float) -> tuple[sqlite3.Connection, bool]:
    try:
        return _connected(path, wait_s)
    except _Useless:
        pass
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
    assert path is not None  # memory has no past
    set_aside(path)
    return _connected(path, wait_s)


def _connected(path: Path | None, wait_s: float) -> tuple[sqlite3.Connection, bool]:
    """The connection, and whether the tables are new and empty."""
    connection = sqlite3.connect(path or ":memory:", timeout=wait_s, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        # Not synced: a power cut may damage an index that the files rebuild, and the daemon never waits for the disk.
        for setting in ("journal_mode = WAL", "synchronous = OFF", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {setting}").fetchone()
        if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise _Useless
        if is_new := _is_empty(connection):
            connection.execute("BEGIN IMMEDIATE")
            if is_new := _is_empty(connection):  # no other process was faster
                for statement in SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
        if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            raise _Useless
        connection.execute("SELECT * FROM episode_list LIMIT 1").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection, is_new


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0


def _row(found: sqlite3.Row) -> Row:
    values: dict[str, Any] = {name: found[name] for name in FIELDS}
    values["tags"] = tuple(json.loads(values["tags"]))
    return Row(**values)


def _inode(path: Path | None) -> int:
    try:
        return 0 if path is None else os.stat(path).st_ino
    except FileNotFoundError:
        return -1
