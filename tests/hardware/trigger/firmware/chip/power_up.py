"""Run the firmware on the MicroPython VM: argument 1 is the folder that holds the package `firmware`."""

import sys

sys.path.insert(0, sys.argv[1])

import machine
import rp2


class _Registers:
    """Stands in for firmware.registers: native code on addresses that only the chip has."""

    @staticmethod
    def enable(block: int, machines: int, timer_low: int) -> int:
        now = machine.world.now_us()
        for n in range(4):
            if machines & 1 << n:
                rp2.machines[block * 4 + n].start_capture(now)
        return now & 0xFFFFFFFF

    @staticmethod
    def overflowed(block: int, number: int) -> bool:
        state = rp2.machines[block * 4 + number]
        lost, state.lost = state.lost, False
        return lost


sys.modules["firmware.registers"] = _Registers

__import__("firmware.serve").serve.serve()
