"""Protects and opens packets with libsrtp 2, by ctypes (Debian's `libsrtp2-1`): not our own SRTP.

`libsrtp.py rtp|rtcp|open-rtcp SUITE KEY < packets`: a packet is a line, and key and packets are
in hexadecimal.
"""

import ctypes
import sys

# A suite's name in RFC 4568, RFC 6188 or RFC 7714: octets of key and salt, and libsrtp's names
# of its transforms for RTP and for RTCP, where tags are of 80 bits even beside short ones.
SUITES = {
    "AES_CM_128_HMAC_SHA1_80": (30, "rtp_default", "rtp_default"),
    "AES_CM_128_HMAC_SHA1_32": (30, "aes_cm_128_hmac_sha1_32", "rtp_default"),
    "AES_256_CM_HMAC_SHA1_80": (46, "aes_cm_256_hmac_sha1_80", "aes_cm_256_hmac_sha1_80"),
    "AES_256_CM_HMAC_SHA1_32": (46, "aes_cm_256_hmac_sha1_32", "aes_cm_256_hmac_sha1_80"),
    "AEAD_AES_128_GCM": (28, "aes_gcm_128_16_auth", "aes_gcm_128_16_auth"),
    "AEAD_AES_256_GCM": (44, "aes_gcm_256_16_auth", "aes_gcm_256_16_auth"),
}
ONE_SOURCE, ANY_INBOUND, ANY_OUTBOUND = 1, 2, 3


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


class Protector:
    """One master key; every source under it counts for itself.

    `goes_on` (source, rollover counter): a new key of a source that has wrapped before, as RFC
    3711 section 3.3.1 wants it; without it counting begins again, as some senders do. `mki` goes
    into every packet (RFC 3711 section 3.1, RFC 7714 section 8.1).
    """

    library = None

    def __init__(self, suite, master, direction=ANY_OUTBOUND, goes_on=None, mki=b""):
        octets, rtp, rtcp = SUITES[suite]
        assert len(master) == octets
        if Protector.library is None:
            Protector.library = ctypes.CDLL("libsrtp2.so.1")
            assert self.library.srtp_init() == 0
        policy = Policy()
        policy.ssrc_type, policy.key, policy.window = direction, master, 128
        if goes_on:
            policy.ssrc_type, policy.ssrc = ONE_SOURCE, goes_on[0]
        self.mki, self.tag = mki, 0 if "GCM" in suite else int(suite[-2:]) // 8
        for name, crypto in ((rtp, policy.rtp), (rtcp, policy.rtcp)):
            getattr(self.library, f"srtp_crypto_policy_set_{name}")(ctypes.byref(crypto))
        self.session = ctypes.c_void_p()
        assert self.library.srtp_create(ctypes.byref(self.session), ctypes.byref(policy)) == 0
        if goes_on:
            source, rollover = map(ctypes.c_uint32, goes_on)
            assert self.library.srtp_set_stream_roc(self.session, source, rollover) == 0

    def rtp(self, plain):
        packet = self._protect(self.library.srtp_protect, plain)
        end = len(packet) - self.tag
        return packet[:end] + self.mki + packet[end:]

    def rtcp(self, plain):
        return self._protect(self.library.srtp_protect_rtcp, plain)

    def _protect(self, call, plain):
        buffer = ctypes.create_string_buffer(plain, len(plain) + 512)
        octets = ctypes.c_int(len(plain))
        status = call(self.session, buffer, ctypes.byref(octets))
        assert status == 0, status
        return buffer.raw[: octets.value]

    def open_rtcp(self, sealed):
        return self._protect(self.library.srtp_unprotect_rtcp, sealed)


if __name__ == "__main__":
    what, name, key = sys.argv[1:]
    way = ANY_INBOUND if what == "open-rtcp" else ANY_OUTBOUND
    keyed = Protector(name, bytes.fromhex(key), way)
    deed = {"rtp": keyed.rtp, "rtcp": keyed.rtcp, "open-rtcp": keyed.open_rtcp}[what]
    for line in sys.stdin:
        print(deed(bytes.fromhex(line)).hex())
