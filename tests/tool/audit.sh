#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# dcat audit: exit codes, what it finds, JSON, folder, determinism.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

small=(--worlds 1 --cycles 2 --pairs 2000)

# ---- misuse
expect 0 audit --help
holds out "Usage: dcat audit"
expect 2 audit
holds err "which scenario?"
expect 2 audit paper --auction nobody
expect 2 audit paper --pairs 0
holds err "--pairs must be a whole number"
expect 2 audit paper --worlds 0
expect 2 audit paper --cycles 100000
holds err "[1, 528]"

# ---- the default auction keeps everything it promises
expect 0 audit paper --auction rea-s "${small[@]}" --json
true_of_json '.failed == false and (.auctions | length) == 1 and .theorem2 == null'
true_of_json '.auctions[0] | .lies | [.small_clusters, .small_members, .real_clusters, .real_members]
    | all(.pairs > 0 and .profitable == 0)'
true_of_json '.auctions[0] | .lies.real_clusters.pairs + .lies.real_members.pairs >= 2000'
true_of_json '.auctions[0].rational.member | .awards > 0 and .below == 0'
true_of_json '.auctions[0].guarantees | length == 6 and all(.promised and (.broken | not))'
true_of_json '.auctions[0].beyond_one_auction | .with_ceiling, .without_ceiling |
    (.cost.factors | map(.factor)) == [1.02, 1.05, 1.1, 1.2, 1.5] and
    (.speed.factors | map(.factor)) == [0.8, 0.9, 1.1, 1.2] and
    ([.cost, .cost.factors[]] | all(.attempts > 6)) and .speed.attempts == 40 and
    .cost.gamed >= ([.cost.factors[].gamed] | max)'
expect 0 audit paper --auction rea-s "${small[@]}" --json --attempts 2
true_of_json '.auctions[0].beyond_one_auction.with_ceiling | .cost, .speed, .withhold | .attempts == 2'

# ---- the paper's auction promises less, and with dear servers its members lose
expect 0 audit paper-tight --auction rea "${small[@]}" --json
true_of_json '.auctions[0].rational.member | .below > 0 and .worst < 0'
true_of_json '.auctions[0].lies.small_members.profitable > 0'
true_of_json '.auctions[0].lies.small_clusters.profitable == 0'
true_of_json '.theorem2.random | .exact_wrong == 0 and .paper_lost_inside == 0 and
    .paper_lost_above_fee > 0 and .paper_lost_rounds > 0 and .ties_sold == 0'
true_of_json '[.theorem2.cells[] | .lost == .lost_exact] | all'
expect 0 audit paper --auction rea "${small[@]}" --set auction.rea.all_left=lottery \
    --set auction.rea.round_max=unlimited --json
true_of_json '.auctions[0] | .lies.small_clusters.profitable > 0 and .failed == false'

# ---- who would leave its cluster, and what it would cost the platform
expect 0 audit paper-tight --auction rea-s --worlds 1 --cycles 3 --pairs 1000 --attempts 4 --stability --json
true_of_json '.auctions[0].beyond_one_auction | .leave.attempts > 0 and .leave.gainful > 0 and
    (.would_gain_by_leaving | length) == .leave.gainful and .would_gain_by_moving == [] and
    (.would_gain_by_leaving | all(.would_earn > .earns and .platform > 0 and .platform_would_keep > 0))'

# ---- all five, as a folder
expect 0 audit paper "${small[@]}" --out found
for auction in rea one-off rea-s vickrey posted; do
    grep -qE "^  $auction +cluster" out || complain "the table has no row for $auction"
done
holds out "Every guarantee that these auctions promised holds."
for file in audit.json audit.csv audit.txt report.html scenario.yaml manifest.json; do
    [ -s "found/$file" ] || complain "audit leaves no $file"
done
cmp out found/audit.txt || complain "audit.txt is not what was printed"
jq -e '.auctions | length == 5' found/audit.json >/dev/null || complain "audit.json lacks auctions"
[ "$(head -1 found/audit.csv)" = "auction,part,measure,value" ] || complain "audit.csv has no header"
awk -F, 'NF != 4 { exit 1 }' found/audit.csv || complain "a line of audit.csv is not four fields"
if command -v gnuplot >/dev/null; then
    for figure in theorem2 gaming; do
        [ -s "found/figures/$figure.svg" ] || complain "audit leaves no figure $figure"
    done
fi
grep -q '^rea-s,cost x1.02_no_ceiling,gainful,' found/audit.csv || complain "audit.csv lacks a factor"
grep -q 'x1\.02.*x1\.05' found/audit.txt || complain "audit.txt lacks the factors"
grep -q 'x1\.02' found/report.html || complain "report.html lacks the factors"
expect 2 audit paper "${small[@]}" --out found
expect 0 audit paper "${small[@]}" --out found --force --auction posted

# ---- the same for any number of threads
expect 0 audit paper --auction rea "${small[@]}" --json --threads 1
cp out first.json
expect 0 audit paper --auction rea "${small[@]}" --json --threads 3
cmp out first.json || complain "3 threads find something else"

finish
