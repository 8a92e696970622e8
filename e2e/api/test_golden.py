"""The golden pairs of the compatible API, byte for byte, against the real program.

The files are those of `crates/api/tests/compat/golden/`, which the router is tested with; here
the same house is asked over a socket. Its furniture is written into the data folder before the
program starts, its calls in progress are real ones. A pair that says `# router only:` needs
what nobody outside can cause.
"""

import contextlib
import http.client
import os
import pathlib
import re
import subprocess
import unittest

import audio
import calls
from recorder import LIVE, ROOT, V1, System, basic, wait_for

PAIRS = ROOT / "crates/api/tests/compat/golden"
BETWEEN = "\n----\n"
PASSWORD = "pass:wörd 1"
# What a server adds to an answer, and a router does not.
SERVERS = {"date", "transfer-encoding"}
ROUTER_ONLY = ["start_503_full", "stop_503_full"]
# Rules in their order: name, number, mode.
RULES = (("started", "200", "keep-late"), ("waiting", "225", "on-demand"),
         ("never", "299", "never"), ("unowned", "298", "on-demand"))
# Calls in the order in which they are answered: number, and what else the client is told.
LINES = (
    ("waiting", "225", ()),
    ("always", "226", ("--remote-name", "Anna Maria Verdi")),
    ("started", "200", ("--remote", "225")),
    ("never", "299", ()),
    ("unowned", "298", ()),
)


def furnish(folder):
    """Writes users and recordings into a data folder, as the tests of the router do."""
    cargo = os.environ.get("CARGO", "cargo")
    subprocess.run([cargo, "run", "--quiet", "--locked", "-p", "api", "--example",
                    "furnished_house", "--", str(folder)], cwd=ROOT, check=True)


class Pair:
    """A file: a request, and the answer it must get."""

    def __init__(self, path):
        self.name = path.stem
        text = path.read_text()
        self.sent, self.answer = text.split(BETWEEN, 1)
        notes = re.match(r"(?:# .*\n)*", self.sent).group().splitlines()
        self.request = self.sent.split("\n", len(notes))[-1]
        self.notes = dict(note[2:].split(": ", 1) for note in notes if ": " in note)

    @property
    def router_only(self):
        """Whether it needs what nobody outside can cause."""
        return "router only" in self.notes

    @property
    def changes(self):
        """Whether the house is another one afterwards."""
        reads = self.request.startswith(("GET ", "HEAD "))
        return not reads and self.answer.startswith("HTTP/1.1 2")


class House:
    """A furnished house with its calls, and where it can be asked."""

    def __init__(self, stack, records=True):
        none = {} if records else {"sip__udp": "[]", "sip__tcp": "[]"}
        self.system = stack.enter_context(System(**none))
        furnish(self.system.data)
        self.ids = {name: "00000000-0000-0000-0000-000000000000" for name, *_ in LINES}
        if not records:
            self.server = stack.enter_context(self.system.start())
            return
        for name, number, mode in RULES:
            self.system.command("rule", "add", name, "--mode", mode, "--number", number)
        self.server = stack.enter_context(self.system.start())
        for name, number, more in LINES:
            call = calls.Call(self.server, number, name, *more, "--device", f"SEP{number}")
            stack.enter_context(call)
            if not call.answered:
                raise AssertionError(f"the call of {number} is not answered")
            self.ids[name] = wait_for("the call", lambda number=number: self.live().get(number))
        self.do(f"{LIVE}", body='{"deviceName":"SEP200"}', status=201)
        self.do(f"{V1}/live-recordings/{self.ids['always']}/pause", status=204)

    def chief(self, method, path, body=None):
        """A request of the administrator."""
        return self.server.ask(method, path, body=body,
                               headers={"Authorization": basic("chief", PASSWORD)})

    def do(self, path, status, body=None):
        """Something that has to be done before anything is asked."""
        answer = self.chief("POST", path, body)
        if answer.status != status:
            raise AssertionError(answer)

    def live(self):
        """The ids of the calls in progress, by number."""
        items = self.chief("GET", f"{V1}/live-recordings").json["items"]
        return {item["localNumber"]: item["id"] for item in items}

    def answered(self, pair):
        """The answer to a pair's request, as it would stand in the file."""
        text = pair.request
        for name, identity in self.ids.items():
            text = text.replace("{{" + name + "}}", identity)
        head, _, body = text.partition("\n\n")
        method = head.split(" ", 1)[0]
        body = filled(body)
        lines = [*head.split("\n"), "Host: recorder.example"]
        if body and not re.search("(?im)^content-length:", head):
            lines.append(f"Content-Length: {len(body)}")
        connection = self.server.connection()
        with contextlib.closing(connection):
            connection.connect()
            connection.sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            answer = http.client.HTTPResponse(connection.sock, method=method)
            with contextlib.closing(answer):
                answer.begin()
                return self.shown(pair, answer, answer.read())

    def shown(self, pair, answer, body):
        """The text of an answer, without what no two runs have in common."""
        headers = {name: value for name, value in answer.getheaders() if name not in SERVERS}
        if pair.request.startswith("POST ") and "Live" not in pair.request.split()[1]:
            body = re.sub(rb'^{"id":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"}$',
                          '{"id":"…"}'.encode(), body)
        if pair.request.startswith("GET ") and "Live" in pair.request and answer.status == 200:
            headers["content-length"] = "0"
            body = re.sub(rb'"duration":"PT[0-9.HMS]+","startedAt":"20[0-9T:.-]+Z"',
                          '"duration":"…","startedAt":"…"'.encode(), body)
        text = f"HTTP/1.1 {answer.status} {answer.reason}\n" + "".join(
            f"{name}: {value}\n" for name, value in sorted(headers.items()))
        text += "\n" + body.decode("utf-8", "replace") + "\n"
        for name, identity in self.ids.items():
            text = text.replace(identity, "{{" + name + "}}")
        return text


def filled(body):
    """A body as bytes: lines end as in a form, and files stand where they are named."""
    mp3 = ROOT / "crates/media/tests/check/data/telephone.mp3"
    files = {b"{{wav}}": audio.wav(2), b"{{mp3}}": mp3.read_bytes()}
    body = body.replace("\n", "\r\n").encode()
    return re.sub(rb"{{\w+}}", lambda found: files[found.group()], body)


class Golden(unittest.TestCase):
    """Every pair, each in the house it needs."""

    maxDiff = None

    def test_every_pair_is_as_written(self):
        pairs = [Pair(path) for path in sorted(PAIRS.glob("*.http"))]
        router_only = [pair.name for pair in pairs if pair.router_only]
        self.assertEqual(router_only, ROUTER_ONLY)
        asked = [pair for pair in pairs if not pair.router_only]
        rest = list(asked)
        for needed in ("no recorder", None):
            # A house of its own for what changes something.
            same = [pair for pair in rest if pair.notes.get("house") == needed]
            rest = [pair for pair in rest if pair not in same]
            quiet = [pair for pair in same if not pair.changes]
            for together in [quiet, *([pair] for pair in same if pair.changes)]:
                self.ask(together, needed)
        self.assertEqual(rest, [], "every pair says which house it needs")
        print(f"{len(asked)} golden pairs are asked, {len(router_only)} of the router only",
              flush=True)

    def ask(self, pairs, needed):
        """Asks one house for all of these."""
        with contextlib.ExitStack() as stack:
            house = House(stack, records=needed != "no recorder")
            for pair in pairs:
                with self.subTest(pair.name):
                    self.assertEqual(house.answered(pair), pair.answer)


if __name__ == "__main__":
    unittest.main()
