# SPDX-License-Identifier: Apache-2.0
# dcat import: what users type, what they see, and which exit code they get.
set -euo pipefail
export LC_ALL=C

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# expect CODE COMMAND...: run with that exit code; output in ./out and ./err.
expect() {
    local code=$1 got=0
    shift
    "$@" > out 2> err || got=$?
    [ "$got" = "$code" ] || fail "exit code $got instead of $code: $* ($(cat err))"
}

contains() { # FILE TEXT
    grep -qF -- "$2" "$1" || fail "$1 lacks \"$2\": $(cat "$1")"
}

# --- huawei-regionless
mkdir trace
printf '1 00:00:00,r2,v1,60\n1 00:10:00,r2,v1,60\n1 00:10:00,r2,v1,9\nhello\n' > trace/tenant1.csv
printf '1 23:50:00,r10,v1,12\n' | gzip > trace/tenant2.csv.gz
printf '2 00:00:00,r10,v1,12\n' | xz > trace/tenant11.csv.xz
expect 0 "$DCAT" import huawei-regionless trace -o demand.csv --days 1
[ ! -s out ] || fail "counts belong to standard error"
contains err "read     3 files, 6 lines"
contains err "skipped  1 malformed: tenant1.csv:4"
contains err "skipped  1 duplicate: tenant1.csv:3"
contains err "skipped  1 out_of_range: tenant11.csv.xz:1"
contains demand.csv "day,hour,r2,r10"
contains demand.csv "1,0,20,0"
contains demand.csv "1,23,0,2"
contains demand.csv "Apache-2.0"
if grep -q "$PWD" demand.csv; then fail "the table names a folder of this machine"; fi
[ "$(grep -vc '^#' demand.csv)" = 25 ] || fail "a day has a header and 24 rows"

expect 2 "$DCAT" import huawei-regionless trace -o demand.csv --days 1
contains err "--force"
cp demand.csv before.csv
expect 0 "$DCAT" import huawei-regionless trace/ -o demand.csv --days 1 --force --quiet --json
[ ! -s err ] || fail "--quiet is quiet"
cmp before.csv demand.csv || fail "the same input must give the same bytes"
contains out '"duplicate": {'
contains out '"kept": 3'
expect 2 "$DCAT" import huawei-regionless nowhere -o x.csv
expect 2 "$DCAT" import huawei-regionless trace -o x.csv --days 0
expect 2 "$DCAT" import huawei-regionless trace
contains err "--out is missing"
expect 2 "$DCAT" import huawei-regionless trace -o x.csv --days 1 --sheds
[ ! -e x.csv ] || fail "a failed import left a file"
[ -z "$(find . -name '*.tmp-*')" ] || fail "a failed import left a temporary file"

# --- swf
printf '; MaxProcs: 8\n1 5 0 60 4 -1 -1 4 -1 -1 1 3 1 -1 1 1 -1 -1\n2 6 0 60 4 -1 -1 4 -1 -1 5 3 1 -1 1 1 -1 -1\n' \
    > jobs.swf
expect 0 "$DCAT" import swf jobs.swf -o tasks.csv --origins north,south
contains err "trace    MaxProcs: 8"
contains err "skipped  1 cancelled: jobs.swf:3"
contains tasks.csv "5,south,600,20,120" # 60 s * 4 * 2.5 GHz; user 3 mod 2 = 1; 2 * 60 s
gzip -k jobs.swf
expect 0 "$DCAT" import swf jobs.swf.gz -o tasks2.csv --origins north,south --core-ghz 3 \
    --deadline-factor 1.5 --data-mb 0.5 --origin-by group --json
contains tasks2.csv "5,south,720,0.5,90" # group 1 mod 2 = 1
contains out '"work_gigacycles": 720'
expect 2 "$DCAT" import swf jobs.swf -o t.csv
contains err "--origins is missing"
expect 2 "$DCAT" import swf jobs.swf -o t.csv --origins a,,b
expect 2 "$DCAT" import swf jobs.swf -o t.csv --origins a --core-ghz -1
contains err "core-ghz must be in (0, 1e6], got -1"
expect 2 "$DCAT" import swf jobs.swf -o t.csv --origins a --core-ghz fast
expect 2 "$DCAT" import swf jobs.swf -o t.csv --origins a --origin-by shoe
expect 2 "$DCAT" import swf nothing.swf -o t.csv --origins a
printf 'not a trace\n' > bad.swf
expect 2 "$DCAT" import swf bad.swf -o t.csv --origins a
contains err "bad.swf:1"
[ ! -e t.csv ] || fail "a failed import left a file"

