#!/usr/bin/env python3
"""Writes `libsrtp.txt`: packets as libsrtp 2 protects them.

One line a packet: suite, master key and salt, kind, plain, protected; everything in hex.
The packets of one key are a stream in order, so that counters matter.
"""

import hashlib
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[4]
sys.path.insert(0, str(ROOT / "e2e" / "client"))
import libsrtp  # noqa: E402


def sound(suite, number, octets):
    return hashlib.shake_128(f"{suite}/{number}".encode()).digest(octets)


def packets(suite):
    """Plain packets: an ordinary one, odd headers, around the wrap of the sequence number."""
    def rtp(first, sequence, behind):
        return "rtp", struct.pack("!BBHII", first, 0, sequence, sequence * 160, 0xCAFEBABE) + behind

    yield rtp(0x80, 65533, sound(suite, 0, 160))
    yield rtp(0x82, 65534, struct.pack("!II", 1, 2) + sound(suite, 1, 33))
    yield rtp(0x90, 65535, bytes.fromhex("bede0001 10203040") + sound(suite, 2, 160))
    yield rtp(0x93, 0, struct.pack("!III", 1, 2, 3) + bytes.fromhex("1000000211111111 22222222")
              + sound(suite, 3, 20))
    yield rtp(0xA0, 1, sound(suite, 4, 156) + bytes([0, 0, 0, 4]))
    yield rtp(0x80, 2, b"")
    yield rtp(0x80, 3, sound(suite, 5, 1))
    yield rtp(0x90, 4, bytes.fromhex("bede0000") + sound(suite, 6, 400))
    report = struct.pack("!BBHIIIIII", 0x80, 200, 6, 0xCAFEBABE, 1, 2, 3, 4, 5)
    yield "rtcp", report + struct.pack("!BBHI", 0x81, 203, 1, 0xCAFEBABE)
    yield "rtcp", report


for suite, (octets, _, _) in libsrtp.SUITES.items():
    key = sound(suite, "master", octets)
    protector = libsrtp.Protector(suite, key)
    for kind, plain in packets(suite):
        print(suite, key.hex(), kind, plain.hex(), getattr(protector, kind)(plain).hex())
