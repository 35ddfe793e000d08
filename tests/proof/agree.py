#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Whether examples/verify/ledger.py says the same as dcat of every case on standard input, a line of JSON each.

Usage: agree.py FOLDER-OF-LEDGER.PY <CASES. Prints how many of them were accepted and refused; exit code 1: of one it says something else.
"""
import functools
import json
import sys

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import ledger  # noqa: E402

ledger.signed = functools.lru_cache(1000)(ledger.signed)  # of many wrong logs the checkpoint is the same


def log(case):
    files = {name: bytes.fromhex(data) for name, data in case["files"].items()}

    def get(_, name):
        if name not in files:
            raise ledger.Wrong(f"no {name}")
        return files[name]

    ledger.get = get
    ledger.verify("files")


def holds(case):
    h = bytes.fromhex
    kind = case["kind"]
    if kind == "inclusion":
        return ledger.included(h(case["leaf"]), case["index"], case["size"], [h(p) for p in case["path"]], h(case["root"]))
    if kind == "consistency":
        return ledger.consistent(case["old_size"], h(case["old_root"]), case["size"], h(case["root"]), [h(p) for p in case["path"]])
    try:
        if kind == "note":
            ledger.check_note(h(case["note"]), "it", [ledger.read_key(case["key"])])
        elif kind == "cosigned":
            return ledger.signed_by(ledger.read_note(h(case["note"])), ledger.read_key(case["key"]))
        else:
            log(case)
        return True
    except (ledger.Wrong, ValueError, KeyError, TypeError, AttributeError):
        return False


counts = {True: 0, False: 0}
for line in sys.stdin:
    one = json.loads(line)
    says = bool(holds(one))
    counts[says] += 1
    if says != one["holds"]:
        sys.exit(f"dcat says {one['holds']} of {line[:2000]}")
print(f"python: {counts[True]} accepted, {counts[False]} refused")
