#!/usr/bin/env python3
"""Compares a recording with what `src.py` says it sent, sample by sample.

It has its own G.711 (from the tables of ITU-T G.711, as formulas) and its own WAV reader, so
that it cannot share a fault with the recorder, and it must never guess in favour of the
recorder: whatever it cannot find it reports as missing.

The expected time line is computed from the send times alone: the place of a stream is the
least (send time - timestamp / rate) over its first two seconds. Prints one JSON object; exit
status 0 when every sample of every packet that had to be there is there, in place, and
nothing but silence stands between them.
"""

import argparse
import array
import json
import struct
import sys

from src import codec_of, payload


def ulaw(code):
    """G.711 mu-law to 16-bit linear."""
    code = ~code & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return -magnitude if code & 0x80 else magnitude


def alaw(code):
    """G.711 A-law to 16-bit linear."""
    code ^= 0x55
    magnitude, exponent = ((code & 0x0F) << 4) + 8, (code >> 4) & 7
    if exponent:
        magnitude = (magnitude + 0x100) << (exponent - 1)
    return magnitude if code & 0x80 else -magnitude


TABLES = {
    codec: [struct.pack("<h", decode(code)) for code in range(256)]
    for codec, decode in (("pcmu", ulaw), ("pcma", alaw))
}


def decoded(codec, data):
    """The packet's samples as little-endian bytes."""
    table = TABLES[codec]
    return b"".join([table[code] for code in data])


