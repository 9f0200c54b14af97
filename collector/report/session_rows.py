"""The takes of a session as rows of the catalogue: from its index, and from the daemon that runs it."""

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from collector.episode.catalogue import NAME, Catalogue
from collector.episode.catalogue_query import Query
from collector.episode.catalogue_row import Row
from collector.remote_status import PlanTold, Status, TakeTold
from collector.session_summary import SessionSummary, latest_session, summarise


def of_folder(catalogue: Catalogue, session: str = "", *, every: bool = False) -> list[Row]:
    """The rows of a session, by its UUID or how that begins; of the last one; or of `every` one. Discarded included."""
    rows = [row for trashed in (False, True) for row in catalogue.rows(Query(trashed=trashed))]
    if every:
        return rows
    wanted = session or latest_session(rows) or ""
    return [row for row in rows if (row.session or "").startswith(wanted)]


def live_rows(status: Status, takes: Iterable[TakeTold], rig: str) -> list[Row]:
    """The session that a daemon runs: what the index knows, and of takes that have ended what the daemon says.

    `rig`: its name.
    """
    plan = status.plan
    rows = {row.uuid: row for row in _indexed(Path(status.out), plan.session_uuid)} if plan else {}
    rows |= {take.uuid: _row(take, plan, rig, rows.get(take.uuid)) for take in takes if take.verdict != "running"}
    return list(rows.values())


def live_summary(status: Status, takes: Iterable[TakeTold], rig: str) -> SessionSummary:
    """The figures of the session that a daemon runs, up to now."""
    return summarise(live_rows(status, takes, rig), status.plan.task.factors if status.plan else None)


def _indexed(folder: Path, session: str) -> list[Row]:
    """None where the index cannot be read: what the daemon says is enough."""
    if not (folder / NAME).exists():
        return []
    try:
        with Catalogue(folder) as catalogue:
            return of_folder(catalogue, session)
    except sqlite3.Error:
        return []


def _row(take: TakeTold, plan: PlanTold | None, rig: str, known: Row | None) -> Row:
    labels, discarded = take.labels, take.verdict == "discarded"
    return Row(
        path=Path(take.path).name,
        state="trashed" if discarded else "sealed" if take.sealed else "recorded",
        uuid=take.uuid,
        session=plan.session_uuid if plan else None,
        session_started_utc_ns=plan.session_started_utc_ns if plan else None,
        task=take.task,
        instruction=labels.instruction,
        operator=plan.operator if plan else None,
        rig=rig,
        started_utc_ns=take.began_utc_ns,
        duration_s=take.seconds,
        status=take.status or None,
        outcome=labels.outcome,
        score=labels.score,
        tags=labels.tags,
        scene=json.dumps(scene) if (scene := labels.scene or take.scene) else None,
        quality=json.dumps(take.quality) if take.quality else None,
        purpose=take.purpose,
        override=known.override if known else None,
        discarded_why=take.why if discarded else None,
    )
