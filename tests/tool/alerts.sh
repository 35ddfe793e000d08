#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The rules that examples/exchange has for Prometheus are well-formed, each of them fires when it should and is silent on
# a quiet exchange, and neither they nor the dashboard ask for a figure that docs/operate.md does not list
# (tests/tool/serve.sh holds that list against /metrics).
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

here=$SOURCE_DIR/examples/exchange
python3 - "$here" "$SOURCE_DIR/docs/operate.md" >out 2>&1 <<'END' || complain "$(cat out)"
import json, re, sys
here, page = sys.argv[1], open(sys.argv[2], encoding="utf-8").read()
known = set(re.findall(r"`(dcat_[a-z_]+)[`{]", page))
board = json.load(open(f"{here}/grafana.json", encoding="utf-8"))
asked = [t["expr"] for p in board["panels"] for t in p["targets"]]
asked += [a["expr"] for a in board["annotations"]["list"]] + [v["query"]["query"] for v in board["templating"]["list"] if v["type"] == "query"]
asked.append(open(f"{here}/alerts.yaml", encoding="utf-8").read())
assert len(board["panels"]) >= 15 and len({p["id"] for p in board["panels"]}) == len(board["panels"]), "panels"
boxes = [p["gridPos"] for p in board["panels"]]
assert all(b["x"] + b["w"] <= 24 for b in boxes), "a panel leaves the board"
for text in asked:
    for name in re.findall(r"dcat_[a-z_]+", text):
        if name not in known and re.sub(r"_(bucket|sum|count)$", "", name) not in known:
            sys.exit(f"{name} is no figure of the exchange")
print(len(asked), "expressions,", len(known), "figures")
END
cat out

command -v promtool >/dev/null || { echo "promtool is not installed (package prometheus): rules are not tried" && finish; }
cp "$here"/{alerts,prometheus}.yaml .
promtool check config prometheus.yaml >said 2>&1 || complain "promtool: $(cat said)"
# Usage: series TEXT VALUES
series() { printf "      - {series: '%s', values: '%s'}\n" "$1" "$2"; }
{
    printf 'rule_files: [alerts.yaml]\nevaluation_interval: 1m\ntests:\n'
    for kind in quiet bad; do
        [ "$kind" = quiet ] && bad=false || bad=true
        pick() { "$bad" && echo "$2" || echo "$1"; }
        printf '  - interval: 1m\n    input_series:\n'
        series 'up{job="dcat"}' "$(pick 1x90 0x90)"
        series 'dcat_halted' "$(pick 0x90 1x90)"
        series 'dcat_checkpoint_age_seconds' "$(pick 1x90 600x90)"
        series 'dcat_slots_skipped_total' "$(pick 0x90 0+5x90)"
        series 'dcat_log_size' "$(pick 10+60x90 500x90)"
        series 'dcat_late_total{job="dcat",instance="a"}' "$(pick 0x90 0+10x90)"
        series 'dcat_tasks_total{job="dcat",instance="a",outcome="settled"}' 0+100x90
        series 'dcat_awards_at_risk{job="dcat",instance="a"}' "$(pick 0x90 20x90)"
        series 'dcat_open_tasks{job="dcat",instance="a",state="running"}' 50x90
        series 'dcat_servers{state="lost"}' "$(pick 0x90 2x90)"
        series 'dcat_commit_seconds_bucket{le="0.01"}' "$(pick 0+100x90 0x90)"
        series 'dcat_commit_seconds_bucket{le="0.3"}' 0+100x90
        series 'dcat_commit_seconds_bucket{le="+Inf"}' 0+100x90
        series 'dcat_recluster_late_total' "$(pick 0x90 0+1x90)"
        printf '    promql_expr_test:\n      - expr: count by (alertname) (ALERTS{alertstate="firing"})\n        eval_time: 80m\n        exp_samples:\n'
        if "$bad"; then
            sed -n "s/^ *- alert: \(.*\)/          - {labels: '{alertname=\"\1\"}', value: 1}/p" alerts.yaml
        fi
    done
} >test.yaml
sed -i -e '/exp_samples:$/{N;s/exp_samples:\n  - interval/exp_samples: []\n  - interval/}' test.yaml
promtool test rules test.yaml >said 2>&1 || complain "promtool: $(head -c 1500 said)"
finish
