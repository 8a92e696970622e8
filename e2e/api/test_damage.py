"""What the disk lost is not served: neither API sends a file that is not the one stored."""

import os
import unittest

import audio
from recorder import RECORDINGS, V1, Case, System
from test_audit import imported


class Damage(Case):
    """One recording whose file somebody has touched."""

    def test_a_file_of_another_size_is_no_recording(self):
        with System() as system:
            system.add_user("anna", "base", "225")
            identity = imported(system, "anna")
            with system.start() as server:
                paths = (f"{RECORDINGS}/{identity}/Media", f"{V1}/recordings/{identity}/media")
                for path in paths:
                    self.assertEqual(self.expect(200, server.get(path, "anna")).body, audio.wav())
                file = next(system.data.glob(f"archive/**/{identity}*.wav"))
                whole = file.read_bytes()
                os.chmod(file, 0o600)
                for data in (whole[:-2], whole + b"\0\0", b""):
                    file.write_bytes(data)
                    for path in paths:
                        with self.subTest(path, size=len(data)):
                            self.refused(server, path)
                file.unlink()
                for path in paths:
                    self.refused(server, path)
                self.expect(200, server.get(f"{RECORDINGS}/{identity}", "anna"))
                done = system.run("verify", identity)
                self.assertEqual(done.returncode, 1, done)

    def refused(self, server, path):
        """A 5xx that says what to look for in the log, and not one byte of sound."""
        for headers in ({}, {"Range": "bytes=0-9"}):
            answer = self.expect(500, server.get(path, "anna", headers=headers))
            self.assertIn("json", answer.headers["Content-Type"])
            self.assertNotIn(b"RIFF", answer.body)


if __name__ == "__main__":
    unittest.main()