# --- gml
cat > net.gml << 'EOF'
graph [
  node [ id 0 label "A" Longitude 0 Latitude 0 ]
  node [ id 1 label "B" Longitude 1 Latitude 0 ]
  node [ id 2 label "C" ]
  edge [ source 0 target 1 ]
  edge [ source 0 target 2 ]
]
EOF
mkdir net
echo mine > net/notes.txt
expect 0 "$DCAT" import gml net.gml -o net
contains err "skipped  1 node without coordinates that joins nothing, and 1 link to it"
contains net/links.csv "A,B,111.319"
expect 2 "$DCAT" import gml net.gml -o net
expect 0 "$DCAT" import gml net.gml -o net --force --place C=0,2 --rename C=Cee --quiet --json
contains net/nodes.csv "Cee,0,2"
contains net/notes.txt mine
contains out '"kept": 3'
expect 2 "$DCAT" import gml net.gml -o net --force --place D=0,2
expect 2 "$DCAT" import gml net.gml -o net --force --place C
expect 2 "$DCAT" import gml net.gml -o net --force --place C=north,2


# Junctions, blanks, Latin-1 and rates below 0, each with its count; only UTF-8 is written.
printf 'graph [
  node [ id 0 label "K\366ln" Longitude 0 Latitude 0 ]
  node [ id 1 label "K\366ln " Longitude 1 Latitude 0 ]
  node [ id 2 label "  " Longitude 2 Latitude 0 ]
  node [ id 3 label "ring" ]
  edge [ source 0 target 3 ] edge [ source 1 target 3 LinkSpeedRaw -5 ] edge [ source 3 target 2 ]
]\n' > hub.gml
expect 0 "$DCAT" import gml hub.gml -o hub --json
contains err "recoded  2 lines that are not UTF-8"
contains err "placed   1 node without coordinates that joins others"
contains err "tidied   2 names"
contains err "named    1 node without a name"
contains err "renamed  1 node whose name was taken"
contains err "ignored  1 rate that is"
contains out '"junctions": 1'
contains out '"pieces": 1'
contains hub/nodes.csv "Köln#2,0,1"
contains hub/nodes.csv "node2,0,2"
contains hub/nodes.csv "ring,0,1"
contains hub/nodes.csv "at the mean of their neighbours here: 1 of the nodes"
contains hub/links.csv "ring,node2,111.319"
iconv -f UTF-8 -t UTF-8 hub/nodes.csv hub/links.csv out err > /dev/null || fail "not UTF-8"
printf '; Installation: Universit\344t\n1 5 0 60 4 -1 -1 4 -1 -1 1 3 1 -1 1 1 -1 -1\n' > latin.swf
expect 0 "$DCAT" import swf latin.swf -o latin.csv --origins a --json
contains err "trace    Installation: Universität"
contains err "recoded  1 header line that is"
contains out '"lines_converted": 1'
iconv -f UTF-8 -t UTF-8 latin.csv out err > /dev/null || fail "not UTF-8"
expect 2 "$DCAT" import swf latin.swf -o x.csv --origins "$(printf 'M\374nster')"

# A trace that begins in Unix time, rebased; a job with more fields than the format has.
printf '1 1700000000 0 60 4 -1 -1 4 -1 -1 1 3 1 -1 1 1 -1 -1 {7}\n' > epoch.swf
expect 0 "$DCAT" import swf epoch.swf -o epoch.csv --origins a --from-first --json
contains err "rebased  1700000000 s taken off all arrivals"
contains err "ignored  1 with more than 18 fields: epoch.swf:1"
contains out '"start_s": 1700000000'
contains epoch.csv "0,a,600,20,120"

