"""The steps by which a process makes a file final, and its end at one of them: syncs, renames, removals."""

import os
import random
import shutil
import signal
from collections.abc import Callable
from mmap import mmap
from pathlib import Path

_BYTES = 1 << 16
_CALLS = ("fsync", "rename", "replace", "unlink")


class Steps:
    """Shared with the process: what it has done so far, one step a line."""

    def __init__(self) -> None:
        self._memory = mmap(-1, _BYTES)

    def done(self) -> list[list[str]]:
        """Call and paths of each finished step, in order."""
        return [line.split("\t") for line in self._memory[:].rstrip(b"\0").decode().splitlines()]

    def watch(self, kill_at: int = -1, *, after: bool = False) -> None:
        """In the process itself: log every step; kill at the n-th, before or after it is done."""
        at, count = 0, 0

        def watched(name: str, call: Callable[..., None]) -> Callable[..., None]:
            def step(*arguments: object, **more: object) -> None:
                nonlocal at, count
                here, count = count, count + 1
                if here == kill_at and not after:
                    os.kill(os.getpid(), signal.SIGKILL)
                named = [_named(argument) for argument in arguments]
                call(*arguments, **more)
                line = "\t".join([name, *named]).encode() + b"\n"
                self._memory[at : at + len(line)] = line
                at += len(line)
                if here == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

            return step

        for name in _CALLS:
            setattr(os, name, watched(name, getattr(os, name)))


class Folder:
    """What a folder held before, so that a power cut can bring it back."""

    def __init__(self, folder: Path, keep: Path) -> None:
        keep.mkdir()
        self._folder, self._keep = folder, keep
        for path in folder.iterdir():
            shutil.copyfile(path, keep / path.name)

    def cut_power(self, steps: list[list[str]], dice: random.Random) -> None:
        """Undoes some of the last steps that no sync of the folder covers; a file nobody synced loses its bytes."""
        loose: list[list[str]] = []
        safe: set[str] = {path.name for path in self._keep.iterdir()}
        for call, *names in steps:
            match call:
                case "fsync" if Path(names[0]) == self._folder:
                    loose = []
                case "fsync":
                    safe.add(Path(names[0]).name)
                case _:
                    loose.append([call, *names])
                    if call != "unlink" and Path(names[0]).name in safe:
                        safe.add(Path(names[1]).name)
        for path in self._folder.iterdir():
            if path.name not in safe:
                path.write_bytes(path.read_bytes()[: dice.randint(0, path.stat().st_size)])
        for call, *names in reversed(loose[dice.randint(0, len(loose)) :]):
            if call == "unlink":
                name = Path(names[0]).name
                if (self._keep / name).exists():
                    shutil.copyfile(self._keep / name, self._folder / name)
            else:
                Path(names[1]).rename(names[0])


def _named(argument: object) -> str:
    """A path, also of a descriptor."""
    return os.readlink(f"/proc/self/fd/{argument}") if isinstance(argument, int) else str(argument)
