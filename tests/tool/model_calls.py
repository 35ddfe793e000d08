#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Does the program do what the tables of docs/model.md say? By what ran, not by names.

Usage: model_calls.py SOURCE_DIR CALLGRIND_FILE...

Callgrind notes every line that was executed and in which function of which file it was compiled, so a
function that was inlined is seen where it was called from. In the tables "Equations" and "Algorithms"
every function named must have run, called from each file of its row (a row without files: from
anywhere), and every file must have run. A row that says "not in a run" must hold only functions that
did not.
"""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])


def of_project(path):
    """src/market/step.c or dcat/model.h: a path however the build wrote it."""
    found = re.search(r"(?:.*/)?((?:src|tool|studies|bench)/.*|dcat/.*\.h)$", path)
    return found.group(1) if found else path


callers = {}  # of functions with code of their own: files that call them
lines = {}  # executed, (file, line): files of the functions that they were compiled into
ran = set()  # files
for name in sys.argv[2:]:
    home = current = None
    call_follows = False
    for line in open(name, encoding="utf-8"):
        key, _, value = line.rstrip("\n").partition("=")
        if key == "fl":
            home = current = of_project(value)
        elif key in ("fi", "fe"):
            current = of_project(value)
        elif key == "cfn":
            callers.setdefault(value.split("'")[0], set()).add(home)
        elif key == "calls":
            call_follows = True  # the next line is the call's own
        elif line[:1].isdigit():
            if not call_follows:
                lines.setdefault((current, int(line.split()[0])), set()).add(home)
                ran.update((current, home))
            call_follows = False

bodies = {}  # of functions whose text stands in a header: (file, first line, last line)
for header in source.glob("include/dcat/**/*.h"):
    text = header.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(text, 1):
        found = re.match(r"DCAT_INLINE\b.*?\b(dcat_\w+)\(", line)
        if found:
            end = next(n for n in range(number, len(text) + 1) if text[n - 1] == "}")
            bodies[found.group(1)] = (str(header.relative_to(source / "include")), number, end)


types = set()
for header in source.glob("include/dcat/**/*.h"):
    types.update(re.findall(r"^(?:\} |typedef struct )(dcat_\w+)", header.read_text(encoding="utf-8"), re.M))


def called_from(function):
    files = set(callers.get(function, ()))
    if function in bodies:
        file, first, last = bodies[function]
        for number in range(first, last + 1):
            files |= lines.get((file, number), set())
    return files


wrong, checked = [], 0
for section in re.split(r"\n## ", (source / "docs/model.md").read_text(encoding="utf-8")):
    if not section.startswith(("Equations", "Algorithms")):
        continue
    for row in re.findall(r"^\|(.*)\|$", section, re.M)[2:]:
        cells = [cell.strip() for cell in row.split(" | ")]
        functions = [name for name in re.findall(r"`(dcat_\w+)`", cells[2]) if name not in types]
        files = [file for file in re.findall(r"`(src/[\w/.*]+)`", cells[3])]
        idle = "not in a run" in cells[3]
        for function in functions:
            checked += 1
            seen = called_from(function)
            if idle and seen:
                wrong.append(f"{function} runs, called from {', '.join(sorted(seen))}")
            elif not idle and not seen:
                wrong.append(f"{function} does not run ({cells[0].strip()})")
            elif not idle and section.startswith("Equations") and not seen.issuperset(files):
                missing = sorted(set(files) - seen)
                wrong.append(f"{function} is not called from {', '.join(missing)} but {', '.join(sorted(seen))}")
        for file in files:
            checked += 1
            if not any(pathlib.PurePath(other).match(file) for other in ran if other):
                wrong.append(f"nothing of {file} runs ({cells[0]})")
for text in wrong:
    print(f"docs/model.md: {text}")
if checked < 40:
    sys.exit(f"only {checked} functions and files are named")
print(f"{checked} functions and files")
sys.exit(1 if wrong else 0)
