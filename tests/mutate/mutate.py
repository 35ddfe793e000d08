#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many small mistakes do the tests notice? docs/building.md says how to read the answer.

Mistakes are drawn from the sources by a seed and taken from mistakes.txt; each is made in a copy of
the tree, built, and tested until a test fails. equivalent.txt has those that change nothing, and why.
"""

import argparse
import csv
import hashlib
import queue
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

sys.dont_write_bytecode = True
import places
from workshop import PARTS, Broken, Workshop

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# For each folder the least that must be noticed of what can be, and where to look: the folder's own tests
# first, then those of what stands on it.
Folder = namedtuple("Folder", "percent_min tests")
FOLDERS = {
    "auction": Folder(98, "auction sim/test_golden market/test_state market/test_state_property audit/test_audit_rules"),
    "market": Folder(98, "market sim/test_golden edge env/test_env"),
    "world": Folder(98, "world sim/test_golden edge market learn/test_golden_actor scenario/test_worlds"),
    "cluster": Folder(95, "cluster sim/test_golden"),
    "sim": Folder(95, "sim env report reproduce/test_study_run"),
    "audit": Folder(98, "audit"),
    "learn": Folder(95, "learn env/test_env tool/train"),
    "scenario": Folder(95, "scenario import/test_generate learn/test_trainer_ranks report/test_report tool/own-network"),
    "import": Folder(95, "import tool/import tool/generate"),
    "file": Folder(95, "file scenario import report tool/files"),
    "bound": Folder(98, "bound tool/bound"),
}

COLUMNS = ("id", "folder", "file", "line", "kind", "outcome", "by", "how", "seconds", "before", "after",
           "nth", "reason", "tree")
Case = namedtuple("Case", "id folder mistake tests reason")


class Wrong(Exception):
    """The user's mistake, or a data file's."""


# ---- the mistakes -------------------------------------------------------------------------------

def read_records(path):
    """Paragraphs of lines KEY VALUE; lines with # are comments."""
    records, record = [], {}
    for number, line in enumerate([*path.read_text().splitlines(), ""], 1):
        if line.startswith("#"):
            continue
        if line.strip():
            key, _, value = line.partition(" ")
            record.setdefault("at", f"{path.name}:{number}")
            record[key] = value.strip()
        elif record:
            records.append(record)
            record = {}
    return records


def fixed_mistake(record, text):
    """An entry of mistakes.txt: the nth place where before stands in one line of the file."""
    nth, end = int(record.get("nth", 1)), 0
    if "nth" not in record and text.count(record["before"]) > 1:
        raise Wrong(f"{record['at']}: stands in {record['file']} more than once: say nth")
    for _ in range(nth):
        start = text.find(record["before"], end)
        if start < 0:
            raise Wrong(f"{record['at']}: {record['file']} no longer has: {record['before']}")
        end = start + len(record["before"])
    first, last = places.lines_around(text, start, end)
    after = places.one_line(text[first:start] + record["after"] + text[end:last])
    return places.Mistake(record["file"], "known", start, end, record["after"],
                          text.count("\n", 0, start) + 1, places.one_line(text[first:last]), after, nth)


def cases_of(folder, texts, options):
    """The mistakes of one folder: the known ones and as many as asked by lot."""
    possible = [m for file, text in texts.items() for m in places.mistakes_in(file, text)]
    reasons = equivalents(folder, possible)
    cases = []
    for record in read_records(HERE / "mistakes.txt"):
        if record["file"].split("/")[1] == folder:
            mistake = fixed_mistake(record, texts[record["file"]])
            cases.append(Case(places.short_name(places.key_of(mistake)), folder, mistake,
                              record.get("tests", "").split(), ""))
    for mistake in places.drawn(possible, options.seed, options.count):
        key = places.key_of(mistake)
        cases.append(Case(places.short_name(key), folder, mistake, [], reasons.get(key, "")))
    return cases


def equivalents(folder, possible):
    """Why mistakes of this folder change nothing, by key."""
    reasons, keys = {}, {places.key_of(m) for m in possible}
    for record in read_records(HERE / "equivalent.txt"):
        if record["file"].split("/")[1] == folder:
            key = record["file"], record["before"], record["after"], int(record.get("nth", 1))
            if key not in keys:
                raise Wrong(f"{record['at']}: {record['file']} no longer has: {record['before']}")
            reasons[key] = record["reason"]
    return reasons


def read_sources(folder):
    paths = sorted((ROOT / "src" / folder).rglob("*.[ch]"))
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


# ---- the table ----------------------------------------------------------------------------------

def hash_of_tree():
    """Results hold for one state of sources and tests."""
    digest = hashlib.sha256()
    for part in PARTS:
        place = ROOT / part
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file() and path.parent != HERE and path.suffix in (".c", ".h", ".sh", ".yaml", ".cmake"):
                digest.update(f"{path}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def read_table(path, tree, again):
    """Earlier outcomes by id: of this tree; with --again what was noticed in any tree."""
    if not path.exists():
        return {}
    with open(path, newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)
                if (row["outcome"] != "survived" if again else row["tree"] == tree)}


