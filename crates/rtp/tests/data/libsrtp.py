#!/usr/bin/env python3
"""Writes `libsrtp.txt`: packets as libsrtp 2 protects them (Debian's `libsrtp2-1`, by ctypes).

One line a packet: suite, master key and salt, kind, plain, protected; everything in hex.
The packets of one key are a stream in order, so that counters matter.
"""

import ctypes
import hashlib
import struct

LIBRARY = ctypes.CDLL("libsrtp2.so.1")
# libsrtp's names for a suite, as the functions that fill in a policy.
SUITES = {
    "AES_CM_128_HMAC_SHA1_80": ("srtp_crypto_policy_set_rtp_default", 30, None),
    "AES_CM_128_HMAC_SHA1_32": ("srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32", 30,
                                "srtp_crypto_policy_set_rtp_default"),
    "AES_256_CM_HMAC_SHA1_80": ("srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80", 46, None),
    "AES_256_CM_HMAC_SHA1_32": ("srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32", 46,
                                "srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80"),
    "AEAD_AES_128_GCM": ("srtp_crypto_policy_set_aes_gcm_128_16_auth", 28, None),
    "AEAD_AES_256_GCM": ("srtp_crypto_policy_set_aes_gcm_256_16_auth", 44, None),
}


class Crypto(ctypes.Structure):
    _fields_ = [("cipher", ctypes.c_uint32), ("key", ctypes.c_int), ("auth", ctypes.c_uint32),
                ("auth_key", ctypes.c_int), ("tag", ctypes.c_int), ("services", ctypes.c_int)]


class Policy(ctypes.Structure):
    _fields_ = [("ssrc_type", ctypes.c_int), ("ssrc", ctypes.c_uint), ("rtp", Crypto),
                ("rtcp", Crypto), ("key", ctypes.c_char_p), ("keys", ctypes.c_void_p),
                ("masters", ctypes.c_ulong), ("ekt", ctypes.c_void_p),
                ("window", ctypes.c_ulong), ("repeat", ctypes.c_int),
                ("extensions", ctypes.c_void_p), ("extension_count", ctypes.c_int),
                ("next", ctypes.c_void_p)]


def protect(session, kind, plain):
    buffer = ctypes.create_string_buffer(plain, len(plain) + 512)
    octets = ctypes.c_int(len(plain))
    call = LIBRARY.srtp_protect if kind == "rtp" else LIBRARY.srtp_protect_rtcp
    status = call(session, buffer, ctypes.byref(octets))
    assert status == 0, (kind, status)
    return buffer.raw[: octets.value]


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


def main():
    assert LIBRARY.srtp_init() == 0
    for suite, (rtp, master, rtcp) in SUITES.items():
        policy = Policy()
        getattr(LIBRARY, rtp)(ctypes.byref(policy.rtp))
        getattr(LIBRARY, rtcp or rtp)(ctypes.byref(policy.rtcp))
        key = sound(suite, "master", master)
        policy.ssrc_type, policy.key, policy.window = 3, key, 128
        session = ctypes.c_void_p()
        assert LIBRARY.srtp_create(ctypes.byref(session), ctypes.byref(policy)) == 0, suite
        for kind, plain in packets(suite):
            print(suite, key.hex(), kind, plain.hex(), protect(session, kind, plain).hex())


main()
