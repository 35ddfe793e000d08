# SPDX-License-Identifier: Apache-2.0
# Tables of docs/clusterers.md and learner.md; a part of docs/tables.sh.
# shellcheck shell=bash

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

# What it brings to leave dear servers alone, as a gain over the same clusterer that does not look, or another one, paired over 20 worlds.
# 2.093: Student's t.
gain_of_dear_alone() {
    awk -F , -v policy="$3" -v other="${4:-$3}" 'FNR == 1 { file++; for (i = 1; i <= NF; i++) column[$i] = i; next }
        file == 1 && $column["clusterer"] == policy { looks[$column["world"]] = $column["profit_per_cycle"] }
        file == 2 && $column["clusterer"] == other {
            d = looks[$column["world"]] - $column["profit_per_cycle"]
            n++; sum += d; squares += d * d; base += $column["profit_per_cycle"]
        }
        END { printf "%+.0f %% ± %.0f", 100 * sum / base, 100 * 2.093 * sqrt((squares - sum * sum / n) / (n - 1) * n) / base }' "$1" "$2"
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
    printf ' %s |\n' "$(gain_of_dear_alone "$folder/true/worlds.csv" "$folder/false/worlds.csv" a2c linkage)"
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
    head_of '| | `random` | `kmeans` | `linkage` | `a2c` | `a2c` over the `linkage` that does not look |'
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
    # shellcheck disable=SC2046 # options without blanks
    guard_row '`paper` before `dcat tune`, speeds of 50 to 500 GHz' rea-s paper $(untuned paper) --set 'servers.random.speed_ghz=[50, 500]'
    # shellcheck disable=SC2046
    guard_row '`chinanet` before it, own costs of 20 to 600 money/s' rea-s chinanet $(untuned chinanet) --set "servers.file=$folder/servers.csv"
    rm -r "$folder"
}

# What the guard brings where the policy is at its best, paired over 10 worlds. 2.262: Student's t.
table_guard_week() {
    local hours guard
    folder=$(mktemp -d)
    head_of '| `chinanet`, `rea` | `a2c` over its policy alone |'
    for hours in 24 168; do
        for guard in off on; do
            dcat compare chinanet --set clustering.guard=$guard --worlds 10 --cycles $hours --quiet --force --out "$folder/$guard" --policies a2c:rea >/dev/null
        done
        paste -d , "$folder/off/worlds.csv" "$folder/on/worlds.csv" | awk -F , -v hours=$hours 'NR == 1 { for (i = NF; i >= 1; i--) column[$i] = i; half = NF / 2; next }
            { base = $column["profit_per_cycle"]; d = $(column["profit_per_cycle"] + half) - base; n++; all += d; squares += d * d; sum += base }
            END { printf "| the first %d hours | %+.2f %% ± %.2f |\n", hours, 100 * all / sum, 100 * 2.262 * sqrt((squares - all * all / n) / (n - 1) * n) / sum }'
    done
    rm -r "$folder"
}

# A row: NAME and an auction, then arguments of dcat compare: a2c against the simple rule that earns most, paired over 6 worlds. 2.571: Student's t.
other_row() {
    local name=$1 auction=$2
    shift 2
    dcat compare "$@" --worlds 6 --quiet --force --out "$folder/run" --policies "$(printf "%s:$auction," single random kmeans linkage)a2c:$auction" >/dev/null
    awk -F , -v row="| $name | \`$auction\` |" 'FNR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
        { name = $column["clusterer"]; profit[name, $column["world"]] = $column["profit_per_cycle"]; sum[name] += $column["profit_per_cycle"] }
        END { best = "linkage"; split("single random kmeans", other, " "); for (i in other) if (sum[other[i]] > sum[best]) best = other[i]
              if (sum["a2c"] <= 0 && sum[best] <= 0) { print row " nobody earns anything | |"; exit }
              if (sum[best] <= 0) { print row " none earns anything | `a2c` does |"; exit }
              for (w = 1; w <= 6; w++) { d = profit["a2c", w] - profit[best, w]; all += d; squares += d * d }
              printf "%s `%s` | %+.1f %% ± %.1f |\n", row, best, 100 * all / sum[best], 100 * 2.571 * sqrt((squares - all * all / 6) / 5 * 6) / sum[best] }' "$folder/run/worlds.csv"
}

