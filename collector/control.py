"""The daemon's local socket: one JSON object a line each way. Only its user may open it."""

import fcntl
import json
import os
import socket
import tempfile
from pathlib import Path
from typing import IO, Any

_MAX_LINE = 1 << 20
_SEND_S = 0.2  # a client that takes longer to read is dropped: the daemon waits for nobody


class DaemonError(Exception):
    """The daemon refused, or is not there; the text says why and what to do."""


class DaemonBusy(DaemonError):
    """Refused for now only: ask again in a moment."""


class Uncertified(DaemonError):
    """Refused because the rig's timing is not proven."""


class DaemonFailed(DaemonError):
    """A device failed, or the daemon itself."""


class DaemonGone(DaemonFailed):
    """No daemon is there, or none that answers."""


class AlreadyRunning(Exception):
    """Another daemon holds this rig, or this folder."""


_REFUSALS: dict[str, type[DaemonError]] = {
    "NotYet": DaemonBusy,
    "NotCertified": Uncertified,
    "Fault": DaemonFailed,
    "Failed": DaemonFailed,
}  # by the daemon's word
_GONE = (
    "the daemon has ended, killed or by itself; what was recorded is kept and recovered at the next start:"
    " clap daemon start --rig RIG"
)


def socket_path(rig_name: str) -> Path:
    """Where the daemon of a rig listens: a folder that only this user may enter."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    base = Path(runtime) if runtime else Path(tempfile.gettempdir())
    folder = base / f"clapboard-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{rig_name}.sock"


def claim_rig(socket: Path, rig: str) -> IO[str]:
    """The one lock of a rig, held until the file is closed. Raises AlreadyRunning."""
    return _claim(
        socket.with_suffix(".lock"),
        f"another daemon runs the rig {rig}; attach to it, or end it with: clap daemon stop --rig RIG",
    )


def claim_folder(folder: Path) -> IO[str]:
    """The one lock of a folder of episodes, which is made if need be. Raises AlreadyRunning."""
    folder.mkdir(parents=True, exist_ok=True)
    return _claim(
        folder / ".daemon.lock",
        f"another daemon records to {folder}; give another folder with --out, or end that daemon first",
    )


def _claim(path: Path, taken: str) -> IO[str]:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise AlreadyRunning(taken) from None
    return file


class Lines:
    """Cuts a byte stream into JSON objects."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Whole objects so far; raises ValueError on anything else."""
        self._pending += data
        *lines, self._pending = self._pending.split(b"\n")
        if len(self._pending) > _MAX_LINE:
            raise ValueError(f"a line of over {_MAX_LINE} bytes")
        try:
            objects = [json.loads(line) for line in lines if line.strip()]
        except RecursionError:
            raise ValueError("a line of too many brackets") from None
        if not all(isinstance(item, dict) for item in objects):
            raise ValueError("a line is not a JSON object")
        return objects


def encode(message: dict[str, Any]) -> bytes:
    """One line."""
    return json.dumps(message, default=str).encode() + b"\n"


class Client:
    """A connection to a rig's daemon. Raises DaemonError where the daemon refuses or is gone."""

    def __init__(self, path: Path, timeout_s: float = 10.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        self._lines = Lines()
        self._asked = 0
        try:
            self._socket.connect(str(path))
        except OSError as error:
            self._socket.close()
            raise DaemonGone(_unreachable(path, error)) from error

    def call(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """Ask and wait for the answer; one to an earlier call that was given up is passed over."""
        self._asked += 1
        try:
            self._socket.sendall(encode({"verb": verb, "id": self._asked, **arguments}))
            while data := self._socket.recv(65536):
                for answer in self._lines.feed(data):
                    if answer.get("id", self._asked) == self._asked:
                        return _told(answer)
        except TimeoutError as error:
            raise DaemonGone(f"the daemon does not answer to {verb}; see its log (daemon.log), or end it") from error
        except OSError:  # it has hung up: as it was asked (EPIPE), or before (ECONNRESET)
            pass
        except ValueError as error:
            raise DaemonGone(f"the daemon answers what is no line of JSON ({error}); see its log") from error
        raise DaemonGone(_GONE)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _unreachable(path: Path, error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return f"no daemon listens at {path}; start one with: clap daemon run --rig RIG"
        case ConnectionRefusedError():  # its socket is still there: it could not remove it
            return (
                f"no daemon listens at {path} any more: it was killed. What was recorded is kept, and recovered by the"
                " next one: clap daemon run --rig RIG"
            )
        case PermissionError():
            return f"{path} is another user's; ask them, or start a daemon of your own with: clap daemon run --rig RIG"
        case _:
            return f"the daemon at {path} takes no more clients ({error}); see its log (daemon.log), or end it"


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    """What it says, but for what only framed it. Raises DaemonError."""
    if not answer.get("ok"):
        raise _REFUSALS.get(answer.get("kind", ""), DaemonError)(str(answer.get("error")))
    return {name: value for name, value in answer.items() if name != "id"}


class Server:
    """The daemon's end. `poll` gives requests; each is answered by `answer`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen(8)
        self._listener.setblocking(False)
        self._clients: dict[socket.socket, Lines] = {}
        self.had_clients = False

    @property
    def sockets(self) -> list[socket.socket]:
        """What to wait on."""
        return [self._listener, *self._clients]

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    def connected(self, client: socket.socket) -> bool:
        """Is it still there, as of the last poll?"""
        return client in self._clients

    def poll(self) -> list[tuple[socket.socket, dict[str, Any]]]:
        """New requests; accepts and drops connections on the way."""
        try:
            client, _ = self._listener.accept()
            client.setblocking(False)
            self._clients[client] = Lines()
            self.had_clients = True
        except BlockingIOError:
            pass
        requests: list[tuple[socket.socket, dict[str, Any]]] = []
        for client, lines in list(self._clients.items()):
            try:
                data = client.recv(65536)
                if not data:
                    raise ConnectionError
                requests += [(client, item) for item in lines.feed(data)]
            except BlockingIOError:
                continue
            except (OSError, ValueError):
                self._drop(client)
        return requests

    def answer(self, client: socket.socket, message: dict[str, Any]) -> None:
        """Answer one request; a client that has gone is dropped."""
        if client not in self._clients:
            return
        try:
            client.settimeout(_SEND_S)
            client.sendall(encode(message))
            client.setblocking(False)
        except OSError:
            self._drop(client)

    def _drop(self, client: socket.socket) -> None:
        del self._clients[client]
        client.close()

    def close(self) -> None:
        """Hang up on all and remove the socket."""
        for client in list(self._clients):
            self._drop(client)
        self._listener.close()
        self.path.unlink(missing_ok=True)
