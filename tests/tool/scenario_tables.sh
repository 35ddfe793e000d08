#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tables of follow-the-sun and mixed-owners are those that examples/scenario_tables.sh makes, byte for byte;
# the zones peak in turn, and the owners are as the page says.
. "$SOURCE_DIR/tests/support.sh"

"$SOURCE_DIR/examples/scenario_tables.sh" made
for file in follow-the-sun/demand.csv follow-the-sun/areas.csv mixed-owners/servers.csv; do
    cmp "made/$file" "$SOURCE_DIR/scenarios/$file" || complain "$file is another"
done
peaks=$(awk -F, '!/^#|day/ && $1 == 1 { for (k = 3; k <= NF; k++) if ($k > most[k]) { most[k] = $k; at[k] = $2 } }
    END { for (k = 3; k <= 10; k++) printf "%d ", at[k] }' made/follow-the-sun/demand.csv)
[ "$peaks" = "0 3 6 9 12 15 18 21 " ] || complain "zones peak at $peaks"
expect 0 validate mixed-owners
holds out "8 own 40 servers"
expect 0 validate mixed-owners --json
true_of_json '.remarks | map(select(test("below the cost of 20 % of the servers"))) | length == 1'
expect 0 validate follow-the-sun --json
true_of_json '.servers.count == 40'
expect 0 scenarios
holds out follow-the-sun
holds out mixed-owners
finish
