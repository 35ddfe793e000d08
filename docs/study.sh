#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The figures of docs/study.md: what clustering and auction are worth on the scenarios paper and
# paper-tight, over the test days of 20 worlds. Usage: docs/study.sh [TOOL]; about half a minute on two cores.
set -euo pipefail

tool=${1:-build/release/dcat}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# compare NAME OPTION...: a comparison whose rows are left in $folder/NAME/compare.csv.
compare() {
    "$tool" compare paper --quiet --out "$folder/$1" "${@:2}" >"$folder/$1.txt"
}

# The cells of one policy, by column name. Usage: cells NAME CLUSTERER AUCTION COLUMN...
cells() {
    awk -F, -v clusterer="$2" -v auction="$3" -v columns="${*:4}" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
        $1 == clusterer && $2 == auction {
            n = split(columns, wanted, " ")
            for (i = 1; i <= n; i++) printf "%s ", $at[wanted[i]]
        }' "$folder/$1/compare.csv"
}

printf 'Profit per cycle (thousands, 95 %% interval over 20 worlds) as load grows:\n\n'
printf '| lambda | kmeans:rea | linkage:rea | gain of linkage, paired | linkage:rea-s |\n'
printf '|---|---|---|---|---|\n'
for lambda in 20 30 40 50; do
    compare "load-$lambda" --policies kmeans:rea,linkage:rea,linkage:rea-s \
        --set "demand.arrivals_per_slot=$lambda"
    {
        cells "load-$lambda" kmeans rea profit profit_ci95
        cells "load-$lambda" linkage rea profit profit_ci95 profit_gain_percent \
            profit_gain_percent_ci95
        cells "load-$lambda" linkage rea-s profit profit_ci95
    } | awk -v lambda="$lambda" '{
        printf "| %d | %.0f ± %.0f | %.0f ± %.0f | %+.1f ± %.1f %% | %.0f ± %.0f |\n", lambda,
            $1 / 1e3, $2 / 1e3, $3 / 1e3, $4 / 1e3, $5, $6, $7 / 1e3, $8 / 1e3 }'
done

printf '\nWhat k-means is worth depends on its first centres and on n (rea, lambda 30):\n\n'
printf '| first centres | n | kmeans:rea | gain of linkage, paired |\n'
printf '|---|---|---|---|\n'
for setting in "plus-plus 8" "plus-plus 10" "plus-plus 13" "plus-plus 16" "plus-plus 20" "random 13"; do
    read -r start count <<<"$setting"
    compare "kmeans-$start-$count" --policies kmeans:rea,linkage:rea \
        --set "clustering.kmeans.start=$start" --set "clustering.kmeans.cluster_count=$count"
    {
        cells "kmeans-$start-$count" kmeans rea profit profit_ci95
        cells "kmeans-$start-$count" linkage rea profit_gain_percent profit_gain_percent_ci95
    } | awk -v start="$start" -v count="$count" '{
        printf "| %s | %d | %.0f ± %.0f | %+.1f ± %.1f %% |\n", start, count, $1 / 1e3, $2 / 1e3,
            $3, $4 }'
done

printf '\nContested tasks that rea loses to simultaneous exits (linkage, lambda 30):\n\n'
printf '| rounds K | decrement | lost, of contested tasks | profit per cycle (thousands) |\n'
printf '|---|---|---|---|\n'
for setting in "10 0.8" "unlimited 0.8" "unlimited 0.9" "unlimited 0.99"; do
    read -r rounds decrement <<<"$setting"
    compare "rounds-$rounds-$decrement" --policies linkage:rea \
        --set "auction.rea.round_max=$rounds" --set "auction.rea.decrement=$decrement"
    cells "rounds-$rounds-$decrement" linkage rea no_candidate single_candidate all_left \
        profit profit_ci95 | awk -v rounds="$rounds" -v decrement="$decrement" '{
        printf "| %s | %s | %.1f %% | %.0f ± %.0f |\n", rounds, decrement,
            100 * $3 / (1 - $1 - $2), $4 / 1e3, $5 / 1e3 }'
done

printf '\nDear servers, where payments matter (scenario paper-tight, linkage):\n\n'
printf '| auction | profit per cycle (thousands) | served | lost to simultaneous exits | awards below a member'"'"'s cost |\n'
printf '|---|---|---|---|---|\n'
"$tool" compare paper-tight --quiet --out "$folder/tight" \
    --policies linkage:rea,linkage:one-off,linkage:posted,linkage:vickrey,linkage:rea-s >"$folder/tight.txt"
for auction in rea one-off posted vickrey rea-s; do
    cells tight linkage "$auction" profit profit_ci95 offloading all_left members_below_cost |
        awk -v auction="$auction" '{
        printf "| %s | %.0f ± %.0f | %.1f %% | %.1f %% | %.1f %% |\n", auction, $1 / 1e3, $2 / 1e3,
            100 * $3, 100 * $4, 100 * $5 }'
done

printf '\nTwo settings of the market that depend on no bid (linkage:rea-s, lambda 50):\n\n'
printf '| task order | handicap per giga-cycle and second | profit per cycle (thousands) |\n'
printf '|---|---|---|\n'
for setting in "arrival 0" "urgency 0" "arrival 0.3" "urgency 0.3"; do
    read -r order handicap <<<"$setting"
    compare "market-$order-$handicap" --policies linkage:rea-s \
        --set demand.arrivals_per_slot=50 --set "market.task_order=$order" \
        --set "market.handicap_per_gigacycle_s=$handicap"
    cells "market-$order-$handicap" linkage rea-s profit profit_ci95 |
        awk -v order="$order" -v handicap="$handicap" '{
        printf "| %s | %s | %.0f ± %.0f |\n", order, handicap, $1 / 1e3, $2 / 1e3 }'
done
