#!/usr/bin/env python3
"""Checks of the checkers: a comparison that cannot fail proves nothing.

Run with `python3 -m unittest discover -s e2e/client`. It builds recordings whose faults are
known and must see each of them reported; it never starts the recorder.
"""

import os
import struct
import tempfile
import unittest
import warnings

import check_wav
import src

SIZE = 160


def record(gap=0, late_frames=0, loss=()):
    """One call of fifty packets a stream, sent by a perfect clock."""
    streams = []
    for index, party in ((0, "remote"), (1, "local")):
        begin = 1_000_000_000 + (late_frames * 20_000_000 if index else 0)
        packets = []
        for number in range(50):
            frame = number + (gap if number >= 25 else 0)
            kept = number not in loss
            packets.append([number, frame * SIZE, begin + frame * 20_000_000, int(kept)])
        streams.append({"stream": index, "party": party, "label": "x", "packets": packets})
    return {"seed": "7", "codec": "pcmu", "rate": 8000, "samplesPerPacket": SIZE,
            "calls": [{"call": 3, "streams": streams}]}


def channels(kept):
    """What a perfect recorder makes of it: left is the local party."""
    call = kept["calls"][0]
    zero = min(s["packets"][0][2] for s in call["streams"])
    out = {}
    for stream in call["streams"]:
        place = (stream["packets"][0][2] - zero) * 8000 // 1_000_000_000
        sound = bytearray()
        for number, stamp, _, copies in stream["packets"]:
            if not copies:
                continue
            at = (place + stamp) * 2
            sound.extend(bytes(max(0, at + 2 * SIZE - len(sound))))
            data = src.payload("7", 3, stream["stream"], number, SIZE)
            sound[at : at + 2 * SIZE] = check_wav.decoded("pcmu", data)
        out[stream["party"]] = sound
    length = max(len(sound) for sound in out.values())
    return [bytes(out[party].ljust(length, b"\0")) for party in ("local", "remote")]


def wav(left, right):
    data = b"".join(left[at : at + 2] + right[at : at + 2] for at in range(0, len(left), 2))
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16,
                       1, 2, 8000, 32000, 4, 16, b"data", len(data))
    return head + data


class Comparison(unittest.TestCase):
    def check(self, kept, left, right, until_ns=None):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "x.wav")
            with open(path, "wb") as file:
                file.write(wav(left, right))
            return check_wav.check(kept, 3, path, until_ns)

    def test_a_perfect_recording_is_exact(self):
        for kept in (record(), record(gap=30), record(late_frames=40), record(loss=(4, 5))):
            result = self.check(kept, *channels(kept))
            self.assertTrue(result["exact"], result)
            self.assertEqual(result["alignmentErrorMs"], 0)
            self.assertEqual(result["lengthErrorMs"], 0)

    def test_one_wrong_sample_is_one_difference(self):
        kept = record()
        left, right = channels(kept)
        spoiled = bytearray(left)
        spoiled[1000] ^= 1
        result = self.check(kept, bytes(spoiled), right)
        self.assertFalse(result["exact"])
        self.assertEqual([s["differingSamples"] for s in result["streams"]], [1, 0])
        self.assertEqual(result["streams"][0]["missingNumbers"], [3])

    def test_swapped_channels_are_missing_altogether(self):
        kept = record()
        left, right = channels(kept)
        result = self.check(kept, right, left)
        self.assertEqual([s["missing"] for s in result["streams"]], [50, 50])

    def test_a_shifted_channel_is_an_alignment_error(self):
        kept = record()
        left, right = channels(kept)
        result = self.check(kept, left + bytes(160), bytes(160) + right)
        self.assertEqual(result["alignmentErrorMs"], 10)
        self.assertEqual(result["lengthErrorMs"], 10)

    def test_a_lost_end_counts_only_up_to_the_instant_asked_for(self):
        kept = record()
        left, right = (side[: 40 * SIZE * 2] for side in channels(kept))
        self.assertFalse(self.check(kept, left, right)["exact"])
        until_ns = 1_000_000_000 + 39 * 20_000_000
        self.assertTrue(self.check(kept, left, right, until_ns)["exact"])
        self.assertFalse(self.check(kept, left, right, until_ns + 20_000_000)["exact"])

    def test_sound_where_nothing_was_sent_is_noise(self):
        kept = record(gap=30)
        left, right = channels(kept)
        spoiled = bytearray(right)
        at = 27 * SIZE * 2
        spoiled[at : at + 20] = b"\x01\x02" * 10
        result = self.check(kept, left, bytes(spoiled))
        self.assertEqual([s["noise"] for s in result["streams"]], [0, 10])

    def test_inserted_samples_are_moved_packets(self):
        kept = record()
        left, right = channels(kept)
        at = 30 * SIZE * 2
        spoiled = left[:at] + bytes(6) + left[at:]
        result = self.check(kept, spoiled, right + bytes(6))
        self.assertEqual(result["streams"][0]["moved"], 20)
        self.assertFalse(result["exact"])


class G711(unittest.TestCase):
    def test_it_equals_the_library_s(self):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import audioop
        except ImportError:
            self.skipTest("no audioop in this Python")
        codes = bytes(range(256))
        self.assertEqual(check_wav.decoded("pcmu", codes), audioop.ulaw2lin(codes, 2))
        self.assertEqual(check_wav.decoded("pcma", codes), audioop.alaw2lin(codes, 2))

    def test_known_values(self):
        self.assertEqual([check_wav.ulaw(c) for c in (0xFF, 0x7F, 0x80, 0x00)],
                         [0, 0, 32124, -32124])
        self.assertEqual([check_wav.alaw(c) for c in (0xD5, 0x55, 0xAA, 0x2A)],
                         [8, -8, 32256, -32256])


class Messages(unittest.TestCase):
    def test_the_answer_s_m_lines_are_read(self):
        body = (b"v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\na=label:2\r\n"
                b"a=recvonly\r\nm=video 0 RTP/AVP 99\r\nc=IN IP4 10.0.0.2\r\n")
        media = src.read_sdp(body)
        self.assertEqual([m["port"] for m in media], [4000, 0])
        self.assertEqual(media[0]["label"], "2")
        self.assertEqual(media[0]["direction"], "recvonly")
        self.assertEqual(media[1]["address"], "10.0.0.2")

    def test_a_payload_is_a_formula(self):
        self.assertEqual(src.payload("1", 2, 0, 3), src.payload("1", 2, 0, 3))
        seen = {src.payload("1", call, stream, number)
                for call in range(3) for stream in range(2) for number in range(50)}
        self.assertEqual(len(seen), 300)


if __name__ == "__main__":
    unittest.main()
