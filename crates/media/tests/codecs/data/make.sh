#!/bin/sh
# Makes the vectors again, with programs that share nothing with this crate. On Debian:
#   apt-get install ffmpeg gcc libbcg729-dev libopus-dev libspandsp-dev python3
# The signal is computed; each pair of files is what an encoder made of it, or random octets,
# and what an independent decoder makes of that.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 - "$work" <<'PYTHON'
import math, struct, sys
def signal(rate, seconds):
    noise, samples = 12345, []
    for n in range(int(rate * seconds)):
        t = n / rate
        noise = (noise * 1103515245 + 12345) & 0x7fffffff
        voice = sum(math.sin(2 * math.pi * (150 + 40 * t) * k * t) / k for k in (1, 2, 3, 5, 8, 13))
        loud = 0.5 + 0.5 * math.sin(2 * math.pi * 3 * t)
        value = loud * (0.4 * voice + 0.1 * (noise / 0x3fffffff - 1))
        samples.append(int(max(-1, min(1, value)) * 24000))
    return samples
def silence(samples, rate):
    return [v if (n // (rate // 2)) % 2 == 0 else v // 400 for n, v in enumerate(samples)]
for rate in (8000, 16000, 48000):
    long = signal(rate, 2.0)
    for name, s in (
        ("voice", long[: rate // 4]),
        ("long", long[:rate]),
        ("pauses", silence(long, rate)),
    ):
        with open(f"{sys.argv[1]}/{name}{rate}", "wb") as f:
            f.write(struct.pack(f"<{len(s)}h", *s))
state = 1
def octets(count):
    global state
    out = bytearray()
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) & (2**64 - 1)
        out.append(state >> 56)
    return bytes(out)
open("random.g722", "wb").write(octets(500))
PYTHON

# Sums of packets of so many octets of samples.
sums() {
    python3 -c '
import sys
pcm, size = sys.stdin.buffer.read(), int(sys.argv[1])
for at in range(0, len(pcm), size):
    value = 0x811c9dc5
    for octet in pcm[at : at + size]:
        value = ((value ^ octet) * 0x01000193) & 0xffffffff
    print(f"{value:08x}")
' "$1"
}

ffmpeg -v error -y -f s16le -ar 16000 -ac 1 -i "$work/voice16000" -c:a g722 -f g722 voice.g722
for name in voice random; do
    ffmpeg -v error -y -f g722 -i $name.g722 -f s16le $name.g722.pcm
done

cc -O1 -o "$work/vectors" vectors.c -lspandsp -lbcg729 -lopus
"$work/vectors" g726-encode < "$work/voice8000" > voice.g726
"$work/vectors" g726-decode < voice.g726 > voice.g726.pcm
# Annexes A and B: voice, then silence, and so on; frames behind an octet of length.
"$work/vectors" g729-encode < "$work/pauses8000" > pauses.g729
"$work/vectors" g729-decode < pauses.g729 | sums 160 > pauses.g729.sums
# The same with every ninth frame lost.
"$work/vectors" g729-lossy < pauses.g729 | sums 160 > lossy.g729.sums
# Packets behind two octets of length: SILK, hybrid, CELT; one and two channels.
"$work/vectors" opus-encode 16000 1 24000 960 < "$work/long48000" > silk.opus
"$work/vectors" opus-encode 32000 2 48000 960 < "$work/voice48000" > hybrid.opus
"$work/vectors" opus-encode 48000 2 48000 480 < "$work/voice48000" > celt.opus
"$work/vectors" opus-decode < silk.opus | sums 1920 > silk.opus.sums
"$work/vectors" opus-decode < hybrid.opus > hybrid.opus.pcm
"$work/vectors" opus-decode < celt.opus > celt.opus.pcm
# Every seventh packet lost, and what its successor says of it.
"$work/vectors" opus-lossy < silk.opus | sums 1920 > lossy.opus.sums