# Inputs that nothing was chosen by: other countries, seeds, costs, owners, spans, from light to heavy and from urgent to patient.
table_other() {
    local seed auction work deadline
    local -a noisy=(paper --seed 7001 --cycles 8 --set servers.random.cost_noise=0.3 --set servers.random.owners=5)
    folder=$(mktemp -d)
    head_of '| | auction | best simple rule | `a2c` over it |'
    for auction in rea rea-s; do
        for seed in 501 502 503; do
            dcat generate --servers 30 --seed $seed --quiet --force --out "$folder/country" >/dev/null
            other_row "generated country, seed $seed" $auction "$folder/country/scenario.yaml" --cycles 8
            other_row "the same, work of 1500 G" $auction "$folder/country/scenario.yaml" --cycles 8 --set demand.work_gigacycles=1500
        done
        for work in 300 800 1500 2500 4000; do
            for deadline in 0.8 3 20; do
                other_row "\`paper\`, 5 owners, costs ± 30 %, $work G, $deadline s" $auction "${noisy[@]}" --set demand.work_gigacycles=$work --set demand.deadline_s=$deadline
            done
        done
        other_row '`paper`, 15 servers of 60 to 400 GHz' $auction paper --seed 7001 --cycles 8 --set 'servers.random.speed_ghz=[60,400]' --set servers.random.count=15
        other_row '`chinanet`, span of 500 km' $auction chinanet --seed 7001 --cycles 8 --set clustering.span_max_km=500
        other_row '`mixed-owners`, span of 400 km' $auction mixed-owners --seed 7001 --cycles 8 --set clustering.span_max_km=400
        other_row '`follow-the-sun`, deadline of 1.5 s' $auction follow-the-sun --seed 7001 --cycles 12 --set demand.deadline_s=1.5
        other_row '`hetero`, 20 arrivals' $auction hetero --seed 7001 --cycles 8 --set demand.arrivals_per_slot=20
    done
    rm -r "$folder"
}

# What a long search finds: 20 000 proposals on simulated profit, once, some 18 seconds, beside DCAT. Of two worlds both are shown.
table_ceiling() {
    local name
    local -a search=(--cycles 48 --set clustering.anneal.iteration_max=20000 --set clustering.anneal.recluster_every=1000000)
    folder=$(mktemp -d)
    head_of '| Gain over `linkage`, % | worlds | `search` | 18 s of search | `a2c` |'
    compare paper --worlds 5 "${search[@]}" --baseline linkage:rea --policies linkage:rea,search:rea,anneal:rea,a2c:rea | gains search anneal a2c |
        tr '\n' ' ' | line '`paper`, `rea` | 5 | %+.1f ± %.1f | %+.1f ± %.1f | %+.1f ± %.1f' '$1, $2, $3, $4, $5, $6'
    for name in paper follow-the-sun mixed-owners chinanet; do
        dcat compare "$name" --worlds 2 "${search[@]}" --quiet --force --out "$folder/run" --policies linkage:rea-s,search:rea-s,anneal:rea-s,a2c:rea-s >/dev/null
        awk -F , -v name="$name" 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
            { profit[$column["clusterer"], $column["world"]] = $column["profit_per_cycle"] }
            function gain(who, world) { return 100 * (profit[who, world] / profit["linkage", world] - 1) }
            function both(who) { return sprintf("%+.1f, %+.1f", gain(who, 1), gain(who, 2)) }
            END { printf "| `%s`, `rea-s` | 2 | %s | %s | %s |\n", name, both("search"), both("anneal"), both("a2c") }' "$folder/run/worlds.csv"
    done
    rm -r "$folder"
}

# a2c over linkage at every point of the paper's sweeps.
table_sweep() {
    local key value auction
    head_of '| | `rea` | `rea-s` |'
    while read -r key value; do
        for auction in rea rea-s; do
            compare paper --set "$key=$value" --worlds 20 --cycles 24 --baseline "linkage:$auction" --policies "linkage:$auction,a2c:$auction" | gains a2c
        done | tr '\n' ' ' | line "\`$key=$value\` | %+.1f ± %.1f | %+.1f ± %.1f" '$1, $2, $3, $4'
    done < <(sweep_points)
}

