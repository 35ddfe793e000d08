#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tables of the pages in docs, each put together from what dcat prints as JSON. docs/refresh calls them.
# Usage: docs/tables.sh NAME, with dcat in PATH; needs jq.
set -euo pipefail

compare() {
    dcat compare --quiet --json "$@"
}

# What stands in the rows of a comparison, in the order given. Usage: rows WHAT..., each a jq path
rows() {
    local IFS=,
    jq -r ".rows[] | [.clusterer, .auction, $*] | map(tostring) | join(\" \")"
}

# A line of a table from a line of numbers. Usage: line FORMAT EXPRESSIONS
line() {
    awk "{ printf \"| $1 |\\n\", $2 }"
}

head_of() {
    local columns
    columns=$(printf '%s' "$1" | tr -cd '|' | wc -c)
    printf '%s\n|' "$1"
    printf -- '---|%.0s' $(seq $((columns - 1)))
    printf '\n'
}

# A shipped scenario's market before `dcat tune`, as options. Usage: untuned NAME
untuned() {
    local ceiling=1.8
    [ "$1" != paper-tight ] || ceiling=12
    printf -- '--set market.%s ' task_order=arrival handicap_per_gigacycle_s=0 admission_per_gigacycle=0 \
        admission_per_gigacycle_s=0 "ceiling_per_gigacycle=$ceiling" ceiling_on=bid
}

# ---- docs/study.md

table_load() {
    head_of '| lambda | kmeans:rea | linkage:rea | gain of linkage, paired | linkage:rea-s |'
    for lambda in 20 30 40 50; do
        compare paper --policies kmeans:rea,linkage:rea,linkage:rea-s \
            --set "demand.arrivals_per_slot=$lambda" |
            rows .profit.mean .profit.ci95 .profit_gain.percent .profit_gain.percent_ci95 | tr '\n' ' ' |
            line "$lambda | %.0f ± %.0f | %.0f ± %.0f | %+.1f ± %.1f %% | %.0f ± %.0f" \
                '$3 / 1e3, $4 / 1e3, $9 / 1e3, $10 / 1e3, $11, $12, $15 / 1e3, $16 / 1e3'
    done
}

table_kmeans() {
    head_of '| first centres | n | kmeans:rea | gain of linkage, paired |'
    for setting in "plus-plus 8" "plus-plus 10" "plus-plus 13" "plus-plus 16" "plus-plus 20" "random 13"; do
        read -r start count <<<"$setting"
        compare paper --policies kmeans:rea,linkage:rea --set "clustering.kmeans.start=$start" \
            --set "clustering.kmeans.cluster_count=$count" |
            rows .profit.mean .profit.ci95 .profit_gain.percent .profit_gain.percent_ci95 | tr '\n' ' ' |
            line "$start | $count | %.0f ± %.0f | %+.1f ± %.1f %%" '$3 / 1e3, $4 / 1e3, $11, $12'
    done
}

table_rounds() {
    head_of '| rounds K | decrement | lost, of contested tasks | profit per cycle (thousands) |'
    for setting in "10 0.8" "unlimited 0.8" "unlimited 0.9" "unlimited 0.99"; do
        read -r rounds decrement <<<"$setting"
        compare paper --policies linkage:rea --set "auction.rea.round_max=$rounds" \
            --set "auction.rea.decrement=$decrement" |
            rows .no_candidate .single_candidate .all_left .profit.mean .profit.ci95 |
            line "$rounds | $decrement | %.1f %% | %.0f ± %.0f" \
                '100 * $5 / (1 - $3 - $4), $6 / 1e3, $7 / 1e3'
    done
}

table_tight() {
    head_of "| auction | profit per cycle (thousands) | served | lost to simultaneous exits | awards below a member's cost |"
    compare paper-tight --policies linkage:rea,linkage:one-off,linkage:posted,linkage:vickrey,linkage:rea-s |
        rows .profit.mean .profit.ci95 .offloading.mean .all_left .members_below_cost |
        line '%s | %.0f ± %.0f | %.1f %% | %.1f %% | %.1f %%' \
            '$2, $3 / 1e3, $4 / 1e3, 100 * $5, 100 * $6, 100 * $7'
}