# --- csv: a table of the user's own
printf 'job;site;submitted;cpu_hours;note\n1;hh;2026-11-28T20:15:00+01:00;0.5;a\n2;b;2026-11-28 19:15:30;0.25;"x;y"\n3;hh;soon;1;\n4;hh;2026-02-30T00:00:00Z;1;\n5;muc;2026-11-28T19:16:00Z;1;\n6;hh;2026-11-28T19:16:00Z;much;\n7;hh;2026-11-28T19:16:00Z;0;\n8;hh\n9;b;2026-11-28T19:15:00.5Z;2;K\366ln\n' > mine.csv
expect 0 "$DCAT" import csv mine.csv -o mine-tasks.csv --separator ';' --column arrival_s=submitted --time iso \
    --column 'work_gigacycles=cpu_hours*9000' --column origin=site --origin hh=Hamburg --origin b=Berlin \
    --always data_mb=20 --always deadline_s=5 --from-first --json
contains err "read     9 rows"
contains err "skipped  1 malformed: mine.csv:9"
contains err "skipped  2 no_time: mine.csv:4, mine.csv:5"
contains err "skipped  1 no_number: mine.csv:7"
contains err "skipped  1 out_of_range: mine.csv:8"
contains err "skipped  1 no_origin: mine.csv:6"
contains err "recoded  1 line that is"
contains out '"kept": 3'
grep -v '^#' mine-tasks.csv > rows
printf 'arrival_s,origin,work_gigacycles,data_mb,deadline_s\n0,Hamburg,4500,20,5\n30,Berlin,2250,20,5\n0.5,Berlin,18000,20,5\n' > wanted
cmp wanted rows || fail "$(cat rows)"
printf 'when,v\n28.11.2026 20:15,7\n28.11.2026 20:16,\n' > german.csv
expect 0 "$DCAT" import csv german.csv -o german-tasks.csv --column arrival_s=when --time '%d.%m.%Y %H:%M' \
    --zone +01:00 --column value=v --always origin=A --always work_gigacycles=1 --always data_mb=0 --always deadline_s=1
contains german-tasks.csv "1795893300,A,1,0,1,7"
contains german-tasks.csv "1795893360,A,1,0,1,"
expect 2 "$DCAT" import csv german.csv -o x.csv --column arrival_s=wann --always origin=A --always work_gigacycles=1 \
    --always data_mb=0 --always deadline_s=1
contains err "german.csv:1: has no column wann for arrival_s"
expect 2 "$DCAT" import csv german.csv -o x.csv --column arrival_s=when
contains err "origin needs a column"
expect 2 "$DCAT" import csv german.csv -o x.csv --column arrivals=when
contains err 'no field "arrivals"'
expect 2 "$DCAT" import csv german.csv -o x.csv --column arrival_s=when --always origin=A --always work_gigacycles=1 \
    --always data_mb=0 --always deadline_s=1
contains err "no usable row; first no_time: german.csv:2"
[ ! -e x.csv ] || fail "a failed import left a file"

# --- sndlib and graphml: the tables make a scenario
cat > tiny.txt << 'EOF'
?SNDlib native format; type: network; version: 1.0
META ( unit = MBITPERSEC )
NODES ( A ( 0.0 50.0 ) B ( 1.0 50.0 ) C ( 2.0 50.0 ) )
LINKS ( L1 ( A B ) 1000.00 0.00 0.00 0.00 ( ) L2 ( B C ) 0.00 0.00 0.00 0.00 ( 155.00 1.00 ) )
DEMANDS ( D1 ( A B ) 1 3.00 UNLIMITED D2 ( C A ) 1 1.00 UNLIMITED )
EOF
expect 0 "$DCAT" import sndlib tiny.txt -o tiny --json
contains err "demands  2, 4 together"
contains err "wrote    tiny/nodes.csv, tiny/links.csv, tiny/demand.csv"
contains out '"format": "sndlib"'
contains tiny/links.csv "B,C,71.695,155"
printf 'name,node,speed_ghz,cores\ns1,A,250,100\ns2,C,250,100\n' > tiny/servers.csv
cat > tiny/scenario.yaml << 'EOF'
schema: 2
name: tiny
geometry: geo
time: {cycles_per_day: 1, train_days: 1, validate_days: 2, test_days: 3}
servers: {file: servers.csv}
network: {graph: {nodes_file: nodes.csv, links_file: links.csv}}
demand: {profile_file: demand.csv}
EOF
expect 0 "$DCAT" validate tiny/scenario.yaml
contains out "A 75.0 %"
cat > tiny.graphml << 'EOF'
<graphml><key id="x" attr.name="Longitude"/><key id="y" attr.name="Latitude"/>
<graph><node id="a"><data key="x">0</data><data key="y">0</data></node>
<node id="b"><data key="x">1</data><data key="y">0</data></node><edge source="a" target="b"/></graph></graphml>
EOF
expect 0 "$DCAT" import graphml tiny.graphml -o tinyg
contains err "named    2 nodes without a name, after their ids"
contains tinyg/links.csv "nodea,nodeb,111.319"
[ ! -e tinyg/demand.csv ] || fail "no demands, no table"
expect 2 "$DCAT" import graphml tiny.txt -o tinyg --force
contains err "must be well-formed XML"

