"""clap collect before and after its screens: which daemon, on what terminal, what is said at the end."""

import io
import json
import shlex
import socket as sockets
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from typer.testing import CliRunner

from collector import detached
from collector.attach import Progress
from collector.cli.app import app
from collector.cli.collect import attached, farewell, planned, require_terminal
from collector.cli.options import USAGE, Abort
from collector.control import AlreadyRunning, Client, claim_rig, socket_path
from collector.detached import Attached, attached_or_started
from collector.labels.task import TaskConfig
from collector.operators import skill_of
from hardware.load import load
from tests.collector.cli.rig_daemon import RIG, TASK, Pretender, listening
from tests.tui.statuses import status, take


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))


def quiet(what: str, share: float | None) -> None:
    pass


def recording_to(folder: Path, state: str = "ARMED") -> Pretender:
    return Pretender({"status": status(state, out=str(folder)).model_dump(mode="json")})


# -- which daemon ------------------------------------------------------------------------------------


class Started:
    """In place of a daemon of our own: it has the rig, or finds it taken. Which ones there were is kept."""

    taken = ""
    all: ClassVar[list["Started"]] = []

    def __init__(self, rig: Path, name: str, sets: tuple[str, ...], out: Path, truth: None, *, goes_on: bool) -> None:
        self.out, self.goes_on, self.ended = out, goes_on, False
        self.all.append(self)

    def connect(self, progress: Progress) -> Client:
        if self.taken:
            raise AlreadyRunning(self.taken)
        with listening(Pretender()):
            return Client(socket_path("virtual"))

    def end(self, progress: Progress) -> None:
        self.ended = True


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> type[Started]:
    monkeypatch.setattr(detached, "DaemonProcess", Started)
    monkeypatch.setattr(Started, "all", [])
    return Started


def attach(out: Path | None = None, sets: tuple[str, ...] = ()) -> Attached:
    return attached_or_started(RIG, "virtual", sets, out, quiet)


def test_a_daemon_that_runs_is_attached_to_and_says_where_it_records(tmp_path: Path, starts: type[Started]) -> None:
    with listening(recording_to(tmp_path / "a")):
        assert attach() == attach(tmp_path / "a") == Attached(socket_path("virtual"), False, tmp_path / "a")
    assert not starts.all


def test_a_daemon_of_another_folder_is_named(tmp_path: Path) -> None:
    with listening(recording_to(tmp_path / "a")), pytest.raises(AlreadyRunning) as told:
        attach(tmp_path / "b")
    assert f"records to {tmp_path / 'a'}" in str(told.value)
    assert "clap daemon stop" in str(told.value)


def test_a_daemon_that_runs_cannot_be_given_other_settings(tmp_path: Path) -> None:
    with listening(recording_to(tmp_path)), pytest.raises(AlreadyRunning, match="--set comes too late"):
        attach(sets=("virtual.seed=1",))


def test_without_one_a_daemon_is_started_that_goes_on(tmp_path: Path, starts: type[Started]) -> None:
    found = attach(tmp_path / "a")
    (daemon,) = starts.all
    assert (found.started, found.out) == (True, tmp_path / "a")
    assert (daemon.goes_on, daemon.ended) == (True, False)


def test_one_that_somebody_else_is_just_starting_is_waited_for(
    tmp_path: Path, starts: type[Started], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starts, "taken", "another daemon runs the rig virtual")
    said: list[str] = []
    with claim_rig(socket_path("virtual"), "virtual"), ListeningLater(tmp_path, said) as progress:
        found = attached_or_started(RIG, "virtual", (), None, progress)
    assert (found.started, found.out) == (False, tmp_path)
    assert "just starting" in said[0]


def test_a_folder_that_another_rigs_daemon_has_is_refused_at_once(
    starts: type[Started], monkeypatch: pytest.MonkeyPatch
) -> None:
    socket_path("virtual").with_suffix(".lock").touch()  # as a daemon leaves it that ended
    monkeypatch.setattr(starts, "taken", "another daemon records to data")
    with pytest.raises(AlreadyRunning, match="records to data"):
        attach()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Abort, match="file") as told:
        attached(RIG, "virtual", (), tmp_path / "file" / "out")
    assert told.value.code == USAGE
    assert "--out" in str(told.value)


class ListeningLater:
    """A daemon that listens once somebody has waited for it."""

    def __init__(self, out: Path, said: list[str]) -> None:
        self.out, self.said = out, said
        self.daemon = listening(recording_to(out))
        self.begun = False

    def __enter__(self) -> Progress:
        return self.wait

    def wait(self, what: str, share: float | None) -> None:
        self.said.append(what)
        if not self.begun:
            self.begun = True
            self.daemon.__enter__()

    def __exit__(self, *_: object) -> None:
        if self.begun:
            self.daemon.__exit__(None, None, None)


# -- the terminal ------------------------------------------------------------------------------------


class _Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_a_terminal_that_cannot_place_text_is_refused_with_the_twin(monkeypatch: pytest.MonkeyPatch, term: str) -> None:
    for name in ("stdin", "stdout"):
        monkeypatch.setattr(sys, name, _Tty())
    with pytest.raises(Abort) as told:
        require_terminal(RIG, {"TERM": term})
    assert told.value.code == USAGE
    assert "clap session" in str(told.value) and (term or "not set") in str(told.value)
    require_terminal(RIG, {"TERM": "xterm-256color"})