table_market() {
    head_of '| task order | handicap per giga-cycle and second | profit per cycle (thousands) |'
    for setting in "arrival 0" "urgency 0" "arrival 0.3" "urgency 0.3"; do
        read -r order handicap <<<"$setting"
        # shellcheck disable=SC2046 # options without blanks
        compare paper --policies linkage:rea-s --set demand.arrivals_per_slot=50 $(untuned paper) \
            --set "market.task_order=$order" --set "market.handicap_per_gigacycle_s=$handicap" |
            rows .profit.mean .profit.ci95 | line "$order | $handicap | %.0f ± %.0f" '$3 / 1e3, $4 / 1e3'
    done
}

# What dcat tune finds from the settings before, and what that brings on test days.
table_tuned() {
    local name load policy
    head_of '| scenario | lambda | policy | task order | handicap | ceiling | on | admission: a + b a second | gain on test days |'
    while read -r name load policy; do
        # shellcheck disable=SC2046 # options without blanks
        dcat tune "$name" --policy "$policy" --quiet --json --set "demand.arrivals_per_slot=$load" $(untuned "$name") |
            tuned_row "$name" "$load" "$policy"
    done <<END
paper 30 linkage:rea-s
paper 50 linkage:rea-s
paper-tight 30 linkage:rea-s
chinanet 40 linkage:rea-s
END
}

# Usage: ... | tuned_row NAME LAMBDA POLICY
tuned_row() {
    # shellcheck disable=SC2016 # backquotes of Markdown
    jq -r --arg row "$(printf '| `%s` | %s | %s' "$@")" 'def hundredth: . * 1e4 | round / 100;
        (.settings | with_entries(.key |= ltrimstr("market."))) as $s |
        (if $s.tariff_ceiling == "none" then "" else ", \($s.tariff_ceiling) of the tariff" end) as $tariff |
        "\($row) | \($s.task_order) | \($s.handicap_per_gigacycle_s) | \($s.ceiling_per_gigacycle)\($tariff) | \($s.ceiling_on) | " +
        "\($s.admission_per_gigacycle) + \($s.admission_per_gigacycle_s) | \(.gain.mean | hundredth) ± \(.gain.ci95 | hundredth) % |"'
}

# How much of the gain over kmeans:rea is the auction, how much of that its ceiling, and what clusters add.
table_split() {
    local name
    head_of '| | a2c:rea-s over kmeans:rea | the auction: kmeans:rea-s | the same without its ceiling | the clusters: the rest | of it held: a2c-once:rea-s |'
    for name in chinanet paper; do
        {
            compare "$name" --policies kmeans:rea,kmeans:rea-s,a2c-once:rea-s,a2c:rea-s |
                rows .profit_gain.percent
            compare "$name" --policies kmeans:rea,kmeans:rea-s --set market.ceiling_per_gigacycle=none |
                rows .profit_gain.percent
        } | tr '\n' ' ' | line "\`$name\` | %+.1f %% | %+.1f points | %+.1f | %+.1f | %+.1f" \
            '$12, $6, $18, $12 - $6, $9 - $6'
    done
}

# ---- docs/bound.md

both="$(untuned paper) --set market.task_order=urgency --set market.handicap_per_gigacycle_s=0.3"