def write_table(path, rows):
    temporary = path.with_suffix(".new")
    with open(temporary, "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda r: (r["file"], int(r["line"]), r["id"])))
    temporary.replace(path)


def row_of(case, outcome, by, how, seconds, tree):
    m = case.mistake
    return {"id": case.id, "folder": case.folder, "file": m.file, "line": m.line, "kind": m.kind,
            "outcome": outcome, "by": by or "", "how": how or "", "seconds": f"{seconds:.1f}",
            "before": m.before, "after": m.after, "nth": m.nth, "reason": case.reason, "tree": tree}


def print_mistake(row):
    """Where it is, and the lines that equivalent.txt would want."""
    print(f"\n# {row['file']}:{row['line']}: {row['kind']}")
    for key in ("file", "before", "after", "nth", "reason"):
        if str(row[key]) not in ("", "1"):
            print(key, row[key])


def summary(rows):
    """A line a folder, then the survivors; True if every folder reaches what it must."""
    print(f"\n{'folder':<9} {'mistakes':>8} {'by tests':>8} {'by build':>8} {'equivalent':>10} "
          f"{'survived':>8} {'noticed':>8} {'aim':>6}")
    good = True
    for folder, (percent_min, _) in FOLDERS.items():
        mine = [r for r in rows if r["folder"] == folder]
        if not mine:
            continue
        killed = sum(r["outcome"] == "killed" for r in mine)
        build = sum(r["outcome"] == "killed" and r["by"] == "build" for r in mine)
        survived = sum(r["outcome"] == "survived" for r in mine)
        percent = 100.0 * killed / (killed + survived) if killed + survived else 100.0
        good = good and percent >= percent_min
        print(f"{folder:<9} {len(mine):>8} {killed - build:>8} {build:>8} "
              f"{len(mine) - killed - survived:>10} {survived:>8} {percent:>6.1f} % {percent_min:>4} %")
    for r in rows:
        if r["outcome"] == "survived":
            print_mistake(r)
    return good


# ---- the work -----------------------------------------------------------------------------------

def run_cases(cases, options, finish):
    """Workers, each with a tree of its own, take cases until there are none."""
    waiting, failures = queue.Queue(), []
    for case in cases:
        waiting.put(case)
    names = {name for case in cases for name in (*case.tests, *FOLDERS[case.folder].tests.split(), case.folder)}

    def work(number):
        try:
            shop = Workshop(ROOT, options.place / f"copy-{number}", names)
            shop.prepare()
            while not failures:
                case = waiting.get_nowait()
                m = case.mistake
                text = (shop.tree / m.file).read_text()
                lines = "\n" * text.count("\n", m.start, m.end) # the ones below keep their numbers
                wrong = text[:m.start] + m.new + lines + text[m.end:]
                begin = time.monotonic()
                by, how = shop.try_mistake(case.mistake.file, wrong,
                                           [*case.tests, *FOLDERS[case.folder].tests.split()])
                finish(case, by, how, time.monotonic() - begin)
        except queue.Empty:
            pass
        except (Broken, OSError) as failure:
            failures.append(failure)

    workers = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(min(options.jobs, len(cases)))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failures:
        raise failures[0]


def try_all(cases, options):
    tree = hash_of_tree()
    path = options.place / f"mistakes-{options.seed}.csv"
    known = read_table(path, tree, options.again)
    rows = {case.id: known.pop(case.id) for case in cases if case.id in known}
    rows.update({c.id: row_of(c, "equivalent", "", "", 0, tree) for c in cases if c.reason})
    left = [case for case in cases if case.id not in rows]
    lock, done = threading.Lock(), [0]

    def finish(case, by, how, seconds):
        with lock:
            done[0] += 1
            outcome = "killed" if by else "equivalent" if how else "survived"
            rows[case.id] = row_of(case, outcome, by, how, seconds, tree)
            write_table(path, [*known.values(), *rows.values()])
            print(f"[{done[0]:3}/{len(left)}] {seconds:5.1f} s  {by or outcome:<28} {how or '':<12} "
                  f"{case.mistake.file}:{case.mistake.line} {case.mistake.kind}", flush=True)

    if left:
        print(f"{len(left)} mistakes to try, {len(rows)} known; table: {path}", flush=True)
        run_cases(left, options, finish)
    write_table(path, [*known.values(), *rows.values()])
    return sorted(rows.values(), key=lambda r: (list(FOLDERS).index(r["folder"]), r["file"], int(r["line"])))


def parse(arguments):
    parser = argparse.ArgumentParser(description="Make small mistakes and see whether the tests notice.")
    parser.add_argument("--folder", action="append", choices=FOLDERS, help="of src; may be repeated; default: all")
    parser.add_argument("--count", type=int, default=26, help="mistakes drawn in each folder (default: 26)")
    parser.add_argument("--seed", type=int, default=1, help="other mistakes (default: 1)")
    parser.add_argument("--jobs", type=int, default=1, help="trees that are worked in at once (default: 1)")
    parser.add_argument("--again", action="store_true",
                        help="after new tests: try again only what was not noticed, keep the rest of the table")
    parser.add_argument("--list", action="store_true", help="print the mistakes, make none")
    parser.add_argument("--place", type=Path, default=ROOT / "build" / "mutate",
                        help="copies and tables (default: build/mutate)")
    options = parser.parse_args(arguments)
    if options.count < 0 or options.jobs < 1:
        parser.error("--count is at least 0, --jobs at least 1")
    options.place = options.place.resolve()
    return options


def main(arguments):
    options = parse(arguments)
    try:
        cases = [case for folder in options.folder or FOLDERS
                 for case in cases_of(folder, read_sources(folder), options)]
        if options.list:
            for case in cases:
                print_mistake(row_of(case, "", "", "", 0, ""))
            return 0
        options.place.mkdir(parents=True, exist_ok=True)
        return 0 if summary(try_all(cases, options)) else 1
    except (Wrong, Broken, OSError) as failure:
        print(f"mutate: {failure}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
