"""A recorder in a folder of its own: settings, users, the running process, HTTP.

What the tests in this folder share. It drives the real binary from outside and shares no code
with it: Python's standard library only. It never touches a port, a file or a process that it
did not make itself, and never waits without a limit.
"""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import queue
import random
import shutil
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPAT = "/fw/Apps/Recorder/WebAPI"
RECORDINGS = f"{COMPAT}/Recordings"
LIVE = f"{COMPAT}/LiveRecordings"
V1 = "/api/v1"
# How long anything may take on a machine that is busy with something else.
PATIENCE_S = 60


def binary():
    """The binary under test: `EARWITNESS_BIN`, or what was built last here."""
    named = os.environ.get("EARWITNESS_BIN")
    candidates = [named] if named else [
        ROOT / "target/release/earwitness",
        ROOT / "target/debug/earwitness",
    ]
    for candidate in candidates:
        if os.path.isfile(candidate):
            return str(candidate)
    raise RuntimeError("there is no earwitness binary: run `make build` first")


def password(name):
    """The password that `System.add_user` gives."""
    return f"Secret-{name}-of-7-words"


def basic(name, secret):
    """The value of an `Authorization` header."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def wait_for(what, ask, limit_s=PATIENCE_S):
    """Asks again and again until the answer is true."""
    until = time.monotonic() + limit_s
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"waited {limit_s} s in vain for {what}")
        time.sleep(0.05)


def rtp_ports(count):
    """A range of ports nobody uses now, below those the kernel gives away."""
    for _ in range(500):
        first = random.randrange(16384, 32768 - count, 2)
        sockets = []
        try:
            for port in range(first, first + count):
                one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                sockets.append(one)
                one.bind(("127.0.0.1", port))
            return f'"{first}-{first + count - 1}"'
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise RuntimeError(f"no {count} UDP ports in a row are free")


class System:
    """A data folder and its settings, used by the server and by commands alike."""

    def __init__(self, ports=200, **changes):
        """`changes`: section__key="TOML value"."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="earwitness-api-"))
        self.settings = self.folder / "earwitness.toml"
        self.data = self.folder / "data"
        values = {
            "server__data": '"data"',
            "server__node": '"e2e"',
            "server__drain": '"1s"',
            "http__listen": '"127.0.0.1:0"',
            "sip__udp": '["127.0.0.1:0"]',
            "sip__tcp": '["127.0.0.1:0"]',
            "rtp__ports": rtp_ports(ports),
            # A test machine may have little room; what is tested is not this limit.
            "limits__disk_reserve": '"16MiB"',
        }
        values.update(changes)
        sections = {}
        for name, value in values.items():
            section, key = name.split("__", 1)
            sections.setdefault(section, []).append(f"{key} = {value}")
        text = "".join(f"[{s}]\n" + "\n".join(lines) + "\n" for s, lines in sections.items())
        self.settings.write_text(text)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *arguments, stdin="", limit_s=PATIENCE_S):
        """Runs a command of the program on this system."""
        return subprocess.run(
            [binary(), *arguments, "--config", str(self.settings)],
            input=stdin, capture_output=True, text=True, cwd=self.folder, timeout=limit_s,
            check=False)

    def command(self, *arguments, stdin="", limit_s=PATIENCE_S):
        """Runs a command that must succeed; what it printed on stdout."""
        done = self.run(*arguments, stdin=stdin, limit_s=limit_s)
        if done.returncode != 0:
            raise AssertionError(
                f"{arguments}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def add_user(self, name, level, number=None, *more):
        """Adds a user whose password is `password(name)`."""
        numbers = ["--number", number] if number else []
        self.command("user", "add", name, "--level", level, "--password-stdin", *numbers, *more,
                     stdin=password(name))

    def rows(self, statement, *values):
        """Rows of the embedded catalogue, which it only reads."""
        path = self.data / "catalogue.db"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return database.execute(statement, values).fetchall()

    def start(self, *more):
        """Starts the server."""
        return Server(self, more)

    def files(self):
        """Every file below the data folder."""
        return sorted(path for path in self.data.rglob("*") if path.is_file())


class Answer:
    """An answer of the server, whole."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def text(self):
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        return f"<{self.status} {self.text[:500]}>"


class Server:
    """A running server; killed at the end of the `with`."""

    def __init__(self, system, more=()):
        self.system = system
        self.process = subprocess.Popen(
            [binary(), "serve", *more, "--config", str(system.settings)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, cwd=system.folder)
        self._log, self._lines = [], queue.Queue()
        self._threads = [
            threading.Thread(target=self._collect, daemon=True),
            threading.Thread(target=self._listen, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        try:
            ready = self._lines.get(timeout=PATIENCE_S)
        except queue.Empty:
            self.kill()
            raise AssertionError(f"no ready line; stderr:\n{self.log}") from None
        self.ready = {}
        for word in ready.split()[1:]:
            key, _, address = word.partition("=")
            host, _, port = address.rpartition(":")
            self.ready.setdefault(key, (host, int(port)))

    def _collect(self):
        for line in self.process.stderr:
            self._log.append(line)

    def _listen(self):
        for line in self.process.stdout:
            self._lines.put(line.strip())

    def __enter__(self):
        return self

    def __exit__(self, failed, *_):
        self.kill()
        if failed:
            print(f"--- stderr of the server:\n{self.log[-8000:]}---")

    @property
    def log(self):
        """Everything on standard error until now."""
        return "".join(self._log)

    @property
    def address(self):
        """Where plain HTTP is."""
        return self.ready["http"]

    @property
    def url(self):
        """The beginning of every address."""
        return "http://{}:{}".format(*self.address)

    def kill(self):
        """`kill -9`, and waits for the end."""
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join(PATIENCE_S)
        self.process.stdout.close()
        self.process.stderr.close()

    def terminate(self, limit_s=PATIENCE_S):
        """SIGTERM, and waits for the end; the exit status."""
        self.process.terminate()
        return self.process.wait(limit_s)

    def alive(self):
        """Whether the process still runs."""
        return self.process.poll() is None

    def memory_kib(self):
        """Resident memory, as the kernel counts it."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise AssertionError("the kernel does not tell the server's memory")

    def connection(self, limit_s=PATIENCE_S, tls=None):
        """A connection of one's own; `tls`: a context, and then to the HTTPS listener."""
        if tls:
            host, port = self.ready["https"]
            return http.client.HTTPSConnection(host, port, timeout=limit_s, context=tls)
        host, port = self.address
        return http.client.HTTPConnection(host, port, timeout=limit_s)

    def ask(self, method, path, user=None, body=None, headers=None, tls=None):
        """One request on a connection of its own; `user` signs in with Basic."""
        sent = dict(headers or {})
        if user is not None:
            sent["Authorization"] = basic(user, password(user))
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = self.connection(tls=tls)
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, user=None, **more):
        """GET."""
        return self.ask("GET", path, user, **more)

    def list(self, user):
        """The compatible list as this user sees it."""
        answer = self.get(RECORDINGS, user)
        if answer.status != 200:
            raise AssertionError(answer)
        return answer.json

    def sip(self):
        """Where test calls go."""
        return "sip:{}:{}".format(*self.ready["sip-udp"])


def trusting(certificate):
    """A TLS context that trusts one self-signed certificate and nothing else."""
    return ssl.create_default_context(cafile=str(certificate))


class Case(unittest.TestCase):
    """A test whose messages show the whole answer."""

    maxDiff = None

    def expect(self, status, answer):
        """The answer, which must have this status."""
        self.assertEqual(answer.status, status, repr(answer))
        return answer