def read_wav(path):
    """(sample rate, one array of samples per channel, oddities)."""
    with open(path, "rb") as file:
        raw = file.read()
    oddities = []
    if raw[:4] not in (b"RIFF", b"RF64") or raw[8:12] != b"WAVE":
        raise ValueError(f"{path} is no WAV file: {raw[:12]!r}")
    if raw[:4] == b"RIFF" and struct.unpack("<I", raw[4:8])[0] != len(raw) - 8:
        oddities.append("RIFF size is not the file's size")
    at, kind, sound = 12, None, None
    while at + 8 <= len(raw):
        name, size = raw[at : at + 4], struct.unpack("<I", raw[at + 4 : at + 8])[0]
        body = raw[at + 8 : at + 8 + size]
        if len(body) < size:
            oddities.append(f"chunk {name!r} is cut short")
        if name == b"fmt ":
            kind = struct.unpack("<HHIIHH", body[:16])
        elif name == b"data":
            sound = body
        at += 8 + size + (size & 1)
    if kind is None or sound is None:
        raise ValueError(f"{path} has no fmt or no data chunk")
    code, channels, rate, bytes_a_second, block, bits = kind
    if bits != 16 or code not in (1, 0xFFFE) or block != 2 * channels:
        raise ValueError(f"{path}: format {code}, {bits} bits, block {block}")
    if bytes_a_second != rate * block:
        oddities.append("wrong bytes a second in fmt")
    samples = array.array("h")
    samples.frombytes(sound[: len(sound) // block * block])
    if len(sound) % block:
        oddities.append("half a frame at the end")
    return rate, [samples[channel::channels] for channel in range(channels)], oddities


def place_ns(stream, rate):
    """Where timestamp 0 of the stream lies: least delay over its first two seconds."""
    sent = [packet for packet in stream["packets"] if packet[3]]
    if not sent:
        return None
    limit = sent[0][2] + 2_000_000_000
    return min(p[2] - p[1] * 1_000_000_000 // rate for p in sent if p[2] <= limit)


class Channel:
    """One channel of the file and the stream that should be on it."""

    def __init__(self, record, call, stream, samples, index):
        self.stream, self.index, self.samples = stream, index, samples
        self.raw = samples.tobytes()
        self.size = record["samplesPerPacket"]
        self.sent = [packet for packet in stream["packets"] if packet[3]]
        self.expected = []
        for packet in self.sent:
            data = payload(record["seed"], call["call"], stream["stream"], packet[0], self.size)
            codec = codec_of(record["codec"], record.get("switchEvery", 0), packet[0])
            self.expected.append((packet, decoded(codec, data)))

    def find(self, sound, near=None):
        """Sample index of `sound` in the channel, or None. `near` is looked at first."""
        if near is not None and near >= 0 and self.raw[near * 2 : near * 2 + len(sound)] == sound:
            return near
        at = self.raw.find(sound)
        while at >= 0 and at % 2:
            at = self.raw.find(sound, at + 1)
        return at // 2 if at >= 0 else None

    def origin(self):
        """Sample index of timestamp 0, from the first packet that can be found."""
        for packet, sound in self.expected:
            found = self.find(sound)
            if found is not None:
                return found - packet[1]
        return None

    def compare(self, until_ns):
        """What is there, what is not, and what is between."""
        origin, out = self.origin(), {}
        present = moved = differing = needed = missing = 0
        last_present_ns, lost, covered = 0, [], []
        for packet, sound in self.expected:
            must = until_ns is None or packet[2] <= until_ns
            needed += must
            at = None if origin is None else origin + packet[1]
            here = b"" if at is None or at < 0 else self.raw[at * 2 : at * 2 + len(sound)]
            if here == sound:
                present += 1
                last_present_ns = max(last_present_ns, packet[2])
                covered.append((at, at + self.size))
                continue
            elsewhere = self.find(sound)
            if elsewhere is not None:
                moved += 1
                present += 1
                last_present_ns = max(last_present_ns, packet[2])
                covered.append((elsewhere, elsewhere + self.size))
            elif must:
                missing += 1
                lost.append(packet[0])
            if must:
                differing += difference(here, sound)
        out.update(
            channel=self.index, stream=self.stream["stream"], party=self.stream["party"],
            origin=origin, sent=len(self.sent), needed=needed, present=present, moved=moved,
            missing=missing, missingNumbers=lost[:20], differingSamples=differing,
            lastPresentAt=last_present_ns, noise=self.noise(covered),
        )
        return out

    def noise(self, covered):
        """Samples that are not silence although no packet that was found lies there."""
        rest, at, count = sorted(covered), 0, 0
        for begin, end in [*rest, (len(self.samples), len(self.samples))]:
            if begin > at:
                between = self.samples[at:begin]
                count += len(between) - between.count(0)
            at = max(at, end)
        return count


def difference(here, sound):
    """How many samples differ; what is not there at all differs."""
    short = (len(sound) - len(here)) // 2
    return short + sum(
        here[at : at + 2] != sound[at : at + 2] for at in range(0, len(here) // 2 * 2, 2)
    )


def check(record, number, path, until_ns=None):
    """The whole comparison of one call with one file."""
    call = next(call for call in record["calls"] if call["call"] == number)
    rate, channels, oddities = read_wav(path)
    out = {"call": number, "rate": rate, "channels": len(channels),
           "frames": len(channels[0]), "oddities": oddities, "streams": []}
    if rate != record["rate"] or len(channels) != 2:
        oddities.append(f"{rate} Hz and {len(channels)} channels")
        return out
    order = sorted(call["streams"], key=lambda stream: stream["party"])  # local is left
    compared = [Channel(record, call, stream, channels[index], index).compare(until_ns)
                for index, stream in enumerate(order)]
    out["streams"] = compared
    places = [place_ns(stream, rate) for stream in order]
    placed = [(place, one) for place, one in zip(places, compared)
              if place is not None and one["origin"] is not None]
    if len(placed) == 2:
        (left, one), (right, other) = placed
        wanted = (right - left) / 1e9
        out["alignmentErrorMs"] = round(
            ((other["origin"] - one["origin"]) / rate - wanted) * 1000, 3)
    begin = [place + first(stream) * 1_000_000_000 // rate
             for place, stream in zip(places, order) if place is not None]
    end = [place + (last(stream) + record["samplesPerPacket"]) * 1_000_000_000 // rate
           for place, stream in zip(places, order) if place is not None]
    if begin:
        out["expectedMs"] = round((max(end) - min(begin)) / 1e6, 3)
        out["lengthErrorMs"] = round(out["frames"] / rate * 1000 - out["expectedMs"], 3)
    out["exact"] = not oddities and all(
        not (one["missing"] or one["moved"] or one["differingSamples"] or one["noise"])
        for one in compared)
    return out


def first(stream):
    return min((packet[1] for packet in stream["packets"] if packet[3]), default=0)


def last(stream):
    return max((packet[1] for packet in stream["packets"] if packet[3]), default=0)


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", required=True, help="what src.py wrote")
    parser.add_argument("--call", type=int, default=0)
    parser.add_argument("--wav", required=True)
    parser.add_argument("--until-ns", type=int,
                        help="only packets sent up to then (CLOCK_MONOTONIC) must be there")
    options = parser.parse_args(arguments)
    with open(options.record, encoding="utf-8") as file:
        record = json.load(file)
    result = check(record, options.call, options.wav, options.until_ns)
    print(json.dumps(result))
    return 0 if result.get("exact") else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
