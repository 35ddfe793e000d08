#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the log of an exchange against itself and what was signed, with nothing but Python.

    ledger.py PATH|URL [--key KEY]... [--checkpoint FILE] [--witness KEY]... [--cosignatures N]

PATH: a folder of `dcat ledger export`, or the data folder of an exchange that is stopped. Exit code 0: all is good; 1: the
first record that is not is named; 2: there is no log. docs/proof.md says what the parts are.
"""
import argparse, base64, hashlib, json, os, sqlite3, sys, urllib.request

class Wrong(Exception):
    """What is wrong, and where."""
def demand(true, *words):
    if not true:
        raise Wrong(" ".join(map(str, words)))

# ---- Ed25519, by the formulas of RFC 8032, 5.1
P = 2**255 - 19                                             # of the field
L = 2**252 + 27742317777372353535851937790883648493         # order of the base point
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)

def add(a, b):  # points as X, Y, Z, T with x = X/Z, y = Y/Z, x y = T/Z
    aa, bb = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    cc, dd = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = bb - aa, dd - cc, dd + cc, bb + aa
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(n, point):
    sum_ = (0, 1, 1, 0)
    while n:
        sum_ = add(sum_, point) if n & 1 else sum_
        point, n = add(point, point), n >> 1
    return sum_

def x_of(y, odd):  # the root of (y^2 - 1) / (d y^2 + 1) that is odd or even; None: there is none
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * ROOT_OF_MINUS_1 % P
    if y >= P or x * x % P != square or (x == 0 and odd):
        return None
    return x if x & 1 == odd else P - x

def point_of(data):
    y = int.from_bytes(data, "little")
    y, odd = y & (2**255 - 1), y >> 255
    x = x_of(y, odd)
    return None if x is None else (x, y, 1, x * y % P)

BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (x_of(BASE_Y, 0), BASE_Y, 1, x_of(BASE_Y, 0) * BASE_Y % P)

def signed(key, text, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r, s = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    if any(times(8, p)[0] == 0 for p in (a, r)):            # of small order: anybody's
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(k, a))       # S B = R + k A
    return all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))

# ---- notes: C2SP signed-note, tlog-checkpoint, tlog-cosignature
def decode(text):
    data = base64.b64decode(text, validate=True)
    demand(base64.b64encode(data).decode() == text, "no canonical base64")
    return data

def read_key(line):
    try:
        name, digits, text = line.split("+", 2)
        data = decode(text)
        good = len(data) == 33 and data[0] in (1, 4) and name and " " not in name
        good = good and hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8] == digits
    except (ValueError, Wrong):
        good = False
    demand(good, "no key:", line[:80])
    return name, bytes.fromhex(digits), data[0], data[1:]

def read_note(data):
    """Text, origin, size, root and signature lines as (name, bytes)."""
    try:
        text, lines = data.decode().rsplit("\n\n", 1)
        origin, size, root = text.split("\n")
        demand(lines.endswith("\n") and origin and min(data.replace(b"\n", b" ")) >= 32, "no lines")
        signatures = []
        for line in lines[:-1].split("\n"):
            dash, name, signature = line.split(" ")
            demand(dash == "\u2014", "no signature")
            signatures.append((name, signature))
        demand(size.isascii() and size.isdigit() and str(int(size)) == size and len(size) < 19, "no size")
        root = decode(root)
        demand(len(root) == 32, "no root")
    except (ValueError, Wrong) as why:
        raise Wrong(f"the checkpoint is none: {why}") from None
    return (text + "\n").encode(), origin, int(size), root, signatures

def signed_by(note, key):
    """Whether the key signed it; one line of its that it did not sign spoils it."""
    name, key_id, kind, public = key
    found = False
    for line_name, line in note[4]:
        try:
            data = decode(line)
        except (ValueError, Wrong):
            continue
        if line_name == name and data[:4] == key_id and len(data) == (68 if kind == 1 else 76):
            time = b"" if kind == 1 else b"cosignature/v1\ntime %d\n" % int.from_bytes(data[4:12], "big")
            if not (found := signed(public, time + note[0], data[-64:])):
                return False
    return found

def check_note(data, which, keys):
    note = read_note(data)
    demand(any(k[2] == 1 and k[0] == note[1] and signed_by(note, k) for k in keys), which, "is not signed by the key of the log")
    return note

# ---- the tree of RFC 9162
leaf_of = lambda entry: hashlib.sha256(b"\0" + entry).digest()
join = lambda left, right: hashlib.sha256(b"\1" + left + right).digest()

class Tree:
    """Leaf by leaf: roots of complete subtrees, by the bits of the size."""
    def __init__(self):
        self.size, self.edge = 0, []

    def add(self, leaf):
        bits, self.size = self.size, self.size + 1
        while bits & 1:
            leaf, bits = join(self.edge.pop(), leaf), bits >> 1
        self.edge.append(leaf)

    def root(self):
        root = self.edge[-1] if self.edge else hashlib.sha256().digest()
        for left in reversed(self.edge[:-1]):
            root = join(left, root)
        return root

def climb(at, last, first, path):
    """From a subtree up to the root of what stands up to it, and to that of all; None: the path does not fit."""
    was = is_ = first
    for other in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            was, is_ = join(other, was), join(other, is_)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            is_ = join(is_, other)
        at, last = at >> 1, last >> 1
    return (was, is_) if last == 0 else None

def included(leaf, index, size, path, root):  # size and root: of a signed checkpoint
    both = climb(index, size - 1, leaf, path) if 0 <= index < size else None
    return both is not None and both[1] == root

def consistent(old_size, old_root, size, root, path):
    if not 0 < old_size < size:
        return old_size == size > 0 and not path and old_root == root
    path = path if old_size & (old_size - 1) else [old_root, *path]
    at, last = old_size - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    return bool(path) and climb(at, last, path[0], path[1:]) == (old_root, root)

# ---- where it comes from: a URL, an exported folder, or the database of a data folder
def get(where, name):
    if where.startswith(("http://", "https://")):
        with urllib.request.urlopen(f"{where.rstrip('/')}/v1/log/{name}") as answer:
            return answer.read()
    path = os.path.join(where, "exchange.db")
    if os.path.exists(path):
        sql = {"checkpoint": "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1", "key": "SELECT verifier FROM log_key",
               "transfer": "SELECT json_array(seq,debit,credit,amount,kind,coalesce(task,0),coalesce(attempt,0)) FROM transfer ORDER BY id",
               "account": "SELECT json_array(id,balance) FROM account WHERE balance<>0 ORDER BY id"}
        rows = sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute(sql.get(name) or "SELECT CAST(body AS TEXT) FROM event ORDER BY seq")
        return ("" if name == "checkpoint" else "\n").join(row[0] for row in rows).encode() + (b"\n" if name == "entries" else b"")
    with open(os.path.join(where, name), "rb") as file:
        return file.read()

def events(where, size):
    if os.path.exists(os.path.join(where, "exchange.db")):
        yield from get(where, "entries").split(b"\n")[:-1]
        return
    for index in range((size + 255) // 256):
        width = min(256, size - 256 * index)
        parts = [f"{index % 1000:03}"]
        while (index := index // 1000) > 0:
            parts.insert(0, f"x{index % 1000:03}")
        lines = get(where, "entries/" + "/".join(parts) + (f".p/{width}" if width < 256 else "")).split(b"\n")
        demand(lines.pop() == b"" and len(lines) == width, "entries", parts, "have other events")
        yield from lines

# ---- the whole log
def verify(where, keys=(), kept=None, witnesses=(), cosignatures=0):
    keys = keys or [read_key(line) for line in get(where, "key").decode().split()]
    newest = check_note(get(where, "checkpoint"), "the newest checkpoint", keys)
    kept = kept and check_note(kept, "the kept checkpoint", keys)
    cosigned = {k[3] for k in witnesses if k[2] == 4 and signed_by(kept or newest, k)}
    demand(len(cosigned) >= cosignatures, "only", len(cosigned), "of these witnesses cosigned")
    roots = {note[2]: note[3] for note in (newest, kept) if note}
    demand(not kept or kept[2] != newest[2] or kept[3] == newest[3], "the newest and the kept checkpoint are of two logs")
    tree, leaf, balance, transfers = Tree(), None, {}, []
    for body in events(where, newest[2]):
        seq, event = tree.size + 1, json.loads(body)
        demand(event.get("prev") == (leaf and leaf.hex()), "event", seq, "does not follow the one before")
        demand(event["kind"] != "slot" or event["root"] == tree.root().hex(), "event", seq, "has another root")
        legs = event.get("legs", [])
        for debit, credit, amount, *_ in legs:
            demand(amount > 0 and debit != credit, "event", seq, "moves", amount)
            balance[debit] = balance.get(debit, 0) - amount
            balance[credit] = balance.get(credit, 0) + amount
        # World, profit, rounding and what users owe may be below nothing; clearing (1) keeps nothing.
        below = [a for leg in legs for a in leg[:2] if balance[a] < 0 and a not in (0, 2, 4) and not (a >= 2**29 + 16 and a % 2)]
        demand(not below and not balance.get(1), "event", seq, "overdraws account", below or 1)
        transfers += [[seq, *leg] for leg in legs]
        leaf = leaf_of(body)
        tree.add(leaf)
        demand(tree.size not in roots or roots[tree.size] == tree.root(), "up to event", seq, "it is not the log that was signed")
    demand(tree.size >= max(roots), "event", tree.size + 1, "is missing")
    if os.path.exists(os.path.join(where, "exchange.db")):
        for table, told in (("transfer", transfers), ("account", sorted([a, b] for a, b in balance.items() if b))):
            demand([json.loads(row) for row in get(where, table).split(b"\n") if row] == told, "table", table, "has others")
    return newest, tree.size

def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("where")
    for name in ("--key", "--witness"):
        parser.add_argument(name, action="append", default=[])
    parser.add_argument("--checkpoint", help="a file that was kept")
    parser.add_argument("--cosignatures", type=int, default=0)
    options = parser.parse_args()
    try:
        kept = open(options.checkpoint, "rb").read() if options.checkpoint else None
        keys, witnesses = ([read_key(line) for line in lines] for lines in (options.key, options.witness))
        note, size = verify(options.where, keys, kept, witnesses, options.cosignatures)
    except OSError as why:
        sys.exit(print(f"ledger.py: {why}", file=sys.stderr) or 2)
    except (Wrong, ValueError, KeyError, TypeError, sqlite3.Error) as why:
        sys.exit(f"ledger.py: {why}")
    print(f"{note[1]}: {size} events, {note[2]} of them signed\nroot {note[3].hex()}")

if __name__ == "__main__":
    main()