def test_without_a_terminal_nothing_is_started() -> None:
    ran = CliRunner().invoke(app, ["collect", "--rig", str(RIG), "--task", str(TASK)])
    assert isinstance(ran.exception, Abort)
    assert "there is none" in str(ran.exception) and "clap record" in str(ran.exception)
    assert not socket_path("virtual").exists()


def test_a_browser_is_a_terminal() -> None:
    require_terminal(RIG, {"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver", "TERM": "dumb"})


def test_a_port_that_is_taken_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sockets.create_server(("127.0.0.1", 0)) as other, listening(recording_to(tmp_path)) as daemon:
        daemon.answers["plan"] = {"plan": status().model_dump(mode="json")["plan"]}
        port = other.getsockname()[1]
        words = ["collect", "--rig", str(RIG), "--task", str(TASK), "--web", "--port", str(port)]
        ran = CliRunner().invoke(app, words)
    assert isinstance(ran.exception, Abort), ran.exception
    assert f"--port {port}" in str(ran.exception) and "in use" in str(ran.exception)


def test_a_browsers_console_is_the_same_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[object, ...]] = []

    class Server:
        def __init__(self, *words: object) -> None:
            served.append(words)

        def serve(self) -> None:
            pass

    monkeypatch.setattr("collector.web.ConsoleServer", Server)
    keys = tmp_path / "my keys.yaml"
    keys.write_text("keys: {step: [f5, m]}")
    words = ["--task", str(TASK), "--watch", "--pictures", "none", "--keys", str(keys), "--override", "it's late"]
    with listening(recording_to(tmp_path)) as daemon:
        daemon.answers["session"] = {"takes": [], "first": 0, "all": 0, "plan": None}
        ran = CliRunner().invoke(app, ["collect", "--rig", str(RIG), *words, "--web", "--host", "10.0.0.7"])
    assert ran.exit_code == 0, ran.exception
    ((command, host, *_),) = served
    assert host == "10.0.0.7"
    assert "nothing is encrypted" in ran.stderr
    again = shlex.split(str(command))
    assert again[:4] == [sys.executable, "-m", "collector.cli", "collect"]
    assert all(word in again for word in words)
    assert "--web" not in again


# -- plan and farewell -------------------------------------------------------------------------------


def test_the_plan_is_sent_by_whoever_has_control(tmp_path: Path) -> None:
    task = load(TaskConfig, TASK)
    daemon = Attached(socket_path("virtual"), False, tmp_path)
    plan = status().model_dump(mode="json")["plan"]
    with listening(Pretender({"plan": {"plan": plan}})) as pretender:
        told = planned(daemon, task, "anna", "expert")
        assert told is not None
        (sent,) = pretender.of("plan")
        assert (sent["operator"], sent["skill"], sent["task"]["name"]) == ("anna", "expert", "pick_cube")
    with listening(Pretender({"attach": {"role": "watch", "key": ""}})) as pretender:
        assert planned(daemon, task, "anna", "") is None
        assert not pretender.of("plan")


def test_a_daemon_that_is_busy_with_another_plan_says_so(tmp_path: Path) -> None:
    objection = "a take is running; stop it first"
    with listening(Pretender(refuses={"plan": objection})), pytest.raises(Abort, match="--watch") as told:
        planned(Attached(socket_path("virtual"), False, tmp_path), load(TaskConfig, TASK), "anna", "")
    assert objection in str(told.value)


def test_at_the_end_it_says_what_came_of_it_and_how_to_end_the_daemon(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    daemon = Attached(socket_path("virtual"), True, tmp_path)
    takes = [take(uuid=f"{n}", verdict="kept" if n else "discarded", why="" if n else "slipped") for n in range(3)]
    with listening(recording_to(tmp_path)) as pretender:
        pretender.answers["session"] = {"takes": takes, "first": 0, "all": 3, "plan": None}
        farewell(daemon, RIG, "virtual")
    text = " ".join(capsys.readouterr().err.split())
    assert "3: 2 kept, 1 discarded (1 slipped)" in text
    assert f"The daemon goes on (ARMED, episodes in {tmp_path}); end it: clap daemon stop --rig {RIG}" in text
    farewell(daemon, RIG, "virtual")
    assert "The daemon has ended" in capsys.readouterr().err


# -- operators ---------------------------------------------------------------------------------------


def test_a_skill_is_said_once_for_each_pseudonym(tmp_path: Path) -> None:
    assert skill_of("anna") == ""
    assert skill_of("anna", "novice") == "novice"
    assert skill_of("ben", "expert") == "expert"
    assert (skill_of("anna"), skill_of("ben"), skill_of("eve")) == ("novice", "expert", "")
    assert skill_of("anna", "practised") == skill_of("anna") == "practised"
    with pytest.raises(ValueError, match="novice, practised, expert"):
        skill_of("anna", "brilliant")


@pytest.mark.parametrize("damaged", ["", "[]", '{"anna": 3}', '{"anna": "brilliant"}', "\x00"])
def test_a_damaged_memory_is_told_anew(tmp_path: Path, damaged: str) -> None:
    path = tmp_path / "clapboard/operators.json"
    path.parent.mkdir()
    path.write_text(damaged)
    assert skill_of("anna") == ""
    assert skill_of("anna", "expert") == "expert"
    assert json.loads(path.read_text()) == {"anna": "expert"}
