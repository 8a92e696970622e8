"""A call that nobody started is one line of audit, whenever the recorder is killed."""

import contextlib
import subprocess
import sys
import time
import unittest

import calls
from recorder import Case, System, wait_for


class Discards(Case):
    """A recorder that keeps calls of one number only when somebody starts them."""

    def test_a_killed_recorder_loses_no_line_and_writes_none_twice(self):
        with System() as system:
            system.add_user("kurt", "base", "402")
            system.command("rule", "add", "perhaps kurt", "--mode", "keep-late", "--number", "402")
            sent = []
            # Killed while another process keeps the audit from being written.
            with system.start() as server, self.locked(system):
                sent += self.call(system, server, "locked")
                wait_for("what is to be written down", lambda: self.waiting(system))
                server.kill()
            self.assertEqual(self.lines(system), [])
            # Killed again and again before, while and after it is written.
            for after_s in (0, 0.02, 0.1, 0.3):
                with system.start() as server:
                    time.sleep(after_s)
                    server.kill()
            with system.start() as server:
                wait_for("the line", lambda: self.lines(system))
                wait_for("nothing more to write", lambda: not self.waiting(system))
                self.assertEqual(len(self.lines(system)), 1)
                # Killed at whatever it does then.
                sent += self.call(system, server, "killed")
                server.kill()
            with system.start():
                wait_for("the second line", lambda: len(self.lines(system)) == 2)
                wait_for("nothing more to write", lambda: not self.waiting(system))
                self.assertEqual(calls.on_wire(system.files(), sent), [])
            with system.start() as server:
                server.terminate()
            self.assertEqual([details for (details,) in self.lines(system)],
                             ['nobody started it; rule "perhaps kurt"'] * 2)
            self.assertEqual(system.rows("SELECT 1 FROM recordings"), [])

    @staticmethod
    def call(system, server, seed):
        """A call that is discarded; what was said, once its file is gone."""
        with calls.Call(server, "402", seed) as call:
            time.sleep(1)
            call.hang_up()
            said = list(call.payloads())
        wait_for("its file to be gone", lambda: not calls.on_wire(system.files(), said))
        return said

    @staticmethod
    @contextlib.contextmanager
    def locked(system):
        """The catalogue, held by another process for writing. Not by this one, whose locks end
        when it reads the same files for what was said."""
        program = ("import sqlite3, sys\n"
                   "database = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
                   "database.execute('BEGIN IMMEDIATE')\n"
                   "print('locked', flush=True)\n"
                   "sys.stdin.read()\n")
        with subprocess.Popen([sys.executable, "-c", program, system.data / "catalogue.db"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdout.readline() == b"locked\n"
            yield
            holder.communicate(timeout=60)

    @staticmethod
    def waiting(system):
        """Files of calls that are not in the audit yet."""
        return list((system.data / "spool" / "discarded").glob("*"))

    @staticmethod
    def lines(system):
        """What the audit says of discarded calls."""
        return system.rows("SELECT details FROM audit WHERE action = 'DiscardRecording'")


if __name__ == "__main__":
    unittest.main()
