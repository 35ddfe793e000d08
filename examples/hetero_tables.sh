#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Make servers.csv and units.csv of the scenario chinanet-hetero again, from the servers of chinanet.
# Usage: hetero_tables.sh CHINANET_SERVERS_CSV OUT_DIR
#
# In the order of the file, of four servers one stays as it is, one is a host of four K80, one of a P100, one of a V100. A host
# has half the CPU, and a second of its GPU unit costs what its server asks by eq. (8) for 250 giga-cycles, give or take 10 %
# by a fixed generator. Same input, same bytes, with any awk.
set -euo pipefail
export LC_ALL=C
servers=$1 out=$2
note="# Assumption: see examples/hetero_tables.sh, which makes this file from chinanet/servers.csv."

awk -F, -v OFS=, -v note="$note" '
    /^#/ { next }
    /^name/ { print note; print $0, "tariff_per_gigacycle"; next }
    {
        host = n++ % 4 > 0
        ghz = host ? $5 / 2 : $5
        cores = host ? $6 / 2 : $6
        # eq. (8) at Table I: the operator sets tariffs, owners do not
        printf "%s,%s,%s,%s,%g,%d,%.4f\n", $1, $2, $3, $4, ghz, cores, 0.1 * (ghz / cores) ^ 2 + 20 / ghz
    }' "$servers" > "$out/servers.csv"

awk -F, -v note="$note" '
    function draw() { x = (16807 * x) % 2147483647; return x / 2147483647 }
    BEGIN {
        x = 2020
        for (i = 0; i < 10; i++) draw() # a small seed shows in the first numbers
        print note
        print "server,device,count,time_cost_per_s"
        split("k80 p100 v100", device, " ")
    }
    /^#/ || /^name/ { next }
    {
        kind = n++ % 4
        noise = 0.9 + 0.2 * draw()
        if (kind > 0)
            printf "%s,%s,%d,%.1f\n", $1, device[kind], kind == 1 ? 4 : 1,
                (0.1 * ($5 / $6) ^ 2 + 20 / ($5 / 2)) * 250 * noise
    }' "$servers" > "$out/units.csv"
