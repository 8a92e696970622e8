"""No sound without its entry in the audit: somebody else holds the database, nobody listens."""

import contextlib
import sqlite3
import unittest

from recorder import RECORDINGS, V1, Case, System
from test_audit import imported


class NoEntryNoSound(Case):
    """A database that can be read but not written."""

    def test_sound_waits_for_its_entry_and_is_then_refused(self):
        with System() as system:
            system.add_user("anna", "base", "225")
            recording = imported(system, "anna")
            paths = (f"{RECORDINGS}/{recording}/Media", f"{V1}/recordings/{recording}/media")
            database = system.data / "catalogue.db"
            with system.start() as server:
                # The sign-in is written down before anything is locked.
                self.expect(200, server.get(f"{RECORDINGS}/{recording}", "anna"))
                with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as held:
                    held.execute("begin immediate")
                    for path in paths:
                        answer = self.expect(503, server.get(path, "anna"))
                        self.assertNotIn(b"RIFF", answer.body)
                        self.assertIn("Retry-After", answer.headers)
                    held.execute("rollback")
                for path in paths:
                    self.assertIn(b"RIFF", self.expect(200, server.get(path, "anna")).body)


if __name__ == "__main__":
    unittest.main()