# --- late tasks, and tables that are compressed
cp -r "$SOURCE_DIR/examples/own-network" own
sed -i '2,$s/^[0-9.]*,/17280000,/' own/tasks.csv
gzip own/tasks.csv
xz own/servers.csv
sed -i 's/tasks.csv/tasks.csv.gz/; s/servers.csv/servers.csv.xz/' own/with-tasks.yaml
expect 0 "$DCAT" validate own/with-tasks.yaml
contains out "the first task arrives at 17280000 s"
expect 0 "$DCAT" simulate own/with-tasks.yaml --clusterer linkage --quiet
[ ! -s err ] || fail "--quiet is quiet: $(cat err)"
expect 0 "$DCAT" simulate own/with-tasks.yaml --clusterer linkage
contains err "dcat: warning: own/tasks.csv.gz: the first task arrives at 17280000 s"
expect 0 "$DCAT" simulate own/with-tasks.yaml --clusterer linkage --set time.start_s=first
if grep -q warning err; then fail "nothing to warn of: $(cat err)"; fi
head -c 100 own/tasks.csv.gz > short
mv short own/tasks.csv.gz
expect 2 "$DCAT" validate own/with-tasks.yaml
contains err "cannot be read: truncated gzip input"

# --- the command itself
expect 0 "$DCAT" import --help
contains out "huawei-regionless"
for kind in huawei-regionless swf csv gml graphml sndlib openb gavel slurm; do
    expect 0 "$DCAT" import $kind --help
    contains out "Usage: dcat import $kind"
done
expect 2 "$DCAT" import
expect 2 "$DCAT" import tea
contains err "there are huawei-regionless, swf, csv, gml, graphml, sndlib, openb, gavel and slurm"

# --- the shipped tables: every server is near its city, and the network's cities are the servers'
chinanet=$SOURCE_DIR/scenarios/chinanet
awk -F, -v nodes="$chinanet/nodes.csv" '
    function radians(degrees) { return degrees * atan2(0, -1) / 180 }
    BEGIN {
        while ((getline line < nodes) > 0) {
            split(line, f, ",")
            if (line !~ /^#/ && f[2] + 0 != 0) { lat[f[1]] = f[2]; lon[f[1]] = f[3]; missing[f[1]] = 1 }
        }
    }
    /^#/ || $1 == "name" { next }
    {
        if (!($4 in lat)) { print "no node " $4; bad = 1; next }
        delete missing[$4]
        # Flat within 30 km: a degree is 111.2 km, times the cosine of the latitude going east.
        north = ($2 - lat[$4]) * 111.2
        east = ($3 - lon[$4]) * 111.2 * cos(radians(lat[$4]))
        if (north * north + east * east > 30 * 30) { print $1 " is too far from " $4; bad = 1 }
        if ($5 < 200 || $5 > 300 || $6 != 100) { print $1 " has an odd speed"; bad = 1 }
        count++
    }
    END {
        for (city in missing) { print city " has no server"; bad = 1 }
        if (count != 65) { print count " servers"; bad = 1 }
        exit bad
    }' "$chinanet/servers.csv" || fail "servers.csv"

# ... and, where the sources are, they can be made again.
shared=$SOURCE_DIR/../shared/data
if [ -r "$shared/topology/Chinanet.gml" ]; then
    mkdir made
    DCAT=$DCAT "$SOURCE_DIR/examples/chinanet_tables.sh" "$shared/topology/Chinanet.gml" \
        "$SOURCE_DIR/scenarios/paper/demand.csv" made
    for table in nodes links servers areas; do
        cmp "made/$table.csv" "$chinanet/$table.csv" || fail "$table.csv cannot be made again"
    done
else
    echo "the topology is not here: not made again"
fi
echo "ok"
