"""The audit's chain: whatever is done to a row is found by `verify`, which names it.

The server runs, people do things, the server stops; then the catalogue is tampered with as
somebody with a database tool could, each time on a copy, and the program is asked.
"""

import contextlib
import csv
import io
import json
import os
import shutil
import sqlite3
import unittest

import audio
from recorder import LIVE, RECORDINGS, V1, Case, System, basic

GUARDS = ("audit_is_never_changed", "audit_is_never_shortened")
HEADER = "Date,Email,IpAddress,AppName,ActionType,Details"


class Audit(Case):
    """One system whose people have done things."""

    @classmethod
    def setUpClass(cls):
        cls.system = cls.enterClassContext(System())
        cls.system.add_user("anna", "base", "225")
        cls.system.add_user("boss", "complete")
        cls.recording = imported(cls.system, "anna")
        with cls.system.start() as server:
            path = f"{RECORDINGS}/{cls.recording}"
            server.get(path, "anna")
            server.get(f"{path}/Media", "anna")
            server.get(path, headers={"Authorization": basic("anna", "wrong")})
            server.get(path, headers={"Authorization": basic("no such =user", "wrong")})
            server.get(LIVE, "anna")
            cls.exported = server.get(f"{V1}/audit/export", "boss")
            assert server.terminate() == 0
        cls.rows = cls.system.rows("select * from audit order by number")
        cls.names = [row[1] for row in cls.system.rows("pragma table_info(audit)")]

    def verified(self, system=None):
        """What `verify` says: its exit status and its findings."""
        done = (system or self.system).run("verify")
        return done.returncode, done.stdout.splitlines()

    def test_everything_is_written_down(self):
        actions = [dict(zip(self.names, row))["action"] for row in self.rows]
        for action in ("AddUser", "UploadRecording", "SignIn", "SignInFailed", "ViewRecording",
                       "DownloadRecording", "DownloadCsvAudit"):
            self.assertIn(action, actions)
        self.assertEqual([row[0] for row in self.rows], list(range(1, len(self.rows) + 1)))
        added = [dict(zip(self.names, row)) for row in self.rows if "AddUser" in row]
        user = os.environ.get("USER") or "root"
        self.assertEqual({row["app"] for row in added}, {"CLI"})
        self.assertIn(user, {row["who"] for row in added} | {"root"})
        text = json.dumps([[str(value) for value in row] for row in self.rows])
        self.assertNotIn("Secret-", text)
        self.assertNotIn("wrong", text)

    def test_what_was_done_just_before_the_end_is_there(self):
        """Views are queued: stopping must write them, not lose them."""
        viewed = [row for row in self.rows if "ViewRecording" in row]
        self.assertEqual(len(viewed), 1, self.rows)

    def test_the_export_has_its_columns(self):
        self.expect(200, self.exported)
        self.assertIn("text/csv", self.exported.headers["Content-Type"])
        lines = list(csv.reader(io.StringIO(self.exported.text)))
        self.assertEqual(lines[0], HEADER.split(","))
        self.assertEqual({len(line) for line in lines}, {6})
        for line in lines[1:]:
            self.assertRegex(line[0], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$")
            self.assertFalse(line[1].startswith(("=", "+", "-", "@")))

    def test_an_untouched_chain_is_whole(self):
        self.assertEqual(self.verified(), (0, []))

    def test_whatever_is_changed_is_named(self):
        for name, row, statements in self.tamperings():
            with self.subTest(name), tampered(self.system, statements) as system:
                status, found = self.verified(system)
                self.assertEqual(status, 1, found)
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(f"audit row {row}:"), (row, found))

    def tamperings(self):
        """(what is done, number of the first row that is not what it was, statements)."""
        last = len(self.rows)
        for number in (1, last // 2, last):
            for column in self.names:
                if column == "number":
                    continue
                yield (f"{column} of row {number}", number,
                       [f"update audit set {column} = {other(self.rows[number - 1], column, self)}"
                        f" where number = {number}"])
            yield (f"row {number} taken out", number, [f"delete from audit where number={number}"])
        middle = last // 2
        yield ("taken out and closed up", middle,
               [f"delete from audit where number = {middle}",
                f"update audit set number = number - 1 where number > {middle}",
                "update audit_head set number = number - 1"])
        yield ("two rows change places", middle,
               ["update audit set number = -1 where number = {0}".format(middle),
                "update audit set number = {0} where number = {1}".format(middle, middle + 1),
                "update audit set number = {0} where number = -1".format(middle + 1)])
        yield ("the tail cut off", last - 2, [f"delete from audit where number >= {last - 2}"])
        # What is there agrees; only the hash in the head does not, which is that of a later row.
        yield ("the tail cut off, and its number in the head", last - 3,
               [f"delete from audit where number >= {last - 2}",
                f"update audit_head set number = {last - 3}"])
        yield ("one row doubled at the end", last + 1,
               [f"insert into audit select {last + 1}, {', '.join(self.names[1:])} from audit"
                f" where number = {last}"])
        yield "everything taken out", 1, ["delete from audit"]

    def test_the_program_itself_cannot_change_it(self):
        with contextlib.closing(sqlite3.connect(self.system.data / "catalogue.db")) as database:
            for statement in ("update audit set who = 'x'", "delete from audit"):
                with self.assertRaises(sqlite3.Error):
                    database.execute(statement)

    def test_recordings_that_changed_on_disk_are_named_too(self):
        with tampered(self.system, []) as system:
            sound = next(system.data.glob(f"archive/**/{self.recording}*.wav"))
            data = bytearray(sound.read_bytes())
            data[len(data) // 2] ^= 1
            os.chmod(sound, 0o600)
            sound.write_bytes(data)
            status, found = self.verified(system)
            self.assertEqual(status, 1)
            self.assertTrue(found[0].startswith(self.recording), found)


def other(row, column, case):
    """Another value for a column, in SQL."""
    value = row[case.names.index(column)]
    if isinstance(value, bytes):
        return f"x'{bytes([value[0] ^ 1]).hex()}{value[1:].hex()}'"
    if isinstance(value, int):
        return str(value + 1)
    if value is None:
        return "x'00000000000000000000000000000000'" if column == "recording" else "1"
    return "'" + value.replace("'", "''") + "x'" if column != "who_key" else "'x'"


def imported(system, owner):
    """A recording, by the command line."""
    sound, described = system.folder / "call.wav", system.folder / "call.json"
    sound.write_bytes(audio.wav())
    described.write_text(json.dumps({
        "startDateTime": "2024-05-01T10:00:00Z", "duration": "PT1S", "direction": 1,
        "localParty": {"username": owner, "phoneNumber": "225"}}))
    return system.command("import", str(sound), "--metadata", str(described)).strip()


@contextlib.contextmanager
def tampered(system, statements):
    """A copy of the system in which somebody did this."""
    copy = System()
    try:
        shutil.copytree(system.data, copy.data)
        with contextlib.closing(sqlite3.connect(copy.data / "catalogue.db")) as database:
            for guard in GUARDS:
                database.execute(f"drop trigger {guard}")
            for statement in statements:
                database.execute(statement)
            database.commit()
        yield copy
    finally:
        copy.__exit__()


if __name__ == "__main__":
    unittest.main()
