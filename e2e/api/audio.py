"""Sound files of each kind the upload takes, and of kinds it must refuse.

Made here from scratch (the MP3 by Debian's `lame`), so that nothing of the recorder is needed
to know what is right: G.711 after ITU-T G.711, WAV after its one page.
"""

import io
import math
import pathlib
import struct
import subprocess
import tempfile
import wave

RATE = 8000
PCM, A_LAW, MU_LAW = 1, 6, 7


def tone(seconds=1.0, hertz=440, rate=RATE):
    """16-bit samples of a tone."""
    count = round(seconds * rate)
    return [round(12000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(count)]


def a_law(sample):
    """One 16-bit sample as A-law."""
    size = sample >> 3 if sample >= 0 else -(sample >> 3) - 1
    mask = 0xD5 if sample >= 0 else 0x55
    segment = max(0, size.bit_length() - 5)
    step = size >> (segment if segment > 1 else 1) & 0x0F
    return (segment << 4 | step) ^ mask


def mu_law(sample):
    """One 16-bit sample as µ-law."""
    size = min(sample >> 2 if sample >= 0 else -(sample >> 2), 8158) + 33
    mask = 0xFF if sample >= 0 else 0x7F
    segment = max(0, size.bit_length() - 6)
    return (segment << 4 | size >> (segment + 1) & 0x0F) ^ mask


def wav(channels=1, bits=16, seconds=1.0):
    """A PCM WAV file; a second channel has another tone."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(bits // 8)
        file.setframerate(RATE)
        tones = [tone(seconds, 440 * (n + 1)) for n in range(channels)]
        samples = [sample for frame in zip(*tones) for sample in frame]
        if bits == 8:
            file.writeframes(bytes((sample >> 8) + 128 for sample in samples))
        else:
            file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return out.getvalue()


def g711(law, channels=1, seconds=1.0):
    """A WAV file of A-law or µ-law."""
    coded = a_law if law == A_LAW else mu_law
    data = bytes(coded(s) for s in tone(seconds) for _ in range(channels))
    form = struct.pack("<HHIIHHH", law, channels, RATE, RATE * channels, channels, 8, 0)
    fact = struct.pack("<I", len(data) // channels)
    return riff([(b"fmt ", form), (b"fact", fact), (b"data", data)])


def riff(chunks):
    """A WAV file of these chunks."""
    body = b"WAVE"
    for name, data in chunks:
        body += name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def mp3(channels=1, seconds=1.0):
    """An MP3 file."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in.wav"), pathlib.Path(folder, "out.mp3")
        source.write_bytes(wav(channels, 16, seconds))
        subprocess.run(["lame", "--quiet", "-b", "32", "-m", "s" if channels == 2 else "m",
                        source, target], check=True, capture_output=True)
        return target.read_bytes()


def kinds():
    """(name, media type, bytes, channels) of each kind that is taken."""
    return [
        ("PCM-16", "audio/wav", wav(), 1),
        ("PCM-16 stereo", "audio/x-wav", wav(channels=2), 2),
        ("PCM-8", "audio/wave", wav(bits=8), 1),
        ("A-law", "audio/vnd.wave", g711(A_LAW), 1),
        ("A-law stereo", "audio/vnd.wav", g711(A_LAW, channels=2), 2),
        ("mu-law", "audio/x-pn-wav", g711(MU_LAW), 1),
        ("MP3", "audio/mpeg", mp3(), 1),
        ("MP3 stereo", "audio/mpeg", mp3(channels=2), 2),
    ]


def broken():
    """(name, media type, bytes) of what is no sound that is taken."""
    good = wav()
    adpcm = struct.pack("<HHIIHHH", 0x11, 1, RATE, RATE // 2, 256, 4, 0)
    form = good[12:36]
    return [
        ("empty", "audio/wav", b""),
        ("no WAV at all", "audio/wav", b"this is no sound" * 100),
        ("cut in its header", "audio/wav", good[:30]),
        ("cut in its data", "audio/wav", good[:-1000]),
        ("a coding that is not taken", "audio/wav",
         riff([(b"fmt ", adpcm), (b"data", bytes(4096))])),
        ("24 bits", "audio/wav",
         riff([(b"fmt ", struct.pack("<HHIIHH", PCM, 1, RATE, RATE * 3, 3, 24)),
               (b"data", bytes(2400))])),
        ("no data", "audio/wav", b"RIFF" + struct.pack("<I", 4 + len(form)) + b"WAVE" + form),
        ("WAV that says it is MP3", "audio/mpeg", good),
        ("MP3 that says it is WAV", "audio/wav", mp3()),
        ("another kind", "image/png", good),
        ("no MP3 at all", "audio/mpeg", b"\xff" * 5000),
    ]
