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

# Profits of linkage:rea-s, world by world. Usage: profits_of ARGUMENTS of dcat compare
profits_of() {
    local out
    out=$(mktemp -d)
    dcat compare "$@" --worlds 20 --cycles 48 --quiet --policies linkage:rea-s --out "$out/run" >/dev/null
    awk -F , 'NR == 1 { while ($++i != "profit_per_cycle"); next } { print $i }' "$out/run/worlds.csv"
    rm -r "$out"
}

# What the levers bring in every shipped scenario, one after the other, at the values that `paper` ships with: gain over the
# market before dcat tune, paired over 20 worlds (2.093: Student's t).
table_levers() {
    local name setting before settings work
    work=$(mktemp -d)
    head_of '| scenario | urgency | + handicap, ceiling on limits | + admission | + tariffs | + tariff ceiling 1.1 | as shipped |'
    for name in paper paper-tight chinanet follow-the-sun mixed-owners hetero chinanet-hetero; do
        case $name in
        paper | paper-tight | chinanet) before=$(untuned "$name") ;;
        *) before= ;;
        esac
        # shellcheck disable=SC2086 # options without blanks
        profits_of "$name" $before >"$work/before"
        printf '| `%s` |' "$name"
        settings=$before
        for setting in task_order=urgency handicap_per_gigacycle_s=0.611 admission_per_gigacycle_s=11.1 share=tariff tariff_ceiling=1.1 shipped; do
            settings+=" --set market.$setting"
            [ "${setting%%_*}" != handicap ] || settings+=" --set market.ceiling_on=limit"
            [ "$setting" != share=tariff ] || settings+=" --set market.opt_out=true"
            [ "$setting" != shipped ] || settings=
            # shellcheck disable=SC2086 # options without blanks
            profits_of "$name" $settings | paste - "$work/before" |
                awk '{ d = $1 - $2; sum += d; squares += d * d; base += $2 }
                    END { printf " %+.1f ± %.1f %% |", 100 * sum / base, 100 * 2.093 * sqrt((squares - sum * sum / NR) / (NR - 1) * NR) / base }'
        done
        printf '\n'
    done
    rm -r "$work"
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

# Keys and values of the paper's sweeps.
sweep_points() {
    printf 'servers.random.count %s\n' 20 30 40 50 60
    printf 'clustering.span_max_km %s\n' 100 150 200 250 300
    printf 'demand.arrivals_per_slot %s\n' 20 30 40 50
}

# At every point of them, as shipped otherwise.
table_bound_sweep() {
    local key value
    head_of '| | `linkage:rea-s` | `a2c:rea-s` |'
    while read -r key value; do
        compare paper --set "$key=$value" --bound --worlds 8 --cycles 48 --policies linkage:rea-s,a2c:rea-s | rows .bound_share.mean .bound_share.ci95 |
            sort | tr '\n' ' ' | line "\`$key=$value\` | %.1f ± %.1f %% | %.1f ± %.1f %%" '100 * $7, 100 * $8, 100 * $3, 100 * $4'
    done < <(sweep_points)
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

# ---- docs/clusterers.md, docs/learner.md

# shellcheck source=docs/tables_clusterers.sh
. "$(dirname "${BASH_SOURCE[0]}")/tables_clusterers.sh"

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
