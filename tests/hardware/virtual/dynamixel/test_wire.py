"""Packets: the e-manual's own examples (docs/en/dxl/protocol2), and any cut of any stream."""

from hypothesis import given
from hypothesis import strategies as st

from hardware.virtual.dynamixel.wire import (
    Code,
    Parser,
    crc16,
    fast_status,
    packet,
    status,
    stuff,
    unstuff,
)

bodies = st.binary(min_size=1, max_size=60) | st.lists(
    st.sampled_from([b"\xff", b"\xff\xff", b"\xfd", b"\xff\xff\xfd", b"\x00"]), min_size=1
).map(b"".join)


def test_a_ping_and_its_answer_are_the_manuals_bytes() -> None:
    assert packet(1, bytes([Code.PING])) == bytes.fromhex("fffffd00 01 0300 01 194e")
    assert status(1, 0, bytes([0x06, 0x04, 0x26])) == bytes.fromhex("fffffd00 01 0700 55 00 060426 655d")


def test_a_fast_sync_answer_chains_its_crcs_as_the_manual_shows() -> None:
    blocks = [(3, 0, b"\xa6\0\0\0"), (7, 0, b"\x1f\x08\0\0"), (4, 0, b"\xff\x03\0\0")]
    assert fast_status(blocks, 24) == bytes.fromhex(
        "fffffd00 fe 1900 55 00 03 a6000000 8408 00 07 1f080000 16ca 00 04 ff030000 d19e"
    )


def test_a_fast_bulk_answer_mixes_lengths_as_the_manual_shows() -> None:
    blocks = [(3, 0, b"\xa6\0\0\0"), (7, 0, b"\xa5\x01"), (4, 0, b"\x1f")]
    assert fast_status(blocks, 19) == bytes.fromhex(
        "fffffd00 fe 1400 55 00 03 a6000000 67a4 00 07 a501 2474 00 04 1f d9c1"
    )


@given(bodies)
def test_stuffing_hides_every_header_and_is_undone(body: bytes) -> None:
    assert unstuff(stuff(body)) == body
    assert b"\xff\xff\xfd\x00" not in stuff(body)


@given(st.lists(bodies, max_size=4), st.binary(max_size=8), st.data())
def test_instructions_survive_any_cut_of_the_stream(sent: list[bytes], noise: bytes, data: st.DataObject) -> None:
    noise = noise.replace(b"\xff", b"")
    stream = noise + b"".join(packet(5, body) for body in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    parser = Parser()
    got = [i for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True) for i in parser.feed(stream[a:b])]
    assert [bytes([i.code]) + i.params for i in got] == sent
    assert all(i.intact and i.id == 5 for i in got)


@given(bodies, st.data())
def test_one_flipped_bit_never_passes_the_crc(body: bytes, data: st.DataObject) -> None:
    raw = bytearray(packet(5, body))
    bit = data.draw(st.integers(7 * 8, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    assert crc16(raw[:-2]) != int.from_bytes(raw[-2:], "little")
