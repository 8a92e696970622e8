"""Calls whose sound is known byte by byte, and looking for that sound on the disk.

Wraps the recording client of `e2e/client`, which computes the payload of each packet, and
remembers when each left. What is looked for is the payload as it was on the wire, and what it
becomes in a WAV file.
"""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import wave

CLIENT = pathlib.Path(__file__).resolve().parents[1] / "client"
sys.path.insert(0, str(CLIENT))
import check_wav  # noqa: E402  (its folder is no package)
import src  # noqa: E402

SIZE = src.FRAME_SAMPLES


class Call:
    """A call in progress; hung up at the end of the `with`."""

    def __init__(self, server, local, seed, *more, remote="+390584943232"):
        self.seed, self.folder = seed, tempfile.TemporaryDirectory(prefix="earwitness-call-")
        self.record = pathlib.Path(self.folder.name, "sent.json")
        host, port = server.ready["sip-udp"]
        self.process = subprocess.Popen(
            [sys.executable, "-B", CLIENT / "src.py", "--to", f"{host}:{port}", "--seed", seed,
             "--local", local, "--remote", remote, "--record", self.record, *more],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.answered = self.process.stdout.readline().strip() == "answered 1"
        self.sent = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()
        self.folder.cleanup()

    def hang_up(self):
        """Ends the call and reads what was sent."""
        if self.sent is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        self.sent = json.loads(self.record.read_text())["calls"][0]

    def payloads(self, since_ns=0, until_ns=1 << 63):
        """(stream, number, bytes) of each packet that left in this time, by CLOCK_MONOTONIC."""
        for stream in self.sent["streams"]:
            for number, _, left_ns, copies in stream["packets"]:
                if copies and since_ns <= left_ns < until_ns:
                    yield (stream["stream"], number,
                           src.payload(self.seed, 0, stream["stream"], number, SIZE))


def on_wire(files, payloads):
    """Those of the payloads whose bytes stand somewhere in the files."""
    contents = [content for content in map(read, files) if content]
    return [(stream, number) for stream, number, data in payloads
            if any(data[:64] in content for content in contents)]


def in_sound(sound, payloads, codec="pcmu"):
    """Those of the payloads that can be heard in a WAV file (its bytes)."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(sound)
        file.flush()
        with wave.open(file.name) as opened:
            frames = opened.readframes(opened.getnframes())
    channels = [b"".join(frames[at + side : at + side + 2] for at in range(0, len(frames), 4))
                for side in (0, 2)]
    return [(stream, number) for stream, number, data in payloads
            if any(check_wav.decoded(codec, data) in channel for channel in channels)]


def read(path):
    """A file's bytes; none when it is gone meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
