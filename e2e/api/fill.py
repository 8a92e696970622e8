"""Very many recordings in a catalogue, in seconds: copies of one real row.

For tests of size only. Every column is what the recorder itself wrote for one import, but for
those that make a row another recording; triggers keep what hangs on them in step. The server
must not be running.
"""

import contextlib
import json
import sqlite3

import audio

YEAR = 2019
BEGIN_MS = 1_546_300_800_000  # 2019-01-01T00:00:00Z


def fill(system, count, owner):
    """`count` recordings of this user, a second apart."""
    sound, described = system.folder / "one.wav", system.folder / "one.json"
    sound.write_bytes(audio.wav(seconds=0.1))
    described.write_text(json.dumps({
        "startDateTime": "2018-12-31T23:59:59Z", "duration": "PT1S", "direction": 1,
        "localParty": {"username": owner, "phoneNumber": "225"},
        "remoteParty": {"phoneNumber": "+390584943232"}}))
    system.command("import", str(sound), "--metadata", str(described))
    path = system.data / "catalogue.db"
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        copy(database, count - 1)


def copy(database, count):
    """Copies the one row there is."""
    changed = {
        # A UUID of version 7 by its shape: 48 bits of time, then the number.
        "id": f"unhex(printf('%012x70008000%012x', {BEGIN_MS} + n * 1000, n))",
        "session": f"unhex(printf('%012x70008000%012x', {BEGIN_MS} + n * 1000, n))",
        "reference_number": f"printf('{YEAR}%09d', n)",
        "start_ms": f"{BEGIN_MS} + n * 1000",
        "answered_ms": f"{BEGIN_MS} + n * 1000",
        "ended_ms": f"{BEGIN_MS} + n * 1000 + 1000",
        "pbx_call_id": "'call-' || n",
        "number": "n + 1",
    }
    columns = [row[1] for row in database.execute("pragma table_xinfo(recordings)") if not row[6]]
    database.create_function("unhex", 1, bytes.fromhex, deterministic=True)
    values = ", ".join(changed.get(column, column) for column in columns)
    numbers = ("with recursive numbers(n) as"
               " (select 1 union all select n + 1 from numbers where n < ?)")
    database.execute("pragma synchronous = off")
    database.execute(
        f"{numbers} insert into recordings ({', '.join(columns)})"
        f" select {values} from numbers, (select * from recordings limit 1)", (count,))
    database.execute(
        f"{numbers} insert into recording_texts (number, text)"
        " select n + 1, text from numbers, (select text from recording_texts limit 1)", (count,))
    database.execute(
        "insert into reference_counters (year, next) values (?, ?)"
        " on conflict (year) do update set next = excluded.next", (YEAR, count + 1))
