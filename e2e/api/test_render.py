"""`render` makes the same bytes again from a kept journal, and stores nothing."""

import hashlib
import os
import unittest

from recorder import RECORDINGS, Case, System, wait_for


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


if __name__ == "__main__":
    unittest.main()
