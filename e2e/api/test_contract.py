"""Schemathesis over v1's OpenAPI document, signed in as each level.

Every operation of the document is tried with generated requests, valid and not: no answer may
be a 5xx, of a status or type the document does not name, or of another shape than it says.
Bounded by a number of examples and a seed, so that two runs do the same.
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import subprocess
import unittest

import audio
from recorder import ROOT, V1, Case, System, binary, password, wait_for

LEVELS = ("none", "record", "base", "complete")
EXAMPLES = os.environ.get("EARWITNESS_EXAMPLES", "6")
LIMIT_S = 170
CHECKS = ",".join((
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance"))
# Answers that never end are for a test of their own.
ENDLESS = "/live-recordings/events"
HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("SCHEMATHESIS", ROOT / "target/api-venv/bin/schemathesis")


def prepared(system):
    """Users, groups, recordings and rules to be met, and a user for each level."""
    for group in ("Sales", "Support"):
        system.command("group", "add", group)
    for number, name in enumerate(("john_doe", "jane_roe")):
        system.add_user(name, "base", f"{225 + number}", "--group", "Sales",
                        "--supervises", "Support")
    for level in LEVELS:
        system.add_user(f"st-{level}", level, f"9{LEVELS.index(level)}", "--group", "Sales",
                        "--supervises", "Sales")
    system.add_user("boss", "complete")
    system.command("rule", "add", "first", "--mode", "always", "--number", "2*")
    system.command("token", "add", "john_doe", "--name", "a program")
    sound, described = system.folder / "call.wav", system.folder / "call.json"
    sound.write_bytes(audio.wav(channels=2))
    for number, owner in enumerate(("john_doe", "st-base", "st-complete", "boss")):
        described.write_text(json.dumps({
            "startDateTime": f"2024-05-0{number + 1}T10:00:00Z", "duration": "PT1S",
            "direction": number % 3, "localParty": {"username": owner, "phoneNumber": "225"},
            "remoteParty": {"phoneNumber": "+390584943232"}, "notes": "about an order"}))
        system.command("import", str(sound), "--metadata", str(described))


@contextlib.contextmanager
def talking(system, server):
    """A recording with everything beside it, and a call that goes on during the run."""
    arguments = ["test-call", "--to", server.sip(), "--config", str(system.settings)]
    subprocess.run([binary(), *arguments, "--local", "225", "--seconds", "1"], check=True,
                   capture_output=True, timeout=60)
    wait_for("the call's recording", lambda: server.list("boss")["totalCount"] > 4)
    call = subprocess.Popen(
        [binary(), *arguments, "--local", "225", "--seconds", str(LIMIT_S)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for("the call", lambda: server.get(f"{V1}/live-recordings", "boss").json["items"])
        yield
    finally:
        call.kill()
        call.wait()


def known(server):
    """Ids that exist, by collection."""
    live = server.get(f"{V1}/live-recordings", "boss").json["items"]
    found = {"live-recordings": [call["id"] for call in live]}
    for collection in ("recordings", "users", "groups", "rules", "tokens"):
        answer = server.get(f"{V1}/{collection}", "boss")
        items = answer.json.get("items", []) if answer.status == 200 else []
        # The users of this test must stay what they are.
        names = [item.get("username" if collection == "users" else "id", item.get("name"))
                 for item in items
                 if not str(item.get("username", "")).startswith(("st-", "boss"))]
        found[collection] = [name for name in names if name is not None]
    return found


def operations(document):
    """Every operation: method and path."""
    methods = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
    return [(method, path) for path, item in document["paths"].items() for method in item
            if method in methods]


def tried(level):
    """One run as one level: its report, what it said, and the document."""
    with System() as system:
        prepared(system)
        with system.start() as server, talking(system, server):
            name = f"st-{level}"
            document = server.get(f"{V1}/openapi.json", name).json
            report = system.folder / "report.json"
            said = schemathesis(server, name, report)
            if not server.alive():
                raise AssertionError(f"the server is gone:\n{server.log}")
            still = server.get(f"{V1}/me", name).status
            read = json.loads(report.read_text()) if report.exists() else None
            return read, said, document, still


def schemathesis(server, name, report):
    """Runs it to its end; what it said."""
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE),
                   "EARWITNESS_KNOWN": json.dumps(known(server)),
                   "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
    done = subprocess.run(
        [PROGRAM, "run", f"{server.url}{V1}/openapi.json",
         "--auth", f"{name}:{password(name)}", "--checks", CHECKS,
         "--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", "7",
         "--exclude-path-regex", f"{ENDLESS}$", "--request-timeout", "20",
         "--continue-on-failure", "--no-shrink", "--generation-database", "none",
         "--suppress-health-check", "all", "--report", "json", "--report-json-path", report],
        cwd=report.parent, env=environment, capture_output=True, text=True, timeout=LIMIT_S,
        check=False)
    return done.stdout + done.stderr


class Contract(Case):
    """Four levels, two at a time."""

    def test_every_operation_answers_as_the_document_says(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            runs = dict(zip(LEVELS, pool.map(tried, LEVELS)))
        for level, (report, said, document, still) in runs.items():
            with self.subTest(level):
                self.assertIsNotNone(report, said[-4000:])
                endless = [path for _, path in operations(document) if path.endswith(ENDLESS)]
                wanted = len(operations(document)) - len(endless)
                self.assertGreater(wanted, 30)
                counted = report["operations"]
                self.assertEqual((counted["tested"], counted["errored"]), (wanted, 0), said)
                self.assertEqual(report["failures"], [], said[-20000:])
                self.assertEqual(report["errors"], [], said[-20000:])
                self.assertTrue(report["complete"], said[-4000:])
                # A test that only meets its own speed limit tests nothing.
                self.assertEqual(report["warnings"]["rate_limited"], [])
                self.assertIn(still, (200, 403), "the user can no longer sign in")
                print(f"{level}: {wanted} operations, "
                      f"{report['test_cases']['generated']} requests, "
                      f"{report['running_time']:.0f} s")


if __name__ == "__main__":
    unittest.main()
