#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Small files of the reader's own, under the names that commands of the pages give them, where they run.
set -euo pipefail

{
    echo '; MaxProcs: 8'
    for n in 1 2 3 4; do
        echo "$n $((5 * n)) 0 60 4 -1 -1 4 -1 -1 1 3 1 -1 1 1 -1 -1"
    done
} | gzip >trace.swf.gz

cat >jobs.csv <<'END'
submitted;site;cpu_hours
2026-11-28T20:15:00;hh;0.5
2026-11-28T20:15:07;b;1.5
END

{
    echo 'graph [ directed 0'
    for n in 0 1 2 3; do
        labels=(Beijing Shanghai Shilazhuang Nandhang)
        echo "node [ id $n label \"${labels[n]}\" Longitude $((114 + n)) Latitude $((28 + n)) ]"
    done
    echo 'node [ id 4 label "Hong Kong" Longitude 71.43 Latitude 51.18 ]'
    echo 'edge [ source 0 target 1 ] edge [ source 1 target 2 ] edge [ source 2 target 3 ] edge [ source 3 target 4 ] ]'
} >Chinanet.gml

cat >abilene.txt <<'END'
?SNDlib native format; type: network; version: 1.0
NODES ( ATLA ( -84.38 33.75 ) HSTN ( -95.36 29.77 ) )
LINKS ( l ( ATLA HSTN ) 0.0 0.0 0.0 0.0 ( 9920.0 1.0 ) )
DEMANDS ( d ( ATLA HSTN ) 1 7.0 UNLIMITED )
END

mkdir trace
for day in 1 2; do
    for hour in $(seq -w 0 23); do
        echo "$day $hour:00:00,r0,v1,60"
    done
done >trace/tenant1.csv

echo 'NodeName=cn01 CPUTot=8 RealMemory=64000 Gres=(null) State=IDLE' >nodes.txt
cat >jobs.txt <<'END'
JobID|Submit|ElapsedRaw|State|AllocCPUS|AllocTRES
7|2026-11-01T00:00:00|60|COMPLETED|4|cpu=4,mem=8G,node=1
END
