"""Property tests judge what the code does, never how fast: the machine that runs them may be busy.

Each tries the same examples on every run, so that a change that breaks nothing never fails; `HYPOTHESIS_PROFILE=search`
looks for new ones.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

if "PYTEST_XDIST_WORKER" in os.environ:  # before numpy: two BLAS threads a worker only wait for each other
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

settings.register_profile("clapboard", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", settings.get_profile("clapboard"), derandomize=False, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "clapboard"))


Clap = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session", autouse=True)
def no_calibrations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Takes carry what the user's store of calibrations holds: tests have one of their own, empty, in all processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture
def clap(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Clap:
    """The command in this process, where there is no daemon and no certificate: exit code, stdout, stderr."""
    from collector.cli.app import main  # most tests need no command

    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path))

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["clap", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return int(ended.value.code or 0), out, err

    return run


@pytest.hookimpl(optionalhook=True)  # with -p no:xdist too
def pytest_xdist_auto_num_workers() -> int | None:
    """One more than cores: a third of the time tests wait for processes, timeouts and disks."""
    told = "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ  # xdist's own answer
    return None if told else len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was imported stays for ever: looking through it again and again was a third of the consoles' tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)
