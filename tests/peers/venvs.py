"""Programs that we did not write, each in a virtual environment of its own under .venv-peers/."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / ".venv-peers"


def peer_python(
    name: str, requirements: Sequence[str], *pip_args: str, no_deps: Sequence[str] = (), python: str = sys.executable
) -> Path:
    """The interpreter of `.venv-peers/<name>`, made on first use and again when the asked set changes.

    `no_deps` are installed without what they declare, for peers whose pins clash with each other. `python`: the one
    that makes the environment, for peers that do not run on ours.
    Raises RuntimeError with pip's last words when the set cannot be installed.
    """
    home = ROOT / name
    own = home / "bin" / "python"
    stamp = home / ".installed"
    asked = "\n".join([*requirements, "--no-deps", *no_deps, *pip_args])
    key = hashlib.sha256(asked.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == key:
        return own
    shutil.rmtree(home, ignore_errors=True)
    _run([python, "-m", "venv", str(home)], name)
    install = [str(own), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pip_args]
    if requirements:
        _run([*install, *requirements], name)
    if no_deps:
        _run([*install, "--no-deps", *no_deps], name)
    stamp.write_text(key)
    return own


def peer_site(name: str, requirements: Sequence[str]) -> Path:
    """Where `.venv-peers/<name>` keeps its packages, made like peer_python's: for a path behind our own."""
    python = peer_python(name, requirements)
    return python.parents[1] / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


def _run(command: list[str], name: str) -> None:
    if shutil.which(command[0]) is None:
        raise RuntimeError(f"peer {name} needs {command[0]}, which is not on the path")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise RuntimeError(f"peer {name}: {' '.join(command[:6])} failed:\n{last}")
