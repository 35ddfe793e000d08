#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Make the tables of the scenarios follow-the-sun and mixed-owners again: nothing but formulas, so the same
# bytes with any awk. Usage: scenario_tables.sh FOLDER   (with the folders follow-the-sun and mixed-owners)
set -euo pipefail
export LC_ALL=C
out=$1
mkdir -p "$out/follow-the-sun" "$out/mixed-owners"

# Eight areas, three hours apart: an area sends 5 at night and up to 100 around its noon; on every sixth and
# seventh day of the week two thirds of it.
awk 'BEGIN {
    print "# Assumption: demand that moves around the clock. Area k peaks at hour 3 k: 5 + 95 c c for c = cos of the"
    print "# hours from its peak (0 at night), two thirds of it on days 6 and 7 of a week."
    print "# Made by: examples/scenario_tables.sh DIR"
    pi = 3.14159265358979
    printf "day,hour"
    for (k = 0; k < 8; k++) printf ",zone-%d", k
    print ""
    for (day = 1; day <= 122; day++) for (hour = 0; hour < 24; hour++) {
        printf "%d,%d", day, hour
        for (k = 0; k < 8; k++) {
            c = cos((hour - 3 * k) * pi / 12); c = c > 0 ? c : 0
            printf ",%d", int((5 + 95 * c * c) * ((day - 1) % 7 < 5 ? 1 : 2 / 3) + 0.5)
        }
        print ""
    }
}' >"$out/follow-the-sun/demand.csv"

# The areas on a ring of 400 km around the middle.
awk 'BEGIN {
    print "# Assumption: eight zones on a ring of 400 km. Made by: examples/scenario_tables.sh DIR"
    print "name,x_km,y_km"
    pi = 3.14159265358979
    for (k = 0; k < 8; k++)
        printf "zone-%d,%d,%d\n", k, int(500 + 400 * cos(k * pi / 4) + 0.5), int(500 + 400 * sin(k * pi / 4) + 0.5)
}' >"$out/follow-the-sun/areas.csv"

# x -> 16807 x mod (2^31 - 1), the "minimal standard" generator; every product is exact in a double.
awk '
function draw(low, high) { x = (16807 * x) % 2147483647; return low + x % (high - low + 1) }
function inside(at) { return at < 0 ? 0 : at > 1000 ? 1000 : at }
BEGIN {
    x = 20261129
    count = split("telco north-cloud south-cloud campus edge-co factory bank rail", owner)
    split("100 200 300 100 50 150 250 100", slow); split("250 350 500 200 100 300 400 200", fast)
    split("20 40 30 60 20 200 350 80", cheap); split("60 120 90 150 60 600 600 200", dear)
    split("500 250 750 250 500 800 500 100", at_x); split("500 800 200 350 150 750 850 600", at_y)
    print "# Assumption: eight owners with five servers each, within 250 km of a place of their own (and of the square),"
    print "# with machines of 1.5 to 3 GHz a core, speeds and costs of their own."
    print "# Made by: examples/scenario_tables.sh DIR"
    print "name,x_km,y_km,speed_ghz,cores,time_cost_per_s,owner"
    for (o = 1; o <= count; o++) for (n = 1; n <= 5; n++) {
        east = inside(at_x[o] + draw(-250, 250)); north = inside(at_y[o] + draw(-250, 250)); speed = draw(slow[o], fast[o])
        printf "%s-%d,%d,%d,%d,%d,%d,%s\n", owner[o], n, east, north, speed, int(speed * 10 / draw(15, 30)) + 1,
            draw(cheap[o], dear[o]), owner[o]
    }
}' >"$out/mixed-owners/servers.csv"
