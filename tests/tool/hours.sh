#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A price list by the hour goes into a scenario and comes out of the rows of tasks.csv and of validate.
# shellcheck source=tests/support.sh
. "$SOURCE_DIR/tests/support.sh"

printf 'arrival_s,origin,work_gigacycles,data_mb,deadline_s\n0,here,27000,0,1e6\n60,here,9000,0,1e6\n' >tasks.csv
printf 'name,x_km,y_km\nhere,0,0\n' >areas.csv
cat >scenario.yaml <<'END'
schema: 2
name: hours
servers: {file: servers.csv}
areas: {file: areas.csv}
demand: {tasks_file: tasks.csv}
market: {price_per_hour: 0.12, ceiling_per_hour: 0.1, time_cost_per_hour: 6, hour_ghz: 2.5,
  urgency_s: 0, energy_cost_per_cycle_hz2: 0, share: tariff}
END
# 0.04, 0.06 and 0.08 are what a Chinese university asks for a core-hour by quality of service.
for tariff in 0.04 0.06 0.08; do
    printf 'name,x_km,y_km,speed_ghz,cores,tariff_per_core_hour\ns1,0,0,250,100,%s\n' "$tariff" >servers.csv
    expect 0 simulate scenario.yaml --clusterer single --auction vickrey --tasks --servers --out out.d --force
    # Giga-cycles by 3600 * 2.5 are core-hours.
    python3 - "$tariff" <<'END' || complain "$tariff does not come back"
import csv, sys
tasks = list(csv.DictReader(open("out.d/tasks.csv")))
assert len(tasks) == 2
for task in tasks:
    hours = float(task["work_gigacycles"]) / 9000
    assert task["class"] == "work"
    for column, wanted in ("fee", 0.12), ("payment", 0.1), ("cost", 0.06):
        assert abs(float(task[column]) / hours / wanted - 1) < 1e-6, (column, task[column])
server = next(csv.DictReader(open("out.d/servers.csv")))
assert abs(float(server["tariff_per_gigacycle"]) * 9000 / float(sys.argv[1]) - 1) < 1e-6
END
done
expect 0 validate scenario.yaml
holds out 'Hours      of a core of 2.5 GHz: cost 0.06 to 0.06, public ceiling 0.1, mean fee 0.12'
expect 0 validate scenario.yaml --json
true_of_json '.hours.of == "core" and (.hours.fee / 0.12 - 1 | fabs) < 1e-6 and (.hours.ceiling / 0.1 - 1 | fabs) < 1e-6'
expect 0 validate paper --json
true_of_json '.hours == null'
expect 2 validate scenario.yaml --set market.hour_of=rack
holds err 'market.hour_of'
finish
