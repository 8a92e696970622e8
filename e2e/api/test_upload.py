"""Uploads: each kind of sound comes back unchanged, each bad one leaves nothing behind.

The real binary over a real socket; what is stored is compared byte by byte with what was sent.
"""

import hashlib
import json
import socket
import unittest

import audio
from recorder import RECORDINGS, V1, Case, System, basic, password, wait_for

BOUNDARY = "----a-boundary-of-the-tests"
METADATA = {
    "startDateTime": "2018-09-25T13:00:00.0000000Z",
    "duration": "PT1M30S",
    "direction": 1,
    "localParty": {"username": "mario_rossi", "phoneNumber": "346"},
    "remoteParty": {"phoneNumber": "+390584943232"},
    "pbxCallId": "100",
    "notes": "brought in",
    "preserved": True,
}
MIB = 1 << 20


def part(name, media_type, data, filename=None):
    """One part of a form."""
    disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\nContent-Type: {media_type}"
    return head.encode() + b"\r\n\r\n" + data + b"\r\n"


def form(metadata, media_type, sound):
    """The whole body of an upload."""
    data = metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode()
    return (part("jsondata", "application/json", data)
            + part("attachment", media_type, sound, "call.bin")
            + f"--{BOUNDARY}--\r\n".encode())


