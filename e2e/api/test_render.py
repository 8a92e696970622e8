"""`render` makes the same bytes again from a kept journal; into a file it stores nothing, and
without one what failed gets its sound back."""

import contextlib
import hashlib
import os
import sqlite3
import unittest

from recorder import RECORDINGS, V1, Case, System, wait_for


class Render(Case):
    """A recorder that keeps every journal."""

    def test_a_kept_journal_renders_to_the_same_bytes(self):
        with System(archive__keep_journal='"always"') as system:
            system.add_user("boss", "complete", "201")
            with system.start() as server:
                system.command("test-call", "--to", server.sip(), "--seconds", "2",
                               "--local", "201", "--codec", "pcma")
                entry = wait_for("the recording", lambda: server.list("boss")["recordings"])[0]
                detail = server.get(f"{RECORDINGS}/{entry['id']}", "boss").json
                self.render(system, entry["id"], detail["hash"]["SHA256"])
            # And while nothing runs.
            self.render(system, entry["id"], detail["hash"]["SHA256"])

    def archived(self, system):
        """Every file but those of the database."""
        return [path for path in system.files() if not path.name.startswith("catalogue.db")]

    def render(self, system, identity, sha256):
        """Renders into a file, which must be what was stored."""
        out = system.folder / "again.wav"
        before = self.archived(system)
        system.command("render", identity, "--out", str(out))
        self.assertEqual(hashlib.sha256(out.read_bytes()).hexdigest(), sha256)
        self.assertEqual(self.archived(system), before)
        kept = system.run("render", identity, "--out", str(out))
        self.assertEqual(kept.returncode, 1, "what is there is never overwritten")
        os.remove(out)
        self.assertEqual([path.name for path in system.folder.iterdir()
                          if path.name.startswith("again")], [])

    def test_what_failed_is_rendered_by_the_command_or_by_the_next_start(self):
        for by_command in (True, False):
            with self.subTest(by_command=by_command), \
                    System(archive__keep_journal='"always"') as system:
                identity, whole, sound = self.one_that_failed(system)
                if by_command:
                    with system.start() as server:
                        # It tries at its start, as long as there is a journal.
                        self.assertEqual(self.state(server, identity)["state"], "failed")
                        self.put_back(system)
                        system.command("render", identity)
                        self.is_whole(system, server, identity, whole, sound)
                    again = system.run("render", identity)
                    self.assertEqual(again.returncode, 0, again.stderr)
                    self.assertIn("nothing to do", again.stderr)
                else:
                    self.put_back(system)
                    with system.start() as server:
                        wait_for("the rendering", lambda: self.state(server, identity)["state"]
                                 == whole["state"])
                        self.is_whole(system, server, identity, whole, sound)
                self.assertEqual(system.command("verify", "--all"), "")
                unknown = system.run("render", "019338a0-0000-7000-8000-0000000000fa")
                self.assertEqual(unknown.returncode, 1, unknown.stderr)

    def test_without_a_journal_it_says_so(self):
        with System(archive__keep_journal='"always"') as system:
            identity, _, _ = self.one_that_failed(system)
            failed = system.run("render", identity)
            self.assertEqual(failed.returncode, 1)
            self.assertIn("no journal", failed.stderr)

    def one_that_failed(self, system):
        """A call that was recorded whole and then made what a failed rendering leaves: a row
        that says so, and a journal, which is put aside. Its id, and what it was."""
        system.add_user("boss", "complete", "201")
        with system.start() as server:
            system.command("test-call", "--to", server.sip(), "--seconds", "2", "--local", "201")
            entry = wait_for("the recording", lambda: server.list("boss")["recordings"])[0]
            whole = self.state(server, entry["id"])
            sound = server.get(f"{V1}/recordings/{entry['id']}/media", "boss").body
            server.terminate()
        archived = [path for path in system.files() if "archive" in path.parts]
        for path in archived:
            if path.suffix == ".ewj":
                path.rename(path.with_suffix(".aside"))
            else:
                path.unlink()
        with contextlib.closing(sqlite3.connect(system.data / "catalogue.db")) as database:
            database.execute("UPDATE recordings SET state = 'failed', size = 0, object_key = '',"
                             " duration_ms = 0, sha256 = ?", [hashlib.sha256().digest()])
            database.commit()
        return entry["id"], whole, sound

    @staticmethod
    def put_back(system):
        """The journal is where it was."""
        aside, = [path for path in system.files() if path.suffix == ".aside"]
        aside.rename(aside.with_suffix(".ewj"))

    def state(self, server, identity):
        """The recording as v1 shows it."""
        return self.expect(200, server.get(f"{V1}/recordings/{identity}", "boss")).json

    def is_whole(self, system, server, identity, whole, sound):
        """It is what it was: in both APIs, in the archive, and once in the audit."""
        now = self.state(server, identity)
        for key in ("state", "durationMs", "startTime", "referenceNumber", "codecs", "media"):
            self.assertEqual(now[key], whole[key], key)
        self.assertEqual(server.get(f"{V1}/recordings/{identity}/media", "boss").body, sound)
        detail = server.get(f"{RECORDINGS}/{identity}", "boss").json
        self.assertEqual(detail["hash"]["SHA256"], hashlib.sha256(sound).hexdigest())
        self.assertEqual(detail["size"], len(sound))
        for beside in ("peaks", "quality", "signalling"):
            self.expect(200, server.get(f"{V1}/recordings/{identity}/{beside}", "boss"))
        quality = server.get(f"{V1}/recordings/{identity}/quality", "boss").json
        for stream in quality["streams"]:
            self.assertLess(stream["jitterMs"], stream["jitterMsMax"] + 0.001)
            self.assertLess(stream["jitterMsMax"], 1000)
        self.assertEqual([channel["clipped"] for channel in quality["channels"]], [0, 0])
        self.assertTrue(all(channel["audibleMs"] > 500 for channel in quality["channels"]))
        self.assertIs(quality["oneWay"], False)
        rendered = system.rows("SELECT details FROM audit WHERE action = 'RenderRecording'")
        self.assertEqual(len(rendered), 1, rendered)
        self.assertIn(detail["hash"]["SHA256"], rendered[0][0])


if __name__ == "__main__":
    unittest.main()
