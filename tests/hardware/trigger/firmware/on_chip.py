"""Runs on the chip itself, or on its emulation (mpremote run): the box stamps edges that this script makes.

GP2 is captured while it is an output, GP6 lights the LED; nothing needs to be wired. One line an edge: the timer
before it, its stamp, the timer after it. Then one line a flash: its edge, when the LED went on, and for how long.
"""
# ruff: noqa: T201

import time

from firmware.board import Board
from firmware.settings import settings
from machine import Pin

EDGES = 6
PHASE_US = 700
WIDTH_US = 300

board = Board()
lines, lamp = board.start(settings("L", [0, 60_000, 100]))
line = Pin(2, Pin.OUT, value=0)
while lines[0].next():
    pass
for n in range(EDGES):
    if n % 2 == 0:
        board.feed(PHASE_US, WIDTH_US)
    before_us = board.clock.now_us()
    line.value(1 - n % 2)
    after_us = board.clock.now_us()
    time.sleep_ms(2)
    level, t_us = lines[0].next()
    print("edge", level, before_us, t_us, after_us)
    if n % 2 == 0:
        on, off = lamp.next(), lamp.next()
        print("flash", t_us, on[1], off[1])
board.stop()
print("overflowed", lines[0].overflowed())
