"""The command `clap`: its tree, and how errors end it."""

import sys

import typer

from collector.cli import (
    calibrate,
    catalogue,
    collect,
    daemon,
    episodes,
    export,
    label,
    quality,
    record,
    selftest,
    session,
    sync,
    teleop,
)
from collector.cli.options import CHECK_FAILED, DEVICE_FAILED, INTERRUPTED, USAGE, Abort, say
from hardware.load import ConfigError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Record robot demonstrations: every sensor on one clock, with a bound on each stamp.",
)
for part in (collect.app, record.app, teleop.app, selftest.app, episodes.app, catalogue.app, quality.app, label.app):
    app.registered_commands += part.registered_commands
app.add_typer(session.app, name="session")
app.add_typer(sync.app, name="sync")
app.add_typer(calibrate.app, name="calibrate")
app.add_typer(export.app, name="export")
app.add_typer(daemon.app, name="daemon")
app.add_typer(catalogue.catalogue_app, name="catalogue")


def main() -> None:
    """Run `clap`; errors are one sentence and an exit code, never a traceback."""
    try:
        app(standalone_mode=True)
    except Abort as error:
        _end(error.code, str(error))
    except KeyboardInterrupt:
        _end(INTERRUPTED, "interrupted; what was recorded is kept")
    except Exception as error:
        code = _code_of(error)
        if code is None:
            raise
        _end(code, str(error))


def _code_of(error: Exception) -> int | None:
    """The exit code of an error that says enough by itself; None of a bug.

    By their classes, which are imported only now: scipy and h5py with them, half a second that most commands need not.
    """
    from calibration.board import BoardError
    from calibration.errors import CalibrationError
    from collector.audit_stream import AuditError
    from collector.control import AlreadyRunning, DaemonBusy, DaemonError, DaemonFailed, Uncertified
    from collector.episode.reader import NotAnEpisode
    from collector.export.plan import ExportError
    from collector.playback import NotReplayable
    from collector.record import RigFault
    from hardware.interfaces import DeviceError

    match error:
        case Uncertified() | CalibrationError():
            return CHECK_FAILED
        case RigFault() | DeviceError() | DaemonFailed() | DaemonBusy():
            return DEVICE_FAILED
        case ConfigError() | AlreadyRunning() | NotAnEpisode() | NotReplayable() | ExportError() | AuditError():
            return USAGE
        case BoardError() | DaemonError():  # a daemon that is well, and cannot be asked that now
            return USAGE
        case _:
            return None


def _end(code: int, message: str) -> None:
    say(f"clap: {message}", style="bold red")
    sys.exit(code)
