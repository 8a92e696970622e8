"""A list of everything, read slowly by four clients at once, does not grow the server.

`EARWITNESS_LIST_ROWS` says how many recordings there are; the promise is about a million, and
that is what it does without it.
"""

import base64
import json
import os
import socket
import threading
import time
import unittest

import fill
from recorder import RECORDINGS, Case, System, password

ROWS = int(os.environ.get("EARWITNESS_LIST_ROWS", "1000000"))
READERS = 4
GROWTH_MAX_KIB = 64 << 10
# Slow enough that the server waits for its clients, fast enough for a test.
BYTES_A_SECOND = 12 << 20
PIECE = 256 << 10
NAME = b'"referenceNumber"'


class Reader(threading.Thread):
    """One client that takes the list at its own pace."""

    def __init__(self, address, user):
        super().__init__(daemon=True)
        self.address, self.user = address, user
        self.head, self.last, self.read, self.entries, self.fault = b"", b"", 0, 0, None

    def run(self):
        try:
            self.take()
        except Exception as fault:  # What went wrong is for the test to say.
            self.fault = fault

    def take(self):
        """Reads to the end, counting entries."""
        credentials = base64.b64encode(f"{self.user}:{password(self.user)}".encode()).decode()
        with socket.create_connection(self.address, timeout=120) as wire:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
            wire.sendall(f"GET {RECORDINGS} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                         f"Authorization: Basic {credentials}\r\n\r\n".encode())
            began, kept = time.monotonic(), b""
            while True:
                got = wire.recv(PIECE)
                if not got:
                    break
                self.read += len(got)
                if len(self.head) < 4096:
                    self.head += got[:4096]
                text = kept + got
                self.entries += text.count(NAME)
                # One byte short of the name: a name that is cut in two is found, none twice.
                kept = text[1 - len(NAME):]
                self.last = text[-64:]
                ahead = self.read / BYTES_A_SECOND - (time.monotonic() - began)
                if ahead > 0:
                    time.sleep(ahead)


class SlowReaders(Case):
    """A million recordings."""

    def test_a_list_of_everything_takes_no_memory(self):
        with System() as system:
            system.add_user("boss", "complete")
            system.add_user("anna", "base", "225")
            fill.fill(system, ROWS, owner="anna")
            with system.start() as server:
                for path in (f"{RECORDINGS}?page=0&pageSize=50", f"{RECORDINGS}?page=1&pageSize=50"):
                    answer = self.expect(200, server.get(path, "boss"))
                    self.assertEqual(answer.json["totalCount"], ROWS)
                before = server.memory_kib()
                readers = [Reader(server.address, user)
                           for user in ("boss", "anna", "boss", "anna")]
                for reader in readers:
                    reader.start()
                most = before
                while any(reader.is_alive() for reader in readers):
                    most = max(most, server.memory_kib())
                    time.sleep(0.05)
                for reader in readers:
                    self.assertIsNone(reader.fault)
                    self.assertIn(b" 200 ", reader.head[:20])
                    self.assertIn(f'"totalCount":{ROWS},'.encode(), reader.head)
                    self.assertEqual(reader.entries, ROWS)
                    self.assertIn(b"]}", reader.last)
                print(json.dumps({
                    "rows": ROWS, "readers": READERS, "bytes": sum(r.read for r in readers),
                    "before_kib": before, "most_kib": most, "growth_kib": most - before}))
                self.assertLess(most - before, GROWTH_MAX_KIB)


if __name__ == "__main__":
    unittest.main()
