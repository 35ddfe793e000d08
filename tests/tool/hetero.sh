#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What it is worth to know classes of work: the scenario hetero against the same market with a platform that knows one
# number of each pool or server. Few cycles; docs/resources.md has the table of all.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

# Profit and share of late awards of linkage:rea-s under what the platform knows.
measure() {
    expect 0 compare hetero --policies linkage:rea-s --worlds 4 --cycles 24 --quiet --json --set "resources.collapse=$1"
    jq -r '.rows[0] | "\(.profit.mean) \(.late)"' out
}
for known in none worst mean peak single; do
    measure "$known" >"$known.txt"
done
python3 - <<'END' || complain 'hetero is not worth what it should be'
profit, late = {}, {}
for known in "none", "worst", "mean", "peak", "single":
    profit[known], late[known] = map(float, open(known + ".txt").read().split())
print(profit, late)
assert late["none"] == 0 and late["worst"] == 0, "a promise by what is known is kept"
assert 0.1 < late["mean"] < late["peak"] < 0.5 and late["single"] > 0.85
assert profit["none"] > 1.4 * profit["worst"] > 1.4 * profit["mean"] > 1.4 * profit["peak"]
assert profit["none"] > 1.8 * profit["peak"] and abs(profit["single"]) < 0.05 * profit["none"]
END

# The same on a real backbone; and everybody can look at one number beside the truth.
expect 0 compare chinanet-hetero --policies linkage:rea-s --worlds 2 --cycles 8 --quiet --json
true_of_json '.rows[0].late == 0 and .rows[0].profit.mean > 0'
expect 0 simulate hetero --cycles 2 --clusterer linkage --auction rea-s --set resources.collapse=peak --tasks --out late --quiet
python3 - <<'END' || complain 'a late task pays'
import csv
rows = [row for row in csv.DictReader(open("late/tasks.csv")) if row["success"] in ("1", "true")]
late = [row for row in rows if float(row["turnaround_time"]) > float(row["deadline_s"]) + 1e-9]
assert rows and late and all(float(row["fee"]) == 0 < float(row["payment"]) for row in late)
assert all(float(row["fee"]) > 0 for row in rows if row not in late)
END
expect 0 scenarios hetero --out copy
expect 0 validate ./copy
lacks out Remark
finish
