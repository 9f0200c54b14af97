"""MicroPython's own image with the firmware on it, in the emulation of an RP2040: registers, native code, PIO."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest
from rp2040py.boards import BOARDS
from rp2040py.device import MicroPythonDevice

from hardware.trigger import protocol

IMAGE = os.environ.get("MICROPYTHON_UF2")
FIRMWARE = Path(protocol.__file__).parent / "firmware"
ON_CHIP = Path(__file__).parent / "on_chip.py"


async def run_on_chip(image: str) -> str:
    board = replace(BOARDS["pico"], image=image)
    async with MicroPythonDevice(board=board) as device:
        await device.aexec("import os; os.mkdir('firmware')")
        for file in sorted(FIRMWARE.glob("*.py")):
            _, failed = await device.aexec(f"open('firmware/{file.name}', 'w').write({file.read_text()!r})")
            assert failed == b""
        told, failed = await device.aexec(ON_CHIP.read_text())
        assert failed == b""
        return told.decode()


@pytest.mark.timeout(600)
@pytest.mark.skipif(not IMAGE, reason="MICROPYTHON_UF2 names no MicroPython image for the RP2040")
def test_the_chip_stamps_its_own_edges_between_the_times_at_which_it_made_them() -> None:
    assert IMAGE
    told = [line.split() for line in asyncio.run(run_on_chip(IMAGE)).splitlines()]
    edges = [[int(number) for number in fields] for kind, *fields in told if kind == "edge"]
    flashes = [[int(number) for number in fields] for kind, *fields in told if kind == "flash"]
    assert [level for level, *_ in edges] == [1, 0, 1, 0, 1, 0]
    assert all(before - 1 <= t <= after + 2 for _, before, t, after in edges)
    assert len(flashes) == 3
    assert all(abs(on - edge - 700) <= 3 and abs(off - on - 300) <= 2 for edge, on, off in flashes)
    assert ["overflowed", "False"] in told
