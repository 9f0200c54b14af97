"""The tables of the catalogue. docs/reference/catalogue.md explains them to those who query it."""

VERSION = 2
"""Of the schema (PRAGMA user_version). An index of another version is set aside and built anew."""

SCHEMA = """
CREATE TABLE sessions (uuid TEXT PRIMARY KEY, started_utc_ns INTEGER, rig TEXT) WITHOUT ROWID;
CREATE TABLE tasks (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE operators (id INTEGER PRIMARY KEY, pseudonym TEXT NOT NULL UNIQUE);
CREATE TABLE episodes (
    id INTEGER PRIMARY KEY,
    uuid TEXT UNIQUE,
    path TEXT UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('recorded', 'sealed', 'trashed', 'purged')),
    number INTEGER,
    session TEXT REFERENCES sessions,
    task_id INTEGER REFERENCES tasks,
    operator_id INTEGER REFERENCES operators,
    instruction TEXT,
    rig TEXT,
    started_utc_ns INTEGER,
    duration_s REAL,
    steps INTEGER,
    status TEXT,
    outcome TEXT,
    score REAL,
    scene TEXT,
    quality TEXT,
    purpose TEXT,
    certificate TEXT,
    override TEXT,
    bytes INTEGER,
    mtime_ns INTEGER,
    sha256 TEXT,
    labels_bytes INTEGER,
    labels_mtime_ns INTEGER,
    problem TEXT,
    discarded_utc_ns INTEGER,
    discarded_by TEXT,
    discarded_why TEXT,
    purged_utc_ns INTEGER
);
CREATE INDEX episodes_by_time ON episodes (started_utc_ns);
CREATE TABLE tags (
    episode_id INTEGER NOT NULL REFERENCES episodes ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (episode_id, tag)
) WITHOUT ROWID;
CREATE VIEW episode_list AS
SELECT
    e.*,
    s.started_utc_ns AS session_started_utc_ns,
    t.name AS task,
    o.pseudonym AS operator,
    strftime('%Y-%m-%dT%H:%M:%SZ', e.started_utc_ns / 1000000000, 'unixepoch') AS started,
    (SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE episode_id = e.id ORDER BY tag)) AS tags
FROM episodes e
LEFT JOIN sessions s ON s.uuid = e.session
LEFT JOIN tasks t ON t.id = e.task_id
LEFT JOIN operators o ON o.id = e.operator_id;
"""
