"""Which calls are kept: rules, Start and Stop, and what is on the disk meanwhile.

Every call's sound is known byte by byte, so that "not on any disk" is a search for it.
"""

import json
import time
import unittest

import calls
from recorder import LIVE, RECORDINGS, V1, Case, System, basic, password, wait_for

USERS = (("olga", "401"), ("kurt", "402"), ("nina", "403"), ("alma", "404"))
RULES = (
    ("ask olga", "on-demand", "401"),
    ("perhaps kurt", "keep-late", "402"),
    ("not nina", "never", "403"),
)


class Live(Case):
    """One recorder, four people, a rule for three of them."""

    @classmethod
    def setUpClass(cls):
        cls.system = cls.enterClassContext(System())
        for name, number in USERS:
            cls.system.add_user(name, "base", number)
        cls.system.add_user("rita", "record", "405")
        cls.system.add_user("boss", "complete")
        for name, mode, number in RULES:
            cls.system.command("rule", "add", name, "--mode", mode, "--number", number)
        cls.server = cls.enterClassContext(cls.system.start())

    def live(self, user="boss", query=""):
        """The compatible live list."""
        return self.expect(200, self.server.get(f"{LIVE}{query}", user)).json

    def detail(self, identity, user="boss"):
        """The recording, as soon as it is there."""
        path = f"{RECORDINGS}/{identity}"
        return wait_for("the recording", lambda: self.found(path, user))

    def found(self, path, user):
        """Its details, or nothing yet."""
        answer = self.server.get(path, user)
        return answer.json if answer.status == 200 else None

    def sound(self, identity):
        """The recording's file."""
        return self.expect(200, self.server.get(f"{RECORDINGS}/{identity}/Media", "boss")).body

    def quiet(self, call, since=0, until=1 << 63):
        """Nothing of the call that left in this time is in any file."""
        found = calls.on_wire(self.system.files(), call.payloads(since, until))
        self.assertEqual(found, [], "sound that must be on no disk")

    def settled(self):
        """No call is in progress or being worked on any more."""
        wait_for("the end of the call", lambda: self.server.get(
            f"{V1}/live-recordings", "boss").json.get("items") == [])

    def test_on_demand_keeps_what_lies_between_start_and_stop(self):
        with calls.Call(self.server, "401", "on-demand") as call:
            self.assertTrue(call.answered)
            time.sleep(1)
            self.assertEqual(self.live(), [])
            before = time.monotonic_ns()
            started = self.expect(201, self.server.ask("POST", LIVE, "olga"))
            began = time.monotonic_ns()
            identity = started.json["id"]
            self.assertEqual(list(started.json), ["id"])
            self.expect(429, self.server.ask("POST", LIVE, "olga"))
            time.sleep(1)
            self.assertEqual([item["id"] for item in self.live()], [identity])
            self.expect(404, self.server.get(f"{RECORDINGS}/{identity}", "boss"))
            stopping = time.monotonic_ns()
            self.expect(204, self.server.ask("DELETE", f"{LIVE}/Mine", "olga"))
            ended = time.monotonic_ns()
            self.expect(409, self.server.ask("DELETE", f"{LIVE}/Mine", "olga"))
            self.expect(409, self.server.ask("DELETE", f"{LIVE}/{identity}", "boss"))
            time.sleep(1)
            call.hang_up()
            detail = self.detail(identity)
            self.assertEqual(detail["owner"]["username"], "olga")
            kept = list(call.payloads(began, stopping))
            self.assertGreater(len(kept), 80)
            heard = calls.in_sound(self.sound(identity), kept)
            self.assertEqual(len(heard), len(kept), "sound between Start and Stop is missing")
            silent = [*call.payloads(0, before), *call.payloads(ended)]
            self.assertGreater(len(silent), 150)
            self.assertEqual(calls.in_sound(self.sound(identity), silent), [])
            self.quiet(call, 0, before)
            self.quiet(call, ended)
            ours = self.server.get(f"{V1}/recordings/{identity}", "olga").json
            self.assertEqual(ours["trigger"], "on-demand", ours)

    def test_start_again_is_a_new_recording(self):
        with calls.Call(self.server, "401", "again") as call:
            made = []
            for _ in range(2):
                time.sleep(0.3)
                made.append(self.expect(201, self.server.ask("POST", LIVE, "olga")).json["id"])
                time.sleep(0.5)
                self.expect(204, self.server.ask("DELETE", f"{LIVE}/{made[-1]}", "boss"))
            self.assertNotEqual(*made)
            call.hang_up()
            for identity in made:
                self.assertNotEqual(self.detail(identity)["duration"], "PT0S")

    def test_on_demand_without_start_is_no_recording(self):
        listed = self.server.list("boss")["totalCount"]
        with calls.Call(self.server, "401", "never-started") as call:
            time.sleep(1)
            call.hang_up()
            self.settled()
            self.quiet(call)
        self.assertEqual(self.server.list("boss")["totalCount"], listed)

    def test_keep_late_keeps_from_the_first_word(self):
        with calls.Call(self.server, "402", "kept-late") as call:
            time.sleep(1)
            self.assertEqual(self.live(), [])
            body = {"directoryNumber": "402"}
            started = self.expect(201, self.server.ask("POST", LIVE, "boss", body))
            identity = started.json["id"]
            self.assertEqual([item["id"] for item in self.live()], [identity])
            time.sleep(0.5)
            call.hang_up()
            detail = self.detail(identity)
            self.assertEqual(detail["owner"]["username"], "kurt")
            sent = list(call.payloads())
            heard = calls.in_sound(self.sound(identity), sent)
            self.assertEqual(len(heard), len(sent), "sound of the call is missing")

    def test_keep_late_without_start_leaves_nothing(self):
        listed = self.server.list("boss")["totalCount"]
        with calls.Call(self.server, "402", "discarded") as call:
            time.sleep(1.5)
            call.hang_up()
            self.settled()
            wait_for("the call to be gone",
                     lambda: not calls.on_wire(self.system.files(), call.payloads()))
        self.assertEqual(self.server.list("boss")["totalCount"], listed)
        written = "select action from audit where action like 'Discard%'"
        wait_for("its line in the audit", lambda: self.system.rows(written))
        self.assertEqual(len(self.system.rows(written)), 1, "one line for one discarded call")

    def test_never_writes_nothing(self):
        listed = self.server.list("boss")["totalCount"]
        with calls.Call(self.server, "403", "never") as call:
            self.assertTrue(call.answered)
            time.sleep(1)
            refused = self.server.ask("POST", LIVE, "nina")
            self.assertIn(refused.status, (400, 409), refused)
            call.hang_up()
            self.settled()
            self.quiet(call)
            self.assertTrue(any("inactive" in odd for odd in call.sent["oddities"]), call.sent)
        self.assertEqual(self.server.list("boss")["totalCount"], listed)

    def test_an_automatic_call_is_neither_started_nor_stopped(self):
        with calls.Call(self.server, "404", "always") as call:
            time.sleep(0.5)
            item = self.live()[0]
            self.assertEqual(item["localParty"]["username"], "alma")
            self.assertEqual(item["remoteParty"]["phoneNumber"], "+390584943232")
            self.assertIs(item["isPaused"], False)
            answer = self.expect(400, self.server.ask("POST", LIVE, "alma"))
            self.assertEqual(answer.json["reason"], 4)
            for path in (f"{LIVE}/{item['id']}", f"{LIVE}?directoryNumber=404"):
                answer = self.expect(400, self.server.ask("DELETE", path, "boss"))
                self.assertEqual(answer.json["reason"], 2)
            for query, found in (("?directoryNumber=404", [item["id"]]),
                                 ("?username=ALMA", [item["id"]]), ("?username=olga", []),
                                 ("?directoryNumber=404&username=olga", [])):
                self.assertEqual([one["id"] for one in self.live("boss", query)], found, query)
            call.hang_up()
            self.detail(item["id"])

    def test_refusals(self):
        self.expect(401, self.server.get(LIVE))
        self.expect(403, self.server.get(LIVE, "rita"))
        self.expect(403, self.server.get(LIVE, "olga"))
        self.expect(409, self.server.ask("POST", LIVE, "rita"))
        self.assertEqual(
            self.expect(400, self.server.ask("POST", LIVE, "boss")).json["reason"], 3)
        self.assertEqual(self.expect(400, self.server.ask(
            "POST", LIVE, "boss", {"directoryNumber": "401", "mode": 1})).json["reason"], 2)
        self.expect(403, self.server.ask("POST", LIVE, "rita", {"directoryNumber": "401"}))
        self.expect(409, self.server.ask("POST", LIVE, "boss", {"directoryNumber": "401"}))
        self.assertEqual(
            self.expect(400, self.server.ask("DELETE", f"{LIVE}/x", "boss")).json["reason"], 0)
        unknown = "00000000-0000-0000-0000-000000000000"
        self.expect(409, self.server.ask("DELETE", f"{LIVE}/{unknown}", "boss"))
        self.expect(409, self.server.ask("DELETE", f"{LIVE}/Mine", "rita"))

    def test_a_rule_holds_within_a_second(self):
        self.system.add_user("dora", "base", "409")
        self.system.command("rule", "add", "not dora", "--mode", "never", "--number", "409")
        time.sleep(1.2)
        with calls.Call(self.server, "409", "new-rule") as call:
            time.sleep(0.5)
            call.hang_up()
            self.settled()
            self.quiet(call)
        self.system.command("rule", "remove", "not dora")
        time.sleep(1.2)
        with calls.Call(self.server, "409", "rule-gone") as call:
            time.sleep(0.5)
            self.assertEqual(len(self.live("boss", "?directoryNumber=409")), 1)
            call.hang_up()
        self.settled()

    def test_events_tell_what_happens(self):
        """Server-sent events, as a page takes them: a call, its start, its end, its row."""
        connection = self.server.connection()
        connection.request("GET", f"{V1}/live-recordings/events", headers={
            "Authorization": basic("boss", password("boss"))})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        self.assertIn("text/event-stream", answer.headers["Content-Type"])
        with calls.Call(self.server, "402", "told") as call:
            identity = self.expect(201, self.server.ask("POST", LIVE, "kurt")).json["id"]
            time.sleep(0.3)
            call.hang_up()
        self.detail(identity)
        told = []
        while not told or told[-1] != "settled":
            line = answer.readline().decode().strip()
            if line.startswith("event:"):
                told.append(line.removeprefix("event:").strip())
            elif line.startswith("data:") and identity in line:
                self.assertTrue(json.loads(line.removeprefix("data:")))
        connection.close()
        self.assertEqual([*told[:2], *told[-2:]], ["snapshot", "began", "ended", "settled"], told)
        self.assertIn("changed", told)
        for user, status in (("rita", 403), ("olga", 200)):
            connection = self.server.connection()
            connection.request("GET", f"{V1}/live-recordings/events", headers={
                "Authorization": basic(user, password(user))})
            self.assertEqual(connection.getresponse().status, status)
            connection.close()

    def test_paused_sound_is_on_no_disk(self):
        with calls.Call(self.server, "402", "paused") as call:
            identity = self.expect(201, self.server.ask("POST", LIVE, "kurt")).json["id"]
            time.sleep(0.5)
            path = f"{V1}/live-recordings/{identity}"
            self.assertLess(self.server.ask("POST", f"{path}/pause", "kurt").status, 300)
            paused = time.monotonic_ns()
            self.assertIs(self.live("boss", "?directoryNumber=402")[0]["isPaused"], True)
            time.sleep(1)
            resuming = time.monotonic_ns()
            self.assertLess(self.server.ask("POST", f"{path}/resume", "kurt").status, 300)
            time.sleep(0.5)
            call.hang_up()
            self.detail(identity)
            secret = list(call.payloads(paused, resuming))
            self.assertGreater(len(secret), 80)
            self.assertEqual(calls.in_sound(self.sound(identity), secret), [])
            self.quiet(call, paused, resuming)


if __name__ == "__main__":
    unittest.main()
