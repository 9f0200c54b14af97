"""Runs a function of a file in child processes: one that hangs, crashes or eats memory costs its own answer only.

Each child has a pipe of its own, so whose death it was is never in doubt, and is killed when its time is over.
"""

import ctypes
import os
import resource
import signal
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Generic, TypeVar

from hardware.samples import monotonic_ns

MEMORY_BYTES = 4 << 30  # an hour of an arm at 1 kHz takes 1.5 GB; what is mapped from files does not count
_START_S = 60.0  # until a child has imported what it needs, on a busy machine
_DEATH_S = 5.0  # from the end of a child's pipe to its own
_NICE = 5  # a recording on the same machine goes first
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

_spawn = get_context("spawn")

T = TypeVar("T")
A = TypeVar("A")
"""What is worked on: a path, or anything else that goes through a pipe."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """No answer for a file; why, in a sentence that does not repeat its path."""

    problem: str


def each(
    function: Callable[[A], T],
    paths: Iterable[A],
    timeout_s: float,
    workers: int = 2,
    memory_bytes: int = MEMORY_BYTES,
) -> Generator[tuple[A, T | Unreadable]]:
    """Every path (or what else there is to ask) once, as they are finished, with function(path) or why there is none.

    `function` is one of a module, or a partial of one; what it raises is an Unreadable too. It has `timeout_s` for
    a path, and may take `memory_bytes` beyond what a child holds at its start. No child outlives the generator or
    this process.
    """
    crew: list[_Worker[A, T]] = []
    left = iter(paths)
    try:
        while True:
            for path in islice(left, workers - sum(worker.path is not None for worker in crew)):
                worker = next((worker for worker in crew if worker.path is None), None)
                if worker is None:
                    crew.append(worker := _Worker(function, timeout_s, memory_bytes))
                worker.begin(path)
            busy = {worker: worker.path for worker in crew if worker.path is not None}
            if not busy:
                return
            wait([worker.connection for worker in busy], min(worker.left_s for worker in busy))
            for worker, path in busy.items():
                answer = worker.hear()
                if answer is None:
                    continue
                if not worker.is_sound:
                    crew.remove(worker)
                yield path, answer[0]
    finally:
        for worker in crew:
            worker.kill()


def alone(
    function: Callable[[Path], T], path: Path, timeout_s: float, memory_bytes: int = MEMORY_BYTES
) -> T | Unreadable:
    """As `each`, for one path."""
    ((_, answer),) = each(function, [path], timeout_s, 1, memory_bytes)
    return answer


class _Worker(Generic[A, T]):
    """A child, and the path that it works on (None: on none). `is_sound`: it can be given another."""

    def __init__(self, function: Callable[[A], T], timeout_s: float, memory_bytes: int) -> None:
        self.path: A | None = None
        self.is_sound = True
        self.connection, theirs = _spawn.Pipe()
        self._timeout_s = timeout_s
        self._ready = False
        self._deadline_ns = 0
        arguments = (theirs, function, memory_bytes)
        self._process = _spawn.Process(target=_serve, name="clap-isolated", args=arguments, daemon=True)
        with _ctrl_c_kept_from_children():
            self._process.start()
        theirs.close()

    def begin(self, path: A) -> None:
        """Give it a path; a child that has died meanwhile is noticed by hear()."""
        self.path = path
        self._give(self._timeout_s if self._ready else _START_S)
        with suppress(OSError):
            self.connection.send(path)

    @property
    def left_s(self) -> float:
        """Until its time is over; 0 when it is."""
        return max(0.0, (self._deadline_ns - monotonic_ns()) * 1e-9)

    def hear(self) -> tuple[T | Unreadable] | None:
        """The answer, if there is one yet. Never blocks for long."""
        answer: tuple[T | Unreadable] | None = None
        try:
            if self.connection.poll():
                answer = self.connection.recv()
                if answer is None:  # it has started: now its time counts
                    self._ready = True
                    self._give(self._timeout_s)
            elif not self.left_s:
                answer = (Unreadable(self._overdue()),)
        except (EOFError, OSError):
            answer = (Unreadable(self._death()),)
        if answer is not None:
            self.path = None
        return answer

    def kill(self) -> None:
        """End it at once; again, it does nothing."""
        if not self.is_sound:
            return
        self.is_sound = False
        self._process.kill()
        self._process.join()
        self._process.close()
        self.connection.close()

    def _give(self, seconds: float) -> None:
        self._deadline_ns = monotonic_ns() + round(seconds * 1e9)

    def _overdue(self) -> str:
        self.kill()
        return f"reading it hung: no answer within {self._timeout_s if self._ready else _START_S:g} s"

    def _death(self) -> str:
        self._process.join(_DEATH_S)
        code = self._process.exitcode
        self.kill()
        how = f"by {signal.Signals(-code).name}" if code and code < 0 else f"with exit code {code}"
        return f"reading it crashed: the process that did was ended {how}"


def _serve(connection: Connection, function: Callable[[A], T], memory_bytes: int) -> None:
    """A child's first function: say that it has started, then answer path by path."""
    _confine(memory_bytes)
    connection.send(None)
    with suppress(EOFError):
        while True:
            connection.send((_answer(function, connection.recv(), memory_bytes),))


def _answer(function: Callable[[A], T], path: A, memory_bytes: int) -> T | Unreadable:
    try:
        return function(path)
    except MemoryError:
        return Unreadable(f"reading it takes more than {memory_bytes / 1e9:.1f} GB of memory")
    except Exception as error:
        # Errors of our own and of the system are sentences; those of the language need their name.
        plain = type(error).__module__ != "builtins" or isinstance(error, OSError)
        text = " ".join(str(error).split())
        return Unreadable(text if plain else f"{type(error).__name__}: {text}")


def _confine(memory_bytes: int) -> None:
    """Bound its memory, write no core, be silent (libraries print), and die with the parent."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = parent_process()
    if parent is None or os.getppid() != parent.pid:
        os._exit(1)
    held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = held + memory_bytes if hard == resource.RLIM_INFINITY else min(held + memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(_NICE)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)


@contextmanager
def _ctrl_c_kept_from_children() -> Generator[None]:
    """A terminal sends Ctrl-C to all; children inherit that it is blocked, and are ended by this process."""
    resource_tracker.ensure_running()  # starting it later would lift the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
