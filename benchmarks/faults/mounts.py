"""Small file systems of our own, where root may mount them: one that fills, one that breaks or loses its power."""

import fcntl
import os
import struct
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

_SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN (fs/ext4/ext4.h)
_NO_LOG_FLUSH = 2  # EXT4_GOING_FLAGS_NOLOGFLUSH: what is not on the disk yet never gets there


@lru_cache(maxsize=1)
def permitted() -> bool:
    """May file systems be mounted here?"""
    if os.geteuid():
        return False
    try:
        with tmpfs(1 << 20):
            return True
    except subprocess.CalledProcessError:
        return False


@contextmanager
def tmpfs(size: int) -> Generator[Path]:
    """In memory, of so many bytes."""
    with TemporaryDirectory(prefix="faults-") as root:
        _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", root)
        try:
            yield Path(root)
        finally:
            _run("umount", "-l", root)


def grow(mount: Path, size: int) -> None:
    """Give a tmpfs so many bytes in all."""
    _run("mount", "-o", f"remount,size={size}", str(mount))


class Ext4:
    """An ext4 of its own in a file; mounted below `folder`."""

    def __init__(self, image: Path, folder: Path, size: int) -> None:
        self._image, self.folder = image, folder
        folder.mkdir()
        with image.open("wb") as file:
            file.truncate(size)
        _run("mkfs.ext4", "-q", str(image))
        self.mount()

    def mount(self) -> None:
        _run("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.folder))

    def unmount(self) -> None:
        _run("umount", str(self.folder))

    def cut_power(self) -> None:
        """From here on nothing reaches the disk; afterwards unmount and mount, as a boot does."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, struct.pack("I", _NO_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def turn_read_only(self) -> None:
        """An error of the file system, as the kernel would meet one: it is remounted read-only."""
        found = _run("losetup", "-j", str(self._image)).partition(":")[0]
        Path("/sys/fs/ext4", Path(found).name, "trigger_fs_error").write_text("fault matrix")


@contextmanager
def ext4(size: int) -> Generator[Ext4]:
    """A file system that can be broken."""
    with TemporaryDirectory(prefix="faults-") as root:
        made = Ext4(Path(root) / "image", Path(root) / "mounted", size)
        try:
            yield made
        finally:
            _run("umount", "-l", str(made.folder))  # somebody may still be in it


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
