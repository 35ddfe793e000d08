#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One fault a run: the n-th allocation refused, the n-th system call failed, for every command.

Whatever fails, the exit code is not 0 and nothing stands at the result's name (or what stood there
before), or all files are those of a run without faults; the reason is in the message; nothing ends by a
signal or waits for ever; a temporary file that is left is removed by the next run. docs/building.md
says how to run this and to read what it prints.
"""

import argparse
import atexit
import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
from commands import COMMANDS, make_inputs

CALLS = ("openat read write close fsync fdatasync rename renameat2 mkdir unlink unlinkat rmdir "
         "getdents64 flock").split()
ERRORS = ("EIO", "ENOSPC", "ENOMEM")
TEMPORARY = ".tmp-dcat-"
SECONDS_MAX = 600  # of a run that takes less than one, on a busy machine: what takes longer waits for ever


def tree(folder):
    """All files below a folder: name -> hash of the bytes. A manifest may say --force or not."""
    return {str(path.relative_to(folder)):
            hashlib.sha256(path.read_bytes().replace(b', "--force"', b"").replace(b" --force", b"")).hexdigest()
            for path in sorted(Path(folder).rglob("*")) if path.is_file() and not path.is_symlink()}


def part(files, name):
    """The files that a result of this name consists of."""
    return {path: value for path, value in files.items() if path == name or path.startswith(name + "/")}


class Bench:
    """A folder in which one command runs again and again."""

    def __init__(self, tool, preload, work, command, show):
        self.tool, self.preload, self.command, self.show = tool, preload, command, show
        self.work = work / command.name
        self.run_folder = self.work / "run"
        self.work.mkdir(parents=True)
        self.old_folder = None
        if command.old:
            self.old_folder = self.work / "old"
            self.run_folder.mkdir()
            self.must_run([*command.words, *command.old])
            self.run_folder.rename(self.old_folder)
        self.fresh()
        run = self.must_run(command.words + command.force)
        self.good, self.good_out = tree(self.run_folder), run.stdout
        self.old = tree(self.old_folder) if self.old_folder else {}

    def fresh(self):
        shutil.rmtree(self.run_folder, ignore_errors=True)
        if self.old_folder:
            shutil.copytree(self.old_folder, self.run_folder)
        else:
            self.run_folder.mkdir()

    def environment(self, **more):
        return {"LD_PRELOAD": self.preload, "PATH": self.command.path, "LC_ALL": "C.UTF-8", **more}

    def begin(self, words):
        return subprocess.Popen([self.tool, *words], cwd=self.run_folder, env=self.environment(),
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def run(self, words, before=(), **more):
        given = self.environment(**more)
        if before:  # strace is run without the library, and gives it to the tool
            before = [*before, *(f"-E{name}={value}" for name, value in given.items())]
            given = {"PATH": os.environ["PATH"]}
        return subprocess.run([*before, self.tool, *words], cwd=self.run_folder, env=given,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_MAX,
                              check=False)

    def must_run(self, words):
        run = self.run(words)
        if run.returncode != 0:
            sys.exit(f"{self.command.name}: a run without faults exits with {run.returncode}: "
                     f"{run.stderr.decode(errors='replace')}")
        return run

    # ---- what there is to fail

    def count_allocations(self):
        self.fresh()
        path = self.work / "count"
        self.run(self.command.words + self.command.force, DCAT_FAULT_COUNT=str(path))
        return int(path.read_text())

    def count_calls(self):
        """(call, number of this call) in the order of the run, those of the loader left out."""
        self.fresh()
        log = self.work / "calls"
        self.run(self.command.words + self.command.force,
                 before=["strace", "-qq", "-o", str(log), "-e", "trace=access," + ",".join(CALLS)])
        numbers, calls, begun = Counter(), [], False
        for line in log.read_text(errors="replace").splitlines():
            name = line.split("(", 1)[0]
            begun = begun or "dcat-faults-begin" in line
            numbers[name] += 1
            if begun and name in CALLS:
                calls.append((name, numbers[name]))
        return calls

    # ---- one fault, and what must be true afterwards

    def complaints(self, run, what):
        code, text = run.returncode, run.stderr.decode(errors="replace")
        files = tree(self.run_folder)
        left = [name for name in files if TEMPORARY in name]
        left += [str(p) for p in self.run_folder.rglob("*" + TEMPORARY + "*") if p.is_dir()]
        kept = {name: value for name, value in files.items() if TEMPORARY not in name}
        if code < 0:
            yield f"signal {-code}: {text[-300:]}"
        elif code == 0:
            for name in sorted(name for name in set(kept) ^ set(self.good) if ".jobs/" not in name):
                yield f"exit 0 and {name} is {'there' if name in kept else 'missing'}: {text[:200]}"
            for name in sorted(set(kept) & set(self.good)):
                if kept[name] != self.good[name]:
                    yield f"exit 0 and another {name}: {text[:200]}"
            if run.stdout != self.good_out:
                yield f"exit 0 and another standard output: {text[:200]}"
        else:
            for name in self.command.results:
                is_now = part(kept, name)
                if is_now not in ({}, part(self.good, name)) and is_now != part(self.old, name):
                    yield f"exit {code} and {name} is neither whole nor away: {text[:200]}"
                elif not is_now and part(self.old, name):
                    yield f"exit {code} and the old {name} is gone: {text[:200]}"
            if code == 2 and "needs OpenBLAS" not in text:  # the loader says no more than that
                yield f"exit 2, as if the user had made a mistake: {text[:200]}"
            if not re.search(what, text):
                yield f"exit {code} without the reason: {text[:200] or '(nothing on stderr)'}"
        if left:
            yield from self.next_run("removes what was left")
        elif code > 0 and self.command.again:
            yield from self.next_run("succeeds")

    def next_run(self, promise):
        # What is kept to go on from needs --force, too, when all is to begin anew.
        there = any((self.run_folder / name).exists() for name in [*self.command.results, "p.st.checkpoint"])
        run = self.run(self.command.words + (["--force"] if there else []))
        files = tree(self.run_folder)
        if run.returncode != 0:
            yield f"no next run {promise}: exit {run.returncode}: {run.stderr.decode(errors='replace')[:300]}"
        if any(TEMPORARY in str(p) for p in self.run_folder.rglob("*")):
            yield f"no next run {promise}"
        for name in self.command.results:
            if part(files, name) != part(self.good, name):
                yield f"no next run {promise}: another {name}"

    def try_fault(self, label, reason, **how):
        self.fresh()
        try:
            run = self.run(self.command.words + self.command.force, **how)
        except subprocess.TimeoutExpired:
            self.show(self.command.name, label, "does not end")
            return
        for complaint in self.complaints(run, reason):
            self.show(self.command.name, label, complaint)


def spread(items, most):
    """At most so many of the items, evenly."""
    return items if len(items) <= most else [items[i * len(items) // most] for i in range(most)]


def faults_of(bench, options):
    """What is to fail: (label, what the message must say, how the run is started)."""
    faults = []
    if "malloc" in options.kinds:
        for n in spread(range(1, bench.count_allocations() + 1), options.most):
            faults.append((f"malloc {n}", "memory", {"DCAT_FAULT_AT": str(n)}))
    if "calls" in options.kinds:
        for index, (name, n) in enumerate(spread(bench.count_calls(), options.most)):
            error = ERRORS[index % len(ERRORS)]
            reason = re.escape(os.strerror(getattr(errno, error)))
            faults.append((f"{name} {n} {error}", reason + "|out of memory", {"before": [
                "strace", "-qq", "-o", "/dev/null", "-e", f"trace={name}", "-e",
                f"inject={name}:error={error}:when={n}"]}))
    part, parts = options.part
    return faults[part - 1::parts]


def run_command(bench, options, log):
    faults = faults_of(bench, options)
    for label, reason, how in faults:
        if log.begin(bench.command.name, label):
            bench.try_fault(label, reason, **how)
            log.end(bench.command.name, label)
    return len(faults)


class Log:
    """Which faults were tried by earlier runs of the same program, so that they are not tried again."""

    def __init__(self, path, tool):
        self.path, self.tried, self.failed = path, set(), False
        self.program = hashlib.sha256(tool.read_bytes()).hexdigest()[:16]
        if path and path.exists():
            for line in path.read_text().splitlines():
                program, _, fault = line.partition("\t")
                if program == self.program:
                    self.tried.add(fault)

    def begin(self, command, label):
        self.failed = False
        return f"{command}\t{label}" not in self.tried

    def end(self, command, label):
        """What was complained of is tried again."""
        if self.path and not self.failed:
            with self.path.open("a") as file:
                file.write(f"{self.program}\t{command}\t{label}\n")


def part_of(text):
    """K/N: the K-th of N parts."""
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise argparse.ArgumentTypeError(f"a part is K/N with K from 1 to N, got {text}")
    return int(part), int(parts)


def work_folder(asked):
    """Where commands run: a new folder of the user's, or one that goes when this ends."""
    if asked:
        asked.mkdir(parents=True)
        return asked.resolve()
    made = tempfile.mkdtemp(prefix="dcat-faults-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tool", required=True, type=Path)
    parser.add_argument("--preload", required=True, type=Path)
    parser.add_argument("--work", type=Path, help="a new folder that is kept (default: a temporary one)")
    parser.add_argument("--most", default=1 << 30, type=int, help="faults of a kind and a command (default all)")
    parser.add_argument("--kinds", default="malloc,calls")
    parser.add_argument("--only", default="", help="commands, by regular expression")
    parser.add_argument("--part", default=(1, 1), type=part_of, metavar="K/N",
                        help="every N-th fault of each command, from the K-th on")
    parser.add_argument("--log", type=Path, help="go on where earlier runs with this file and this program stopped")
    parser.add_argument("--at", type=int, help="one allocation; prints what the command said and who asked")
    options = parser.parse_args()
    options.work = work_folder(options.work)
    inputs = make_inputs(options.tool.resolve(), options.work / "inputs")

    found, log = Counter(), Log(options.log, options.tool)

    def show(command, label, complaint):
        found[command] += 1
        log.failed = True
        print(f"FAILED: {command}, {label}: {complaint.strip()}", flush=True)

    total = 0
    for command in COMMANDS(inputs):
        if not re.search(options.only, command.name):
            continue
        bench = Bench(str(options.tool.resolve()), str(options.preload.resolve()), options.work, command, show)
        if options.at:
            trace = options.work / "trace"
            bench.fresh()
            run = bench.run(command.words + command.force, DCAT_FAULT_AT=str(options.at), DCAT_FAULT_TRACE=str(trace))
            print(run.returncode, run.stderr.decode(), trace.read_text())
            continue
        done = run_command(bench, options, log)
        total += done
        print(f"{command.name}: {done} faults, {found[command.name]} complaints", flush=True)
    print(f"{total} faults, {sum(found.values())} complaints")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