# Expert iteration where searching earns more than the shipped policy: fine-tuned with and without, for about the same processor time, in 20
# worlds; tested in others, as policies alone and guarded.
table_expert() {
    local name guard steps fewer moves
    folder=$(mktemp -d)
    head_of '| Gain over `linkage:rea`, % | as shipped | fine-tuned | fine-tuned, `--expert 32` |'
    while read -r name steps fewer; do
        for moves in 0 32; do
            [ $moves = 0 ] || steps=$fewer
            dcat train "$name" --auction rea --init shipped --seed 101 --worlds 20 --epochs "$steps" --expert $moves --validate-every "$steps" \
                --validate-worlds 20 --quiet --force -o "$folder/$moves.st" >/dev/null
        done
        for guard in off on; do
            compare "$name" --set clustering.guard=$guard --worlds 20 --cycles 48 --baseline linkage:rea \
                --policies "linkage:rea,a2c:rea,a2c=$folder/0.st:rea,a2c=$folder/32.st:rea" | jq -r '.rows[1:][].profit_gain | "\(.percent) \(.percent_ci95)"' |
                tr '\n' ' ' | line "\`$name\`$([ $guard = on ] || echo ', the policy alone') | %+.1f ± %.1f | %+.1f ± %.1f | %+.1f ± %.1f" '$1, $2, $3, $4, $5, $6'
        done
    done <<<$'paper-tight 480 240\nmixed-owners 300 150'
    rm -r "$folder"
}

# What a margin of the guard does where demand moves: churn and gain.
table_margin() {
    local margin auction
    folder=$(mktemp -d)
    head_of '| `clustering.guard_margin` | `rea`: gain over `linkage`, % | hours in which clusters change | `rea-s`: gain | hours |'
    for margin in 0.02 0.03 0.04 0.06; do
        for auction in rea rea-s; do
            compare follow-the-sun --set clustering.guard_margin=$margin --worlds 20 --cycles 48 --baseline "linkage:$auction" \
                --policies "linkage:$auction,a2c:$auction" | gains a2c
            churn "$auction" follow-the-sun --set clustering.guard_margin=$margin
        done | tr '\n' ' ' | line "$margin | %+.1f ± %.1f | %.1f %% | %+.1f ± %.1f | %.1f %%" '$1, $2, $3, $4, $5, $6'
    done
    rm -r "$folder"
}

# In which share of 48 hours a2c changes clusters, in percent, of 5 worlds: clusters.csv has the cycles in which they change.
# Usage: churn AUCTION, then arguments of dcat simulate.
churn() {
    local auction=$1 seed
    shift
    for seed in 1 2 3 4 5; do
        dcat simulate "$@" --cycles 48 --clusterer a2c --auction "$auction" --seed $seed --clusters --quiet --force --out "$folder/run" >/dev/null
        awk -F , 'NR > 1 && $1 != last { changes++; last = $1 } END { print changes - 1 }' "$folder/run/clusters.csv"
    done | awk '{ changes += $1 } END { print 100 * changes / (5 * 47) }'
}

# A row: NAME and an auction, then arguments of dcat compare and of dcat simulate.
ablation_row() {
    local name=$1 auction=$2
    shift 2
    {
        compare "$@" --set clustering.guard=off --worlds 20 --cycles 48 --baseline "linkage:$auction" --policies "linkage:$auction,a2c:$auction" |
            gains a2c
        compare "$@" --worlds 20 --cycles 48 --baseline "linkage:$auction" --policies \
            "$(printf "%s:$auction," linkage guard linkage-tuned search a2c)a2c-once:$auction" | gains guard linkage-tuned search a2c-once a2c
    } | tr '\n' ' ' | line "$name, \`$auction\` | %+.1f ± %.1f | %+.1f ± %.1f | %+.1f ± %.1f | %+.1f ± %.1f | %+.1f ± %.1f | %+.1f ± %.1f | %.1f %%" \
        "\$1, \$2, \$3, \$4, \$5, \$6, \$7, \$8, \$9, \$10, \$11, \$12, $(churn "$auction" "$@")"
}

# Gain over the baseline and its interval, in percent, of these clusterers, from what compare prints.
gains() {
    jq -r '([.rows[] | {key: .clusterer, value: .profit_gain}] | from_entries) as $gain |
        $ARGS.positional[] | $gain[.] | "\(.percent) \(.percent_ci95)"' --args "$@"
}

table_ablation() {
    local auction name
    folder=$(mktemp -d)
    head_of '| Gain over `linkage`, % | the policy alone | the guard without it: `guard` | `linkage-tuned` | `search` | first decision held: `a2c-once` | both: `a2c` | hours in which `a2c` changes clusters |'
    for name in paper chinanet paper-tight follow-the-sun mixed-owners hetero; do
        for auction in rea rea-s; do
            ablation_row "\`$name\`" "$auction" "$name"
        done
    done
    ablation_row '`paper`, deadline of 1 s' rea-s paper --set demand.deadline_s=1
    ablation_row '`paper`, work of 2000 G' rea-s paper --set demand.work_gigacycles=2000
    rm -r "$folder"
}
