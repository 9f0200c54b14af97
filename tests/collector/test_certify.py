"""What a self-test takes home of its take, without a rig."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest

from collector import certify
from collector.certify import Measured, measure
from collector.control import Client
from collector.selftest.gate import Gate
from hardware.config import RigConfig
from hardware.load import load
from tests.e2e.rig import RIG

CONFIG = load(RigConfig, RIG)


class Session:
    """Stands for collector.record.Rig: whatever it is asked succeeds at once."""

    def __init__(self, *_: object) -> None: ...

    def __getattr__(self, _verb: str) -> Any:
        kept = SimpleNamespace(status="complete", before={"processes": {}})

        def done(*_: object, **__: object) -> SimpleNamespace:
            return kept

        return done

    def status(self) -> dict[str, Any]:
        return {"processes": {}}


class Daemon:
    def __init__(self, lit: str, dark: str) -> None:
        self._problems = {CONFIG.selftest.led_width_us: lit, 0: dark}

    def call(self, verb: str, **words: Any) -> dict[str, Any]:
        return {"problem": self._problems[words["width_us"]]} if verb == "sweep" else {}


class Sealed:
    """Stands for collector.episode.reader.Episode."""

    provenance: ClassVar[dict[str, Any]] = {"provenance": {"devices": {}}}

    def __init__(self, _path: object) -> None: ...

    def __enter__(self) -> "Sealed":
        return self

    def __exit__(self, *_: object) -> None: ...


def no_gates(*_: object) -> list[Gate]:
    return []


def nobody_looks(_what: str, _share: float | None) -> None: ...


def taken(monkeypatch: pytest.MonkeyPatch, lit: str, dark: str) -> Measured:
    monkeypatch.setattr(certify, "Rig", Session)
    monkeypatch.setattr(certify, "Episode", Sealed)
    monkeypatch.setattr(certify, "machine_gates", no_gates)
    return measure(cast(Client, Daemon(lit, dark)), CONFIG, 16.0, (), Path(), nobody_looks)


@pytest.mark.parametrize(("lit", "dark"), [("", ""), ("SWEEP was refused", ""), ("", "SWEEP was not answered")])
def test_a_sweep_that_ended_with_a_problem_is_told(monkeypatch: pytest.MonkeyPatch, lit: str, dark: str) -> None:
    assert taken(monkeypatch, lit, dark).sweep == (lit or dark)
