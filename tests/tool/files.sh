# SPDX-License-Identifier: Apache-2.0
# What a folder of results holds: equal runs make equal files but for manifest.json, timing.csv and
# pages, and schema.json says what every column of every CSV is.
set -u
failed=0
complain() {
    echo "FAILED: $1"
    failed=1
}

run() { # THREADS FOLDER: one of each command
    local small=(--cycles 1 --threads "$1" -q)
    "$DCAT" simulate paper "${small[@]}" --tasks --clusters --servers --network --bids \
            --out "$2/simulate" &&
        "$DCAT" compare paper "${small[@]}" --worlds 2 --policies linkage:rea,kmeans:one-off \
            --out "$2/compare" &&
        "$DCAT" compare paper "${small[@]}" --worlds 2 --policies linkage:rea --bound \
            --out "$2/compare-bound" &&
        "$DCAT" audit paper "${small[@]}" --worlds 1 --auction posted --pairs 1000 \
            --out "$2/audit" &&
        "$DCAT" bound paper "${small[@]}" --worlds 2 --out "$2/bound" &&
        "$DCAT" cluster paper --threads "$1" -q --out "$2/cluster" &&
        "$DCAT" generate --servers 40 -q --out "$2/generate"
}

run 1 one >out 2>&1 || complain "a command: $(cat out)"
run 1 again >out 2>&1 || complain "a command again: $(cat out)"
run 2 two >out 2>&1 || complain "a command with two threads: $(cat out)"
for other in again two; do
    diff -rq -x manifest.json -x timing.csv -x report.html one $other || complain "$other differs"
done
grep -rlE 'decision_s' one --include='*.json' --include='*.csv' | grep -vE 'timing.csv|schema.json' &&
    complain "wall times outside timing.csv"

python3 - one <<'END' || complain "a schema does not fit"
import csv, json, pathlib, sys

def value_fits(kind, text):
    if kind == "boolean":
        return text in ("0", "1")
    if kind == "integer":
        return text.isdigit()
    if kind == "number":
        return float(text) == float(text)
    return kind == "string"

wrong = 0
def complain(*words):
    global wrong
    wrong += 1
    print(*words)

checked = 0
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    resources = json.load(open(folder / "schema.json"))["resources"]
    files = sorted(path.name for path in folder.glob("*.csv"))
    if sorted(resource["path"] for resource in resources) != files:
        complain(folder, "has", files, "but describes", [r["path"] for r in resources])
        continue
    for resource in resources:
        fields = resource["schema"]["fields"]
        with open(folder / resource["path"], newline="") as file:
            comment = resource.get("dialect", {}).get("commentChar", "\0")
            lines = csv.reader(line for line in file if not line.startswith(comment))
            header = next(lines)
            if header != [field["name"] for field in fields]:
                complain(folder, resource["path"], "header is", header)
            for line in lines:
                if len(line) != len(fields):
                    complain(folder, resource["path"], "has", len(line), "fields:", line)
                for field, text in zip(fields, line):
                    checked += 1
                    if text != "" and not value_fits(field["type"], text):
                        complain(folder, resource["path"], field["name"], "is", repr(text))
        for field in fields:
            seconds = field["name"].endswith("_s") and not field["name"].endswith("_per_s")
            if not field["description"] or (seconds and field["unit"] != "s"):
                complain(folder, resource["path"], "says too little of", field["name"])
if checked < 1000:
    complain("only", checked, "values were there to check")
sys.exit(wrong > 0)
END
exit $failed
