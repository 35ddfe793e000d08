#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Inputs of payloads: fetched by URI before the start, with size and hash checked; what it took is in the receipt.

Usage: inputs.py DCAT FOLDER
"""
import functools
import hashlib
import http.server
import json
import os
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gang_market import Market  # noqa: E402

dcat, folder = sys.argv[1], sys.argv[2]
market = Market(dcat, folder, "ack_s: 60, gang_s: 60, grace_s: 120, heartbeat_s: 60")
served = []


class Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        served.append(self.path)


def check(what, why):
    if not what:
        sys.exit(f"{why}\n{market.read('node.log')[-1500:]}")


def document(task, kind):
    for (sealed,) in market.rows("SELECT sealed FROM event WHERE kind=? AND sealed IS NOT NULL", kind):
        found = json.loads(bytes(sealed)[16:])
        if found["task"] == task:
            return found
    sys.exit(f"task {task} has no {kind}")


def main():
    os.mkdir(market.path("files"), 0o755)
    data = os.urandom(300000)
    with open(market.path("files/weights.bin"), "wb") as file:
        file.write(data)
    market.write("files/words", "hello\n")
    market.write("files/secret", "not for payloads\n")
    os.chmod(market.path("files/secret"), 0o600)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=market.path("files")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = f"http://127.0.0.1:{server.server_port}/"
    here = "file://" + market.path("files/")
    market.add("node", 600, top="fetch: [http, file]\nfetch_s: 60\n")
    market.trading()
    sha, words = hashlib.sha256(data).hexdigest(), hashlib.sha256(b"hello\n").hexdigest()
    weights = {"uri": site + "weights.bin?v=1", "bytes": 300000, "sha256": sha}

    def task(*inputs, run="sha256sum weights.bin; cat greeting"):
        return market.submit(1, {"run": ["sh", "-c", run], "inputs": list(inputs)})

    good = task(weights, {"uri": here + "words", "bytes": 6, "sha256": words.upper(), "name": "greeting"})
    wrong = {
        "hash": task(dict(weights, sha256=words)),
        "size": task(dict(weights, bytes=299999)),
        "more": task(dict(weights, bytes=300001)),
        "missing": task(dict(weights, uri=site + "nothing")),
        "scheme": task(dict(weights, uri="https://127.0.0.1/x")),
        "secret": task({"uri": here + "secret", "bytes": 17, "sha256": words}),
    }
    if os.geteuid() != 0:
        del wrong["secret"]  # the agent's own user reads it
    states = market.closed([good, *wrong.values()])
    check(states[0] == "settled", f"inputs that are right: {states[0]}")
    for name, state in zip(wrong, states[1:]):
        check(state == "settled_fault", f"inputs with a wrong {name}: {state}")
    said = market.read(f"work-node/node.{good}.1/output").split()
    check(said == [sha, "weights.bin", "hello"], f"it finds {said}")
    receipt = document(good, "finish")
    check(receipt["fetch_bytes"] == 300006 and receipt["fetch_us"] > 0, f"the receipt says {receipt}")
    check(document(wrong["hash"], "fault").get("fetch_us") is None, "a failed fetch has a time")
    for name, task_id in wrong.items():
        check(not os.path.exists(market.path(f"work-node/node.{task_id}.1/output")), f"wrong {name}: it ran")
    market.stop()
    print(f"inputs by http and file; {len(wrong)} wrong ones were the task's own fault")


main()
