#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command of README and docs runs as printed.

Blocks of a page that are fenced as ```sh run in the order of the page, in one shell, in a folder that looks
like the top of a built checkout; so do commands in the running text that name all that they need. pages.txt
lists what is not run, each with its reason. Without DCAT_FULL the tool is given options that make long
commands short (SHORT); everything else is as printed.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

SHORT = {
    "compare": "--worlds 1 --cycles 1", "simulate": "--cycles 1", "bound": "--worlds 1 --cycles 1",
    "audit": "--worlds 1 --cycles 1 --pairs 20 --attempts 1 --inner 10", "tune": "--worlds 1 --test-worlds 1 --proposals 1",
    "train": "--epochs 1 --validate-every 1 --validate-worlds 1 --samples 2 --draws 1 --environments 2",
    "reproduce": "--worlds 2 --cycles 1 --epochs 1 --curve-epochs 1 --curve-seeds 1 --anneal-proposals 1",
}
COMMAND = re.compile(r"\s*(\$ |(dcat|mpirun|cmake|ctest|cc|make|git|sudo|sbatch|python3|jq|cp|cd|export) \S|"
                     r"(\./|bench/|tests/|examples/|docs/|fuzz/)[\w/]+(\.sh|\.py)?( |$))")
WHOLE = re.compile(r"dcat (reproduce \w|\w+ (paper|chinanet)\b)")  # not only the command's name with an option
PLACEHOLDER = re.compile(r"\b[A-Z]+\b|\.\.\.|\[")  # FILE, N, K:A, ...
FULL = bool(os.environ.get("DCAT_FULL"))
SOURCE = Path(os.environ["SOURCE_DIR"])


class Command:
    def __init__(self, page, line, text):
        self.where, self.text = f"{page}:{line}", text

    def __str__(self):
        return f"{self.where}: {self.text}"


def whole(text):
    """Whether a shell has nothing to wait for."""
    if text.rstrip("\n").endswith("\\"):
        return False
    return subprocess.run(["bash", "-n", "-c", text], capture_output=True, check=False).returncode == 0


def commands_of(page, text):
    """Commands of a page in their order, those of the running text, and complaints about blocks that hide some."""
    commands, running_text, complaints, prose, fence, held = [], [], [], [], None, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            if held:
                complaints.append(f"{page}:{number}: no whole command before the end of the block: {held}")
            fence, held = (line[3:].strip() or "text") if fence is None else None, ""
        elif fence == "sh":
            held += line + "\n"
            if held.strip() and whole(held):
                commands.append(Command(page, number, held.strip()))
                held = ""
            elif not held.strip():
                held = ""
        elif fence is None:
            prose.append((number, line))
        if fence != "sh" and (fence == "text" or line.startswith("    ")) and COMMAND.match(line):
            complaints.append(f"{page}:{number}: a command outside of a block fenced as sh: {line.strip()}")
    running = "\n".join(f"{line}\0{number}" for number, line in prose if not line.startswith("<!--"))
    for match in re.finditer(r"(?<!`)`((?:mpirun -n \d+ )?dcat [^`]+)`", running):
        number = re.search(r"\0(\d+)", running[match.start():])
        shown = re.sub(r"\0\d+\n", " ", match[1])
        if WHOLE.search(shown) and not PLACEHOLDER.search(shown):
            running_text.append(Command(page, int(number[1]), shown))
    return commands, running_text, complaints


def not_run(path):
    """Rows of pages.txt: (kind, page, pattern, reason)."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            parts = [part.strip() for part in line.split("|")]
            if len(parts) != 4 or parts[0] not in ("never", "full"):
                sys.exit(f"{path.name}:{number}: not KIND | PAGE | BEGINNING OF COMMANDS | REASON")
            yield tuple(parts)


def make_checkout(folder, tool):
    """A folder that looks like the top of the checkout, with a build whose dcat is in less of a hurry."""
    release = folder / "build" / "release"
    release.mkdir(parents=True)
    for entry in SOURCE.iterdir():
        if not entry.name.startswith(".") and entry.name != "build":
            (folder / entry.name).symlink_to(entry)
    for entry in tool.parent.iterdir():
        if entry.name != "dcat":
            (release / entry.name).symlink_to(entry)
    short = "".join(f"{verb}) set -- \"$@\" {words} ;;\n" for verb, words in SHORT.items())
    (release / "dcat").write_text("#!/usr/bin/env bash\ncase ${1:-} in\n%sesac\nexec %s \"$@\"\n" %
                                  ("" if FULL else short, shlex.quote(str(tool))))
    (release / "dcat").chmod(0o755)
    subprocess.run(["bash", str(SOURCE / "tests/pages_inputs.sh")], cwd=folder, check=True)


def run_page(commands, folder):
    """Run them in one shell. Returns a complaint, or None."""
    script = "set -euo pipefail\n" + "".join(
        f"echo {shlex.quote(str(c))} >{shlex.quote(str(folder / '.at'))}\n{c.text}\n[ $? -eq 0 ] || exit 1\n"
        for c in commands)
    environment = {**os.environ, "PATH": f"{folder}/build/release:{os.environ['PATH']}", "HOME": str(folder)}
    with open(folder / ".out", "wb") as out:
        code = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                              stdout=out, stderr=subprocess.STDOUT, check=False).returncode
    if code == 0:
        return None
    said = (folder / ".out").read_text(errors="replace")[-500:]
    return f"{(folder / '.at').read_text().strip()}: exits with {code}: {said}"


def main():
    tool, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    pages = [SOURCE / "README.md", SOURCE / "CONTRIBUTING.md", *sorted((SOURCE / "docs").glob("*.md")),
             *sorted((SOURCE / "examples").rglob("*.md"))]
    if len(sys.argv) > 3:
        pages = [page for page in pages if str(page.relative_to(SOURCE)) in sys.argv[3:]]
    rows, used, complaints, ran, left = list(not_run(SOURCE / "tests/tool/pages.txt")), set(), [], 0, 0
    said = set()  # of commands in running text, which many pages repeat, the first is run
    for path in pages:
        page = str(path.relative_to(SOURCE))
        commands, running_text, found = commands_of(page, path.read_text())
        complaints += found
        commands += [command for command in running_text if command.text not in said]
        said |= {command.text for command in running_text}
        chosen = []
        for command in commands:
            row = next((r for r in rows if r[1] in (page, "*") and command.text.startswith(r[2])), None)
            used.add(row)
            if row is None or (row[0] == "full" and FULL):
                chosen.append(command)
        left += len(commands) - len(chosen)
        ran += len(chosen)
        if chosen:
            folder = work / page.replace("/", "_")
            make_checkout(folder, tool)
            complaint = run_page(chosen, folder)
            complaints += [complaint] if complaint else []
            shutil.rmtree(folder)
    if len(sys.argv) <= 3:
        complaints += [f"pages.txt: nothing begins so: {' | '.join(row)}" for row in rows if row not in used]
    for complaint in complaints:
        print(f"FAILED: {complaint}")
    print(f"{ran} commands of {len(pages)} pages run, {left} are listed as not to be run")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
