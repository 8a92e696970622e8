"""What rude clients meet: limits on size, number and guessing, and headers on every answer."""

import socket
import unittest

from recorder import RECORDINGS, V1, Case, System, basic, password

IDLE = 1100
NOBODY = "00000000-0000-0000-0000-000000000000"
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Limits(Case):
    """A recorder behind a proxy that says where people come from."""

    @classmethod
    def setUpClass(cls):
        cls.system = cls.enterClassContext(System(http__trusted_proxies='["127.0.0.1/32"]'))
        cls.system.add_user("boss", "complete")
        cls.system.add_user("anna", "base")
        cls.server = cls.enterClassContext(cls.system.start())

    def tearDown(self):
        self.assertTrue(self.server.alive())
        self.expect(200, self.server.get(RECORDINGS, "boss", headers=come_from("198.51.100.1")))

    def raw(self, data, ended=False):
        """What comes back for these bytes; empty when the connection is just closed.

        `ended`: nothing more is sent. A server may take that for a client that has left, and
        keep its answer to itself.
        """
        wire = socket.create_connection(self.server.address, timeout=60)
        with wire:
            answer = b""
            try:
                wire.sendall(data)
                if ended:
                    wire.shutdown(socket.SHUT_WR)
                while True:
                    got = wire.recv(65536)
                    if not got:
                        return answer
                    answer += got
            except OSError:
                return answer

    def test_heads_have_a_size(self):
        line = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        self.assertIn(b" 200 ", self.raw(line + b"\r\n")[:20])
        for name, head in (
            ("many", b"".join(b"X-%d: y\r\n" % n for n in range(3000))),
            ("long", b"X: " + b"y" * (2 << 20) + b"\r\n"),
        ):
            with self.subTest(name):
                answer = self.raw(line + head + b"\r\n")
                self.assertIn(answer[:12], (b"", b"HTTP/1.1 431", b"HTTP/1.1 400"))
        answer = self.raw(b"GET /" + b"a" * (2 << 20) + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertIn(answer[:12], (b"", b"HTTP/1.1 414", b"HTTP/1.1 431", b"HTTP/1.1 400"))

    def test_rubbish_is_refused(self):
        for data in (b"\x00" * 1000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 5000,
                     b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            with self.subTest(data[:60]):
                answer = self.raw(data, ended=True)
                self.assertNotIn(b" 200 ", answer[:20])
                self.assertNotIn(b" 500 ", answer[:20])

    def test_bodies_have_a_size(self):
        """What is too large is refused by what it says of itself, and no more of it is taken."""
        for path, media_type in ((f"{V1}/recordings/{NOBODY}/note", "application/json"),
                                 (f"{V1}/users/import", "text/csv")):
            head = [f"{'PUT' if path.endswith('note') else 'POST'} {path} HTTP/1.1", "Host: x",
                    "Authorization: " + basic("boss", password("boss")),
                    "X-Forwarded-For: 198.51.100.1", f"Content-Type: {media_type}",
                    f"Content-Length: {64 << 20}", "", ""]
            wire = socket.create_connection(self.server.address, timeout=60)
            with wire:
                wire.sendall("\r\n".join(head).encode())
                answer = wire.recv(65536)
            self.assertIn(answer.split()[1], (b"404", b"413"), answer)

    def test_those_who_say_nothing_take_no_place_for_ever(self):
        """More silent connections than there are places: with the first gone, others get in."""
        silent = []
        try:
            for _ in range(IDLE):
                silent.append(socket.create_connection(self.server.address, timeout=60))
        finally:
            for wire in silent:
                wire.close()

    def test_guessing_is_slowed_down(self):
        here, elsewhere = come_from("203.0.113.7"), come_from("203.0.113.8")
        statuses = []
        for number in range(12):
            headers = {**here, "Authorization": basic("anna", f"wrong-{number}")}
            answer = self.server.get(RECORDINGS, headers=headers)
            statuses.append(answer.status)
            if answer.status == 429:
                self.assertGreater(int(answer.headers["Retry-After"]), 0)
        self.assertEqual(statuses[:10], [401] * 10)
        self.assertEqual(statuses[10:], [429] * 2)
        self.expect(200, self.server.get(RECORDINGS, "anna", headers=elsewhere))
        right = {**here, "Authorization": basic("boss", password("boss"))}
        self.expect(200, self.server.get(RECORDINGS, headers=right))

    def test_nobody_learns_who_exists(self):
        answers = []
        for name in ("anna", "no-such-user"):
            headers = {**come_from("203.0.113.20"), "Authorization": basic(name, "wrong")}
            answer = self.expect(401, self.server.get(RECORDINGS, headers=headers))
            kept = {k: v for k, v in answer.headers.items() if k.lower() != "date"}
            answers.append((answer.body, kept))
        self.assertEqual(*answers)

    def test_every_answer_carries_its_headers(self):
        for path in ("/", "/healthz", "/nothing/here", RECORDINGS, f"{V1}/me",
                     f"{V1}/openapi.json", "/api/docs"):
            with self.subTest(path):
                answer = self.server.get(path)
                for name, value in SECURITY.items():
                    if (path, name) == ("/", "Cache-Control"):
                        # The page holds nothing of anybody: it may be kept and asked for again.
                        value = "no-"
                    self.assertIn(value, answer.headers.get(name, ""), f"{name} of {path}")
                self.assertIn("Content-Security-Policy", answer.headers)


def come_from(address):
    """What a proxy adds."""
    return {"X-Forwarded-For": address}


if __name__ == "__main__":
    unittest.main()
