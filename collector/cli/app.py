"""The command `clap`: its tree, and how errors end it."""

import sys

import typer

from collector.cli import catalogue, daemon, episodes, export, record, selftest, sync, teleop
from collector.cli.options import CHECK_FAILED, DEVICE_FAILED, INTERRUPTED, USAGE, Abort, say
from hardware.load import ConfigError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Record robot demonstrations: every sensor on one clock, with a bound on each stamp.",
)
for part in (record.app, teleop.app, selftest.app, episodes.app, catalogue.app):
    app.registered_commands += part.registered_commands
app.add_typer(sync.app, name="sync")
app.add_typer(export.app, name="export")
app.add_typer(daemon.app, name="daemon")
app.add_typer(catalogue.catalogue_app, name="catalogue")


def main() -> None:
    """Run `clap`; errors are one sentence and an exit code, never a traceback."""
    from collector.audit_stream import AuditError
    from collector.control import AlreadyRunning, DaemonError, Uncertified
    from collector.episode.reader import NotAnEpisode
    from collector.export.plan import ExportError
    from collector.playback import NotReplayable
    from collector.record import RigFault
    from hardware.interfaces import DeviceError

    try:
        app(standalone_mode=True)
    except Abort as error:
        _end(error.code, str(error))
    except (ConfigError, AlreadyRunning, NotAnEpisode, NotReplayable, ExportError, AuditError) as error:
        _end(USAGE, str(error))
    except Uncertified as error:
        _end(CHECK_FAILED, str(error))
    except (RigFault, DeviceError, DaemonError) as error:
        _end(DEVICE_FAILED, str(error))
    except KeyboardInterrupt:
        _end(INTERRUPTED, "interrupted; what was recorded is kept")


def _end(code: int, message: str) -> None:
    say(f"clap: {message}", style="bold red")
    sys.exit(code)
