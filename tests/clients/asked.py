"""Verifies the tokens that come in, one a line."""

import json
import sys

from verifier import Verifier

verifier = Verifier(sys.argv[1], sys.argv[2])
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    try:
        said = {"result": verifier.verify(json.loads(line)["token"])}
    except Exception as error:
        said = {"error": type(error).__name__, "text": str(error)}
    print(json.dumps(said), flush=True)
