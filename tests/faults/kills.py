#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Commands that are to replace a result are killed at random moments.

Afterwards the result's name holds the old result or the new one, whole; the next run succeeds and
leaves no temporary file. docs/building.md says how to run this.
"""

import argparse
import random
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
from commands import COMMANDS, make_inputs
from faults import TEMPORARY, Bench, part, tree, work_folder

NAMES = ("simulate-force", "compare-force", "train-force", "import-gml-force", "generate-force")


def killed(bench, moment):
    """Run and kill after so many seconds. False when the run had ended before."""
    bench.fresh()
    process = bench.begin(bench.command.words + bench.command.force)
    try:
        process.wait(timeout=moment)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


def check(bench):
    """What is wrong with the files that a killed run left, and with the next run."""
    files = tree(bench.run_folder)
    for name in bench.command.results:
        if part(files, name) not in (part(bench.good, name), part(bench.old, name)):
            yield f"{name} is neither the old result nor the new one"
    run = bench.run(bench.command.words + bench.command.force)
    if run.returncode != 0:
        yield f"the next run exits with {run.returncode}: {run.stderr.decode()[:300]}"
    files = tree(bench.run_folder)
    for name in bench.command.results:
        if part(files, name) != part(bench.good, name):
            yield f"the next run leaves another {name}"
    if any(TEMPORARY in str(path) for path in bench.run_folder.rglob("*")):
        yield "the next run leaves a temporary file"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--tool", required=True, type=Path)
    parser.add_argument("--preload", required=True, type=Path)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--kills", default=20, type=int)
    parser.add_argument("--seed", default=1, type=int)
    options = parser.parse_args()
    work = work_folder(options.work)
    inputs = make_inputs(options.tool.resolve(), work / "inputs")
    moments = random.Random(options.seed)
    benches = [Bench(str(options.tool.resolve()), str(options.preload.resolve()), work, command, None)
               for command in COMMANDS(inputs) if command.name in NAMES]
    lengths = []
    for bench in benches:
        begun = time.monotonic()
        killed(bench, 1000)
        lengths.append(time.monotonic() - begun)
    kills = complaints = tries = 0
    while kills < options.kills and tries < 10 * options.kills:
        at = tries % len(benches)
        tries += 1
        moment = moments.random() * lengths[at]
        begun = time.monotonic()
        if not killed(benches[at], moment):
            lengths[at] = min(lengths[at], time.monotonic() - begun)  # the machine has less to do than it had
            continue
        kills += 1
        for complaint in check(benches[at]):
            complaints += 1
            print(f"FAILED: {benches[at].command.name}, killed after {moment:.4f} s: {complaint}", flush=True)
    print(f"{kills} kills in {tries} runs, {complaints} complaints")
    return 1 if complaints or kills < options.kills else 0


if __name__ == "__main__":
    sys.exit(main())
