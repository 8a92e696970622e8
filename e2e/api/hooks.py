"""What schemathesis is told beside the document: ids that exist, and whom to leave alone.

Without it nearly every path with an id would answer 404 and little else would be tried. Every
other request gets an existing one; `EARWITNESS_KNOWN` is JSON, collection to list of ids.
Requests about the users of the test go to another one: it must not lock itself out.
"""

import json
import os
import zlib

import schemathesis

KNOWN = json.loads(os.environ.get("EARWITNESS_KNOWN", "{}"))
OURS = ("st-", "boss")


@schemathesis.hook
def before_call(context, case, **kwargs):
    """Puts existing ids into half of the paths."""
    parts = case.operation.path.removeprefix("/api/v1/").split("/")
    known = KNOWN.get(parts[0], [])
    parameters = case.path_parameters
    if not parameters or not known or len(parts) < 2:
        return
    name = parts[1].strip("{}")
    value = str(parameters.get(name, ""))
    chance = zlib.crc32(f"{case.method} {value} {case.body!r:.200}".encode())
    if name in parameters and (chance % 2 or value.lower().startswith(OURS)):
        parameters[name] = known[chance // 2 % len(known)]
