"""What schemathesis is told beside the document: ids that exist.

Without it every path with an id would answer 404 and little else would be tried. Every other
generated case gets an existing one; `EARWITNESS_KNOWN` is JSON, collection to list of ids.
"""

import json
import os
import zlib

import schemathesis

KNOWN = json.loads(os.environ.get("EARWITNESS_KNOWN", "{}"))


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Puts an existing id into half of the paths."""
    parts = context.operation.path.removeprefix("/api/v1/").split("/")
    known = KNOWN.get(parts[0], [])
    if not path_parameters or not known:
        return path_parameters
    for name, value in path_parameters.items():
        chance = zlib.crc32(repr(value).encode())
        if f"{{{name}}}" == parts[1] and chance % 2:
            path_parameters[name] = known[chance // 2 % len(known)]
    return path_parameters