table_bound() {
    local name setting
    head_of '| Scenario | bound | with linkage'"'"'s clusters | at limits | earned | share |'
    while IFS='|' read -r name setting; do
        # shellcheck disable=SC2086
        dcat bound $setting --quiet --json |
            jq -r '[.bound, .bound_given_clusters, .at_limits, .policy_profit] |
                [map(.profit.mean, .profit.ci95), (.[3].percent | .mean, .ci95)] | flatten | map(tostring) | join(" ")' |
            line "$name | %.3f ± %.3f | %.3f ± %.3f | %.3f ± %.3f | %.3f ± %.3f | %.1f ± %.1f %%" \
                '$1 / 1e6, $2 / 1e6, $3 / 1e6, $4 / 1e6, $5 / 1e6, $6 / 1e6, $7 / 1e6, $8 / 1e6, $9, $10'
    done <<END
\`paper\`, before \`dcat tune\`|paper $(untuned paper)
the same with both settings below|paper $both
\`paper\`, 50 arrivals per slot, before|paper --set demand.arrivals_per_slot=50 $(untuned paper)
the same with both settings below|paper --set demand.arrivals_per_slot=50 $both
\`chinanet\`, before|chinanet $(untuned chinanet)
\`paper-tight\`, before|paper-tight $(untuned paper-tight)
END
}

table_bound_shares() {
    local name setting
    head_of '| | `linkage:rea-s` | `a2c:rea-s` |'
    while IFS='|' read -r name setting; do
        # shellcheck disable=SC2086
        compare $setting --bound --policies kmeans:rea,linkage:rea-s,a2c:rea-s | rows .bound_share.mean |
            tr '\n' ' ' | line "$name | %.1f %% | %.1f %%" '100 * $6, 100 * $9'
    done <<END
\`paper\`, as shipped|paper
\`paper\`, before \`dcat tune\`|paper $(untuned paper)
\`paper\` with both settings|paper $both
\`paper\`, 50 arrivals per slot, before|paper --set demand.arrivals_per_slot=50 $(untuned paper)
END
}

# ---- docs/reproduce.md

# Under the paper's queue rule, as all of that page.
table_reproduce_kmeans() {
    local name setting count
    head_of '| | profit: n = 13 | n = 10 | n = 8 | offloading: n = 13 | n = 10 | n = 8 |'
    while IFS='|' read -r name setting; do
        for count in 13 10 8; do
            # shellcheck disable=SC2086
            compare paper $setting --set market.queue=paper --set clustering.guard=off --policies kmeans:rea,a2c:rea \
                --set clustering.kmeans.cluster_count=$count |
                jq -r '.rows[0].offloading.mean as $of | .rows[1] | [.profit_gain.percent, .profit_gain.percent_ci95,
                    (.offloading_gain | .mean / $of, .ci95 / $of)] | map(tostring) | join(" ")'
        done | tr '\n' ' ' | line "$name | %+.1f ± %.1f | %+.1f ± %.1f | %+.1f ± %.1f | %+.1f ± %.1f | %+.1f ± %.1f | %+.1f ± %.1f" \
            '$1, $2, $5, $6, $9, $10, 100 * $3, 100 * $4, 100 * $7, 100 * $8, 100 * $11, 100 * $12'
    done <<END
default point|
span limit 100 km|--set clustering.span_max_km=100
span limit 150 km|--set clustering.span_max_km=150
lambda 20|--set demand.arrivals_per_slot=20
lambda 50|--set demand.arrivals_per_slot=50
END
}

# ---- docs/clusterers.md

# Gains over linkage under the same auction, paired over 8 worlds, from the worlds.csv of a comparison. 2.365: Student's t.
gains_over_linkage() {
    awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        { profit[$column["clusterer"] ":" $column["auction"], ++count[$column["clusterer"] ":" $column["auction"]]] = $column["profit_per_cycle"] }
        function gain(clusterer, auction,    w, d, sum, squares, base) {
            for (w = 1; w <= 8; w++) {
                d = profit[clusterer ":" auction, w] - profit["linkage:" auction, w]
                sum += d; squares += d * d; base += profit["linkage:" auction, w]
            }
            return sprintf("%+.1f %% ± %.1f", 100 * sum / base, 100 * 2.365 * sqrt((squares - sum * sum / 8) / 7 * 8) / base)
        }
        END { print gain("a2c", "rea") " | " gain("kmeans", "rea") " | " gain("a2c", "rea-s") " | " gain("kmeans", "rea-s") }'
}

table_generated() {
    local servers folder
    folder=$(mktemp -d)
    head_of '| Servers | `a2c:rea` | `kmeans:rea` | `a2c:rea-s` | `kmeans:rea-s` |'
    for servers in 40 64 200 400 1000; do
        dcat generate --servers "$servers" --quiet --out "$folder/$servers" >/dev/null
        dcat compare "$folder/$servers/scenario.yaml" --worlds 8 --cycles $((servers < 100 ? 24 : 4)) --quiet \
            --policies kmeans:rea,linkage:rea,kmeans:rea-s,linkage:rea-s,a2c:rea,a2c:rea-s --out "$folder/$servers-run" >/dev/null
        printf '| %s | %s |\n' "$servers" "$(gains_over_linkage <"$folder/$servers-run/worlds.csv")"
    done
    rm -r "$folder"
}

# What it brings to leave dear servers alone, as a gain over the same clusterer that does not look, paired over 20 worlds.
# 2.093: Student's t.
gain_of_dear_alone() {
    paste -d , "$1" "$2" | awk -F , -v policy="$3" 'NR == 1 { for (i = NF; i >= 1; i--) column[$i] = i; half = NF / 2; next }
        $column["clusterer"] == policy {
            d = $column["profit_per_cycle"] - $(column["profit_per_cycle"] + half)
            n++; sum += d; squares += d * d; base += $(column["profit_per_cycle"] + half)
        }
        END { printf "%+.0f %% ± %.0f", 100 * sum / base, 100 * 2.093 * sqrt((squares - sum * sum / n) / (n - 1) * n) / base }'
}

# A row: NAME, then arguments of dcat compare.
dear_row() {
    local name=$1 alone policy
    shift
    for alone in true false; do
        dcat compare "$@" --set "clustering.dear_alone=$alone" --worlds 20 --cycles 48 --quiet --force \
            --policies random:rea-s,kmeans:rea-s,linkage:rea-s,a2c:rea-s --out "$folder/$alone" >/dev/null
    done
    printf '| %s |' "$name"
    for policy in random kmeans linkage a2c; do
        printf ' %s |' "$(gain_of_dear_alone "$folder/true/worlds.csv" "$folder/false/worlds.csv" "$policy")"
    done
    printf '\n'
}

# Costs of 20 to 600 money a second for the servers of chinanet, by multiples of the golden ratio.
own_costs() {
    awk -F , -v OFS=, '/^#/ { next } header++ == 0 { print $0, "time_cost_per_s"; next }
        { share = ++n * 0.6180339887; print $0, sprintf("%.0f", 20 + 580 * (share - int(share))) }' scenarios/chinanet/servers.csv
}

# At the markets before dcat tune.
# shellcheck disable=SC2046 # options without blanks
table_dear() {
    folder=$(mktemp -d)
    own_costs >"$folder/servers.csv"
    head_of '| | `random` | `kmeans` | `linkage` | `a2c` |'
    dear_row '`paper`' paper $(untuned paper)
    dear_row '`paper`, speeds of 50 to 500 GHz' paper $(untuned paper) --set 'servers.random.speed_ghz=[50, 500]'
    dear_row '`chinanet`, own costs of 20 to 600 money/s' chinanet $(untuned chinanet) --set "servers.file=$folder/servers.csv"
    rm -r "$folder"
}

# a2c with and without its guard against the simple rule that earns most, paired by world. Usage: against_simple ON OFF, both
# worlds.csv of the same comparison. 2.093: Student's t for 20 worlds.
against_simple() {
    awk -F , 'FNR == 1 { file++; for (i = 1; i <= NF; i++) column[$i] = i; next }
        { name = $column["clusterer"]; if (file == 2 && name == "a2c") name = "bare"; else if (file == 2) next
          profit[name, $column["world"]] = $column["profit_per_cycle"]; sum[name] += $column["profit_per_cycle"]
          if ($column["world"] + 0 > n) n = $column["world"] + 0 }
        function gain(name,    w, d, all, squares) {
            for (w = 1; w <= n; w++) { d = profit[name, w] - profit[best, w]; all += d; squares += d * d }
            return sprintf("%+.1f %% ± %.1f", 100 * all / sum[best], 100 * 2.093 * sqrt((squares - all * all / n) / (n - 1) * n) / sum[best])
        }
        END { best = "linkage"; split("single random kmeans", other, " ")
              for (i in other) if (sum[other[i]] > sum[best]) best = other[i]
              printf "`%s` | %s | %s |\n", best, gain("bare"), gain("a2c") }' "$1" "$2"
}

# A row: NAME and an auction, then arguments of dcat compare.
guard_row() {
    local name=$1 auction=$2 guard
    shift 2
    for guard in on off; do
        dcat compare "$@" --set "clustering.guard=$guard" --worlds 20 --cycles 24 --quiet --force --out "$folder/$guard" --policies \
            "$([ "$guard" = off ] || printf '%s:rea-s,' single random kmeans linkage | sed "s/rea-s/$auction/g")a2c:$auction" >/dev/null
    done
    printf '| %s | `%s` | %s\n' "$name" "$auction" "$(against_simple "$folder/on/worlds.csv" "$folder/off/worlds.csv")"
}

table_guard() {
    local name work deadline auction
    folder=$(mktemp -d)
    own_costs >"$folder/servers.csv"
    head_of '| | auction | best simple rule | the policy alone over it | `a2c` over it |'
    for auction in rea rea-s; do
        for name in paper chinanet paper-tight; do
            guard_row "\`$name\`" "$auction" "$name"
        done
    done
    for name in paper chinanet; do
        for work in 200 1000 2000 3500 5000; do
            guard_row "\`$name\`, work of $work G" rea-s "$name" --set "demand.work_gigacycles=$work"
        done
        for deadline in 0.7 1 5 10 30; do
            guard_row "\`$name\`, deadline of $deadline s" rea-s "$name" --set "demand.deadline_s=$deadline"
        done
    done
    guard_row '`paper`, deadline of 1 s' rea paper --set demand.deadline_s=1
    guard_row '`paper`, deadline of 10 s' rea paper --set demand.deadline_s=10
    guard_row '`paper`, speeds of 50 to 500 GHz' rea-s paper --set 'servers.random.speed_ghz=[50, 500]'
    guard_row '`chinanet`, own costs of 20 to 600 money/s' rea-s chinanet --set "servers.file=$folder/servers.csv"
    rm -r "$folder"
}

# ---- docs/guarantees.md

# Which auction promises what: the rows of src/auction, as the audit reads them.
table_promises() {
    local audit
    audit=$(dcat audit paper --worlds 1 --cycles 1 --quiet --json)
    head_of "$(jq -r '"| | " + ([.auctions[] | "`\(.auction)`"] | join(" | ")) + " |"' <<<"$audit")"
    jq -r '.auctions as $all | $all[0].guarantees | keys[] as $i | "| \(.[$i].guarantee) | " +
        ([$all[].guarantees[$i] | if .promised then "yes" else "no" end] | join(" | ")) + " |"' <<<"$audit"
}

# Rules that look right, as the test that seeds them prints them. Its program lies beside dcat.
table_bad_rules() {
    local rules rule words
    head_of '| rule | lies that pay, of those tried in small markets | best gain, % of the fee |'
    rules=$("$(dirname "${DCAT:-build/release/dcat}")/tests/audit/test_audit_rules" 2>/dev/null)
    while IFS='|' read -r rule words; do
        sed -nE "s/^$rule: ([0-9]+) lies, ([0-9]+) pay, at most ([0-9.]+) of the fee\$/\\1 \\2 \\3/p" <<<"$rules" |
            jq -Rr --arg words "$words" 'def grouped: if length > 3 then (.[:-3] | grouped) + " " + .[-3:] else . end;
                split(" ") | "| \($words) | \(.[1] | grouped) of \(.[0] | grouped) | \(.[2] | tonumber * 1000 | round / 10) |"'
    done <<END
lottery, clusters|all left together: lottery at the price before
finer, clusters|all left together: run the round again in finer steps
first, clusters|first price: the lowest bid wins and is paid what it asks
split, members|members get their reported cost and share the surplus
END
}

# ---- docs/inner-game.md

# The smallest utility of a server per GHz and cycle, and the Gini coefficient of that over servers.
fairness() {
    local run
    run=$(mktemp -d)
    dcat simulate "$@" --servers --quiet --out "$run/run" >"$run/out"
    awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) { at[$i] = i } next }
        { print $at["utility"] / $at["speed_ghz"] / 528 }' "$run/run/servers.csv" | sort -g |
        awk '{ sum += $1; weighted += NR * $1; if (NR == 1) { least = $1 } }
            END { print least, 2 * weighted / (NR * sum) - (NR + 1) / NR }'
    rm -r "$run"
}

table_shares() {
    local name setting market
    market="paper-tight $(untuned paper-tight) --set servers.random.tariff=cost --set servers.random.cost_noise=0.1"
    head_of '| share | profit per cycle (thousands) | served | awards below a member'"'"'s cost | lies of members that pay | of pairs | smallest utility per GHz and cycle | Gini |'
    while IFS='|' read -r name setting; do
        # shellcheck disable=SC2086
        {
            compare $market $setting --policies linkage:rea-s --worlds 10 |
                rows .profit.mean .profit.ci95 .offloading.mean .members_below_cost
            dcat audit $market $setting --auction rea-s --worlds 1 --cycles 1 --attempts 1 --pairs 1 --inner 5000 --quiet --json |
                jq -r '.auctions[0].inner | [.members.profitable, .members.pairs, .pairs.profitable, .pairs.pairs] | map(tostring) | join(" ")'
            fairness $market $setting
        } | tr '\n' ' ' | line "$name | %.0f ± %.0f | %.1f %% | %.1f %% | %d of %d | %d of %d | %.2f | %.3f" \
            '$3 / 1e3, $4 / 1e3, 100 * $5, 100 * $6, $7, $8, $9, $10, $11, $12'
    done <<END
\`unit\`|--set market.share=unit
\`load\`, the paper's|--set market.share=load
\`tariff\`|--set market.share=tariff
\`tariff\`, ceiling 1.1|--set market.share=tariff --set market.tariff_ceiling=1.1 --set market.opt_out=true
END
}

# Shares that look right and are not, as the test that seeds them prints them.
table_bad_shares() {
    local rules rule words
    head_of '| rule | lies of members that pay | of pairs | awards above the own start price | awards whose parts are more than the payment |'
    rules=$("$(dirname "${DCAT:-build/release/dcat}")/tests/audit/test_inner" 2>/dev/null)
    while IFS='|' read -r rule words; do
        sed -nE "s/^$rule: members ([0-9]+) of ([0-9]+), clusters [0-9]+ of [0-9]+, pairs ([0-9]+) of ([0-9]+); of ([0-9]+) awards [0-9]+ below cost, ([0-9]+) above the start, ([0-9]+) not shared.*/| $words | \\1 of \\2 | \\3 of \\4 | \\6 of \\5 | \\7 of \\5 |/p" <<<"$rules"
    done <<END
tariff from the reported cost|tariff taken from the reported cost
cost plus surplus|reported cost and an equal part of the surplus; Shapley where all are needed
team VCG|the payment less the others' costs (team VCG)
largest start|the winner is paid the largest start price
first price|the winner is paid its bid
team of the cheapest|the team is the cheaper half, by bids
rea-s, tariff|\`tariff\`
END
}

# Parts of what a command printed, by how their titles begin. Usage: ... | docs/tables.sh part TITLE...
part() {
    awk -v titles="$(printf '%s\n' "$@")" '
        BEGIN { count = split(titles, title, "\n") }
        $0 == "" { if (on) { ended = 1 } on = 0 }
        !on { for (i = 1; i <= count; i++) if (index($0, title[i]) == 1) { on = 1; if (ended) print "" } }
        on'
}

# Figures of the benchmark by name, under their heading. Usage: dcat bench | docs/tables.sh figures NAME...
figures() {
    awk -v names="figure $*" 'BEGIN { split(names, name, " "); for (i in name) wanted[name[i]] } $1 in wanted'
}

case ${1:-} in
part | figures | untuned) "$@" ;;
*)
    declare -F "table_${1:-}" >/dev/null || {
        printf 'tables: there is no table %s\n' "${1:-}" >&2
        exit 2
    }
    "table_$1"
    ;;
esac
