#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Make the tables of the scenario chinanet again.
# Usage: chinanet_tables.sh GML DEMAND_CSV OUT_DIR   (DCAT names the tool; default: dcat)
#
# nodes.csv and links.csv come from the Topology Zoo, servers.csv and areas.csv are assumptions by the
# rules below. docs/chinanet.md says why. Same input, same bytes, with any awk.
set -euo pipefail
export LC_ALL=C
gml=$1 demand=$2 out=$3
dcat=${DCAT:-dcat}

# Corrections to the file: one wrong position, two misspelt names.
"$dcat" import gml "$gml" -o "$out" --force --quiet \
    --place 'Hong Kong=22.27832,114.17469' \
    --rename 'Shilazhuang=Shijiazhuang' --rename 'Nandhang=Nanchang'

# NAME LINKS, most links first, then by name. Tabs, since names hold spaces.
hubs() {
    awk -F, '!/^#/ && $1 != "from" { links[$1]++; links[$2]++ }
             END { for (name in links) printf "%s\t%d\n", name, links[name] }' "$out/links.csv" |
        sort -t $'\t' -k2,2nr -k1,1
}

# Servers: 1 + links / 3 (rounded down) in each city, within 28 km of it, 200 to 300 GHz.
# x' = 16807 x mod (2^31 - 1) is the "minimal standard" generator; every product is exact in a double.
{
    echo "# Assumption: a city has 1 + (its links / 3, rounded down) servers of 100 cores, within 28 km"
    echo "# of it and with 200 to 300 GHz in steps of 5, by a fixed generator."
    echo "# Made by: examples/chinanet_tables.sh Chinanet.gml demand.csv DIR; see docs/chinanet.md"
    echo "name,lat_deg,lon_deg,node,speed_ghz,cores"
    hubs | awk -F'\t' -v nodes="$out/nodes.csv" '
        function draw() { x = (16807 * x) % 2147483647; return x / 2147483647 }
        BEGIN {
            x = 2025
            pi = atan2(0, -1)
            for (i = 0; i < 10; i++) draw() # a small seed shows in the first numbers
            while ((getline line < nodes) > 0) {
                split(line, field, ",")
                lat[field[1]] = field[2]
                lon[field[1]] = field[3]
            }
        }
        {
            slug = tolower($1)
            gsub(/[^a-z ]/, "", slug)
            gsub(/ /, "-", slug)
            for (k = 1; k <= 1 + int($2 / 3); k++) {
                away_km = 28 * sqrt(draw()) # even over the disc
                angle = 2 * pi * draw()
                ghz = 200 + 5 * int(21 * draw())
                printf "%s-%d,%.4f,%.4f,%s,%d,100\n", slug, k,
                    lat[$1] + away_km * cos(angle) / 111.2,
                    lon[$1] + away_km * sin(angle) / (111.2 * cos(lat[$1] * pi / 180)), $1, ghz
            }
        }' | sort -t, -k1,1
} > "$out/servers.csv"

# Areas: the region with the largest mean demand is put at the city with the most links, and so on.
{
    echo "# Assumption: the regions of the trace are anonymous. Ordered by mean demand over all days, they"
    echo "# are put at the cities ordered by number of links (equal ones by name)."
    echo "# Made by: examples/chinanet_tables.sh Chinanet.gml demand.csv DIR; see docs/chinanet.md"
    echo "name,lat_deg,lon_deg,node"
    paste <(awk -F, '
        /^#/ { next }
        $1 == "day" { for (i = 3; i <= NF; i++) name[i] = $i; columns = NF; next }
        { for (i = 3; i <= NF; i++) sum[i] += $i }
        END { for (i = 3; i <= columns; i++) printf "%s\t%.1f\n", name[i], sum[i] }' "$demand" |
        sort -t $'\t' -k2,2nr -k1,1) <(hubs) |
        awk -F'\t' -v nodes="$out/nodes.csv" '
            BEGIN {
                while ((getline line < nodes) > 0) {
                    split(line, field, ",")
                    site[field[1]] = field[2] "," field[3]
                }
            }
            $1 != "" && $3 != "" { printf "%s,%s,%s\n", $1, site[$3], $3 }' |
        sort -t r -k2,2n
} > "$out/areas.csv"
