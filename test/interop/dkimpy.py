# SPDX-License-Identifier: Apache-2.0
"""Signs and verifies with dkimpy for test/interop/dkim-peers.ts: one JSON object a line, in and out."""
import base64
import json
import sys

import dkim

zone = {}


def txt(name, timeout=5):
    return zone.get(name.decode().rstrip("."), "").encode() or None


def sign(request, raw):
    out = []
    for key in request["keys"]:
        for forms in request["forms"]:
            out.append(
                dkim.sign(
                    raw,
                    key["selector"].encode(),
                    key["domain"].encode(),
                    key["private"].encode(),
                    canonicalize=tuple(form.encode() for form in forms),
                    signature_algorithm=key["algorithm"].encode(),
                ).decode("latin1")
            )
    return out


def verify(request, raw):
    message = dkim.DKIM(raw)
    return [message.verify(idx=i, dnsfunc=txt) for i in range(request["signatures"])]


def chain(request, raw):
    result, _, reason = dkim.ARC(raw).verify(dnsfunc=txt)
    return [(result or b"").decode(), reason]


work = {"sign": sign, "verify": verify, "chain": chain}
for line in sys.stdin:
    request = json.loads(line)
    zone.update(request.get("zone", {}))
    try:
        answer = work[request["do"]](request, base64.b64decode(request["raw"]))
    except Exception as error:  # what it cannot read is told, not raised
        answer = repr(error)
    print(json.dumps(answer), flush=True)
