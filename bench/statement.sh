#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a statement and a report of a month cost: a log of November 2026 with so many tasks, a tenth of them late,
# then the FOCUS file of its user, of all parties, and the report, each with its wall time. The sum of the user's
# rows must be what it was charged, to the cent, and the columns those of FOCUS 1.2.
#
# Usage: bench/statement.sh BUILD FOLDER [TASKS]     FOLDER is on the disk to measure; 10^6 tasks take 4 GB
set -euo pipefail

build=$(realpath "${1:?Usage: bench/statement.sh BUILD FOLDER [TASKS]}")
mkdir -p "${2:?which folder?}"
work=$(mktemp -d "$(realpath "$2")/bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/log"
"$build/dcat-bench-writer" month "$work/log" "${3:-1000000}"

timed() { # NAME FILE ARGUMENT...
    local name=$1 file=$2 begun
    shift 2
    begun=$(date +%s.%N)
    "$build/dcat" "$@" --data "$work/log" >"$work/$file"
    printf '%s: %.2f s, %d lines\n' "$name" "$(awk -v a="$begun" -v b="$(date +%s.%N)" 'BEGIN { print b - a }')" "$(wc -l <"$work/$file")"
}
timed "statement of one user, FOCUS" user.csv account --statement 2026-11 --format focus --party 1
timed "statements of all parties, FOCUS" all.csv account --statement 2026-11 --format focus
timed "report of the month" report.csv exchange report --month 2026-11 --format csv

python3 "$(dirname "$0")/../tests/tool/focus.py" "$work/user.csv" "$work/all.csv"
python3 - "$work/log/exchange.db" "$work/user.csv" <<'END'
import csv, sqlite3, sys

def micro(text):
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, behind = digits.partition(".")
    return sign * (int(whole) * 1000000 + int(behind.ljust(6, "0") or 0))

rows = list(csv.DictReader(open(sys.argv[2])))
total = sum(micro(row["BilledCost"]) for row in rows)
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
charged, legs = db.execute("SELECT sum(CASE kind WHEN 'charge' THEN amount ELSE 0 END), count(*) FROM transfer "
                           "WHERE kind IN ('charge', 'credit')").fetchone()
assert total % 10000 == 0 and abs(total - charged) <= 5000, (total, charged)
assert sum(int(row["x_LegCount"]) for row in rows) == legs, legs
tasks = sum(int(row["x_TaskCount"]) for row in rows if row["ChargeCategory"] == "Usage")
print(f"{len(rows)} rows of {tasks} tasks and {legs} transfers add up to {total / 1e6:.2f}, as charged")
END