class Uploads(Case):
    """One recorder for all of them."""

    @classmethod
    def setUpClass(cls):
        cls.system = cls.enterClassContext(System())
        cls.system.command("group", "add", "Sales")
        cls.system.add_user("mario_rossi", "base", "346", "--group", "Sales")
        cls.system.add_user("anna", "base", "347")
        cls.system.add_user("rita", "record", "348")
        cls.system.add_user("boss", "complete", "349")
        cls.server = cls.enterClassContext(cls.system.start())

    def upload(self, user, metadata, media_type, sound):
        """POST Recordings."""
        content = f"multipart/form-data; boundary={BOUNDARY}"
        return self.server.ask("POST", RECORDINGS, user, form(metadata, media_type, sound),
                               {"Content-Type": content})

    def left_over(self):
        """Names and sizes of all files that may grow by an upload, and the number of rows."""
        files = {str(path.relative_to(self.system.folder)): size(path)
                 for path in self.system.folder.rglob("*")
                 if path.is_file() and not path.name.startswith("catalogue.db")}
        return {**files, "rows": self.server.list("boss")["totalCount"]}

    def begin(self, user, body, sent):
        """A connection on which the first `sent` octets of an upload have left."""
        lines = [f"POST {RECORDINGS} HTTP/1.1", "Host: x",
                 "Authorization: " + basic(user, password(user)),
                 f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
                 f"Content-Length: {len(body)}", "", ""]
        wire = socket.create_connection(self.server.address, timeout=60)
        wire.sendall("\r\n".join(lines).encode() + body[:sent])
        return wire

    def nothing_stays(self, before):
        """Whatever was begun is gone again, at the latest soon after the answer."""
        try:
            wait_for("the upload's file to be gone", lambda: self.left_over() == before, 10)
        except AssertionError:
            self.assertEqual(self.left_over(), before)

    def test_each_kind_comes_back_unchanged(self):
        for name, media_type, sound, channels in audio.kinds():
            with self.subTest(name):
                made = self.expect(201, self.upload("mario_rossi", METADATA, media_type, sound))
                self.assertEqual(list(made.json), ["id"])
                path = f"{RECORDINGS}/{made.json['id']}"
                detail = self.expect(200, self.server.get(path, "mario_rossi")).json
                self.assertEqual(detail["size"], len(sound))
                digest = hashlib.sha256(sound).hexdigest()
                self.assertEqual(detail["hash"], {"SHA256": digest})
                self.assertEqual(detail["startTime"], "2018-09-25T13:00:00Z")
                self.assertEqual(detail["duration"], "PT1M30S")
                self.assertEqual(detail["direction"], 1)
                self.assertEqual(detail["localPartyNumber"], "346")
                self.assertEqual(detail["remotePartyNumber"], "+390584943232")
                self.assertEqual(detail["pbxCallId"], "100")
                self.assertEqual(detail["owner"]["username"], "mario_rossi")
                self.assertEqual(detail["note"]["text"], "brought in")
                self.assertEqual(detail["note"]["owner"]["username"], "mario_rossi")
                self.assertEqual(detail["preservingUser"]["username"], "mario_rossi")
                media = self.expect(200, self.server.get(f"{path}/Media", "mario_rossi"))
                self.assertEqual(media.body, sound)
                ending = "mp3" if media_type == "audio/mpeg" else "wav"
                self.assertIn(f"{detail['referenceNumber']}.{ending}",
                              media.headers["Content-Disposition"])
                ours = self.server.get(f"{V1}/recordings/{made.json['id']}", "mario_rossi").json
                self.assertEqual(ours["media"]["channels"], channels, ours)
                peaks = self.expect(200, self.server.get(
                    f"{V1}/recordings/{made.json['id']}/peaks", "mario_rossi")).json
                self.assertEqual(peaks["sampleRate"], ours["media"]["sampleRate"])
                self.assertEqual(peaks["samples"] * 1000 // peaks["sampleRate"],
                                 ours["durationMs"])
                stretches = -(-peaks["samples"] // peaks["samplesPerValue"])
                for side in ("left", "right"):
                    # A tone of 12,000 of 32,768, all the time but for what MP3 puts around it.
                    self.assertEqual(len(peaks[side]), stretches)
                    middle = peaks[side][stretches // 4:stretches // 2]
                    self.assertTrue(all(85 <= value <= 105 for value in middle), middle)
                if channels == 1:
                    self.assertEqual(peaks["left"], peaks["right"])
        self.system.command("verify", "--all")

    def test_what_is_no_sound_is_refused_and_leaves_nothing(self):
        before, listed = self.left_over(), self.server.list("boss")["totalCount"]
        for name, media_type, sound in audio.broken():
            with self.subTest(name):
                answer = self.expect(400, self.upload("anna", as_anna(), media_type, sound))
                self.assertEqual(answer.json["reason"], 2, answer)
                self.assertTrue(answer.json["message"])
                self.nothing_stays(before)
        self.assertEqual(self.server.list("boss")["totalCount"], listed)

    def test_metadata_that_are_wrong_are_refused_and_leave_nothing(self):
        before = self.left_over()
        sound = audio.wav(seconds=0.1)
        wrong = [(0, b""), (0, b"{"), (0, b"null"), (0, b"\xff\xfe")]
        for key in ("startDateTime", "duration", "direction", "localParty"):
            wrong.append((1, {k: v for k, v in as_anna().items() if k != key}))
        for key, value in (
            ("startDateTime", "yesterday"), ("startDateTime", 5), ("duration", "90"),
            ("duration", "-PT1S"), ("direction", 3), ("direction", "1"), ("localParty", "anna"),
            ("localParty", {"username": "anna"}), ("preserved", "yes"),
        ):
            wrong.append((1, {**as_anna(), key: value}))
        for reason, metadata in wrong:
            with self.subTest(str(metadata)):
                answer = self.expect(400, self.upload("anna", metadata, "audio/wav", sound))
                self.assertEqual(answer.json["reason"], reason, answer)
                self.nothing_stays(before)
        nobody = {**METADATA, "localParty": {"username": "nobody", "phoneNumber": "1"}}
        answer = self.expect(400, self.upload("boss", nobody, "audio/wav", sound))
        self.assertEqual(answer.json["reason"], 1, answer)
        self.nothing_stays(before)

    def test_who_may_upload_for_whom(self):
        sound = audio.wav(seconds=0.1)
        for user in ("mario_rossi", "boss"):
            self.expect(201, self.upload(user, METADATA, "audio/wav", sound))
        before = self.left_over()
        for user in ("anna", "rita"):
            with self.subTest(user):
                self.expect(403, self.upload(user, METADATA, "audio/wav", sound))
                self.nothing_stays(before)
        answer = self.upload(None, METADATA, "audio/wav", sound)
        self.expect(401, answer)
        self.assertIn("Basic", answer.headers["WWW-Authenticate"])
        self.nothing_stays(before)

    def test_what_is_no_form_is_refused_and_leaves_nothing(self):
        before = self.left_over()
        sound = audio.wav()
        whole = form(as_anna(), "audio/wav", sound)
        said = part("jsondata", "application/json", json.dumps(as_anna()).encode())
        file = part("attachment", "audio/wav", sound, "call.wav")
        end = f"--{BOUNDARY}--\r\n".encode()
        ours = f"multipart/form-data; boundary={BOUNDARY}"
        for name, content, body, reason in (
            ("no form", "audio/wav", sound, 0),
            ("no boundary", "multipart/form-data", whole, 0),
            ("another boundary", "multipart/form-data; boundary=x", whole, 0),
            ("nothing", ours, b"", 0),
            ("no metadata", ours, file + end, 0),
            ("metadata twice", ours, said + file + said + end, 0),
            ("cut off in its sound", ours, whole[: len(whole) // 2], 0),
            ("cut off at its end", ours, whole[:-6], 0),
            ("no sound", ours, said + end, 2),
            ("sound twice", ours, said + file + file + end, 2),
        ):
            with self.subTest(name):
                answer = self.server.ask("POST", RECORDINGS, "anna", body,
                                         {"Content-Type": content})
                self.assertEqual(self.expect(400, answer).json["reason"], reason, answer)
                self.nothing_stays(before)

    def test_a_ninth_upload_has_to_wait_and_leaves_nothing(self):
        before = self.left_over()
        body = form(as_anna(), "audio/wav", audio.wav(seconds=20))
        wires = [self.begin("anna", body, len(body) // 2) for _ in range(8)]
        try:
            wait_for("eight uploads", lambda: len(self.left_over()) == len(before) + 8)
            during = set(self.left_over())
            for kind in ("audio/wav", "image/png"):
                answer = self.expect(503, self.upload("mario_rossi", METADATA, kind, b"RIFF"))
                self.assertIn("Retry-After", answer.headers)
            self.assertEqual(set(self.left_over()), during)
        finally:
            for wire in wires:
                wire.close()
        self.nothing_stays(before)
        # Whoever comes later finds a place.
        self.expect(201, self.upload("anna", as_anna(), "audio/wav", audio.wav()))

    def test_too_much_is_refused_before_it_fills_the_disk(self):
        """One byte over 256 MiB, said by the length or only found on the way."""
        before = self.left_over()
        for chunked in (False, True):
            with self.subTest(chunked=chunked):
                status, body = self.send_too_much(chunked)
                self.assertEqual(status, 400, body)
                self.assertIn(b'"reason":2', body.replace(b" ", b""))
                self.nothing_stays(before)
        self.assertTrue(self.server.alive())

    def send_too_much(self, chunked):
        """Sends for as long as the server takes it; status and body of its answer."""
        head = form(as_anna(), "audio/wav", b"").rpartition(b"\r\n--")[0]
        header = audio.wav(seconds=0)
        size = 256 * MIB + 1
        lines = [f"POST {RECORDINGS} HTTP/1.1", "Host: x",
                 "Authorization: " + basic("anna", password("anna")),
                 f"Content-Type: multipart/form-data; boundary={BOUNDARY}"]
        total = len(head) + size
        lines.append("Transfer-Encoding: chunked" if chunked else f"Content-Length: {total}")
        wire = socket.create_connection(self.server.address, timeout=60)
        with wire:
            framed = framing(chunked)
            try:
                wire.sendall("\r\n".join([*lines, "", ""]).encode())
                wire.sendall(framed(head + header))
                block = framed(bytes(MIB))
                for _ in range(size // MIB + 1):
                    wire.sendall(block)
            except OSError:
                pass  # It has said no already and closed.
            answer = b""
            try:
                while True:
                    got = wire.recv(65536)
                    if not got:
                        break
                    answer += got
                    if b"\r\n\r\n" in answer and answer.rstrip().endswith(b"}"):
                        break
            except OSError:
                pass
        self.assertTrue(answer, "no answer came before the connection was closed")
        return int(answer.split()[1]), answer

    def test_a_broken_off_upload_leaves_nothing(self):
        before = self.left_over()
        body = form(as_anna(), "audio/wav", audio.wav(seconds=20))
        for name, sent in (("in its sound", len(body) // 2), ("at its end", len(body) - 1)):
            with self.subTest(name):
                wire = self.begin("anna", body, sent)
                wait_for("the upload's file", lambda: self.left_over() != before)
                wire.close()
                self.nothing_stays(before)
        with self.subTest("in its metadata"):
            self.begin("anna", body, 100).close()
            self.nothing_stays(before)

    def test_a_server_killed_in_an_upload_keeps_nothing_of_it(self):
        body = form(as_anna(), "audio/wav", audio.wav(seconds=20))
        with System() as system:
            system.add_user("anna", "base", "347")
            system.add_user("boss", "complete")
            with system.start() as server:
                other = Uploads()
                other.system, other.server = system, server
                before = other.left_over()
                with other.begin("anna", body, len(body) // 2):
                    wait_for("the upload's file", lambda: other.left_over() != before)
                    server.kill()
            staged = [path for path in system.files() if ".staging" in path.parts]
            self.assertEqual(len(staged), 1, "it was being written")
            with system.start() as other.server:
                self.assertEqual([path for path in staged if path.exists()], [])
                self.assertEqual(other.left_over()["rows"], 0)

    def test_import_goes_by_the_same_rules(self):
        folder = self.system.folder
        sound, described = folder / "call.wav", folder / "call.json"
        sound.write_bytes(audio.g711(audio.MU_LAW))
        described.write_text(json.dumps(METADATA))
        answer = self.system.command("import", str(sound), "--metadata", str(described))
        identity = answer.split()[0]
        media = self.server.get(f"{RECORDINGS}/{identity}/Media", "mario_rossi")
        self.assertEqual(self.expect(200, media).body, sound.read_bytes())
        for metadata, data in (
            ({**METADATA, "direction": 9}, sound.read_bytes()),
            ({**METADATA, "localParty": {"username": "nobody", "phoneNumber": "1"}},
             sound.read_bytes()),
            (METADATA, b"no sound"),
        ):
            described.write_text(json.dumps(metadata))
            sound.write_bytes(data)
            before = self.left_over()
            done = self.system.run("import", str(sound), "--metadata", str(described))
            self.assertEqual(done.returncode, 1, done)
            self.nothing_stays(before)
        done = self.system.run("import", str(folder / "none.wav"), "--metadata", str(described))
        self.assertEqual(done.returncode, 1, done)


def size(path):
    """A file's size; none when it is gone meanwhile."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def framing(chunked):
    """How a piece of the body is written."""
    if not chunked:
        return lambda data: data
    return lambda data: f"{len(data):x}\r\n".encode() + data + b"\r\n"


def as_anna():
    """Metadata of a call of the user who uploads."""
    return {**METADATA, "localParty": {"username": "anna", "phoneNumber": "347"}}


if __name__ == "__main__":
    unittest.main()
