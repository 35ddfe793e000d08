#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Odd topologies that public collections hold, each with one fault of its kind: imported and valid in a scenario,
# or refused with file and line. tests/import/test_gml_faults.c looks at what becomes of each part.
. "$SOURCE_DIR/tests/support.sh"

node() { # ID LABEL LONGITUDE LATITUDE
    printf 'node [ id %s label "%s" Longitude %s Latitude %s ]\n' "$@"
}
edge() {
    printf 'edge [ source %s target %s ]\n' "$@"
}
base() {
    node 0 A 10 50 && node 1 B 11 51 && node 2 C 12 50 && edge 0 1 && edge 1 2
}
cat >areas.csv <<'END'
name,node
A,A
END
printf 'arrival_s,origin,work_gigacycles,data_mb,deadline_s\n0,A,500,20,5\n' >tasks.csv
cat >scenario.yaml <<'END'
schema: 2
name: odd
geometry: geo
servers: {file: servers.csv}
areas: {file: areas.csv}
network: {graph: {gml_file: odd.gml}}
demand: {tasks_file: tasks.csv}
END
printf 'name,node,speed_ghz,cores\ns,C,300,100\n' >servers.csv
printf 'name,lat_deg,lon_deg,node\nA,50,10,A\n' >areas.csv
sed -i 's/^s,C/s,50,12,C/; s/^name,node/name,lat_deg,lon_deg,node/' servers.csv

# Standard input is a network: imported, and valid with server and area at its ends. Usage: fine NAME
fine() {
    cat >odd.gml
    expect 0 import gml odd.gml -o tables --force
    cat out err >imported
    expect 0 validate scenario.yaml
    expect 0 validate scenario.yaml --set network.graph.gml_file=none --set network.graph.nodes_file=tables/nodes.csv \
        --set network.graph.links_file=tables/links.csv
    [ "$failures" -eq 0 ] || { complain "$1" && head -c 300 err && finish; }
}
# Usage: refused NAME MESSAGE
refused() {
    cat >odd.gml
    expect 2 import gml odd.gml -o tables --force
    grep -qE "odd.gml(:[0-9]+)?: .*$2" err || complain "$1: $(cat err)"
    expect 2 validate scenario.yaml
    [ "$failures" -eq 0 ] || finish # ends this part of a pipe, and with it the test
}
graph() {
    printf 'graph [\n' && cat && printf ']\n'
}

base | graph | fine "nothing odd"
{ base && printf 'node [ id 3 label "D" Longitude 5 ]\n' && edge 2 3; } | graph | fine "only a longitude"
{ base && printf 'node [ id 3 label "D" Latitude 5 ]\n'; } | graph | fine "only a latitude, joins nothing"
{ base && printf 'node [ id 3 label "H" hyperedge 1 ]\n' && edge 0 3 && edge 3 1 && edge 3 2; } | graph | fine "a hyperedge as a node"
holds imported "placed"
{ base && node 3 A 13 50 && edge 3 2; } | graph | fine "a label twice"
{ base && node 3 "" 13 50 && printf 'node [ id 4 Longitude 14 Latitude 50 ]\n' && edge 3 4 && edge 2 3; } | graph | fine "no label"
{ base && node 3 D 13 50; } | graph | fine "an isolated node"
{ base && node 3 D 13 50 && node 4 E 14 50 && edge 3 4; } | graph | fine "two parts"
{ base && edge 0 1 && edge 1 0 && edge 2 2; } | graph | fine "links side by side and a loop"
{ base && printf 'graphics [ x 1 y [ z "deep [ ]" w [ ] ] ]\n'; } | graph | fine "lists in lists"
{ base && node -7 D 13 50 && edge -7 2; } | graph | fine "an id below 0"
{ base && node 2147483648000 D 13 50 && edge 2147483648000 2; } | graph | fine "a large id"
{ base && node 3 'K&#246;ln &amp; Z&uuml;rich' 13 50 && edge 3 2; } | graph | fine "entities"
grep -q 'Köln & Zürich' tables/nodes.csv || complain "entities: $(cat tables/nodes.csv)"
{ base && node 3 D '"13"' '"5.0e1"' && edge 3 2; } | graph | fine "numbers as text"
{ printf '# made by hand\r\nCreator "x"\r\nVersion 1\r\n' && base | graph | sed 's/$/\r/'; } | fine "CRLF and comments"
{ printf '\xef\xbb\xbf' && base | graph; } | fine "a byte order mark"
{ base && node 3 $'Caf\xe9' 13 50 && edge 3 2; } | graph | fine "Latin-1"
long=$(printf 'é%.0s' $(seq 150))
{ base && node 3 "$long" 13 50 && node 4 "$long" 13 51 && edge 3 2 && edge 4 2; } | graph | fine "two long names"
{ base && node 3 None 13 50 && node 4 None 13 50 && edge 3 2 && edge 3 4 && edge 4 3; } | graph | fine "places above each other"
{ base && printf 'node [ id 3 label "None" Internal 0 ]\nnode [ id 4 label "None" hyperedge 1 ]\n' && edge 3 4 && edge 4 1 &&
    edge 4 2; } | graph | fine "a chain of nodes without a place"
{ base && printf 'node [ id 3 label "ISP" Internal 0 ]\nnode [ id 4 label "ISP" Internal 0 ]\n' && edge 3 4; } | graph |
    fine "a part of which nothing has a place"
{ base | sed 's/edge \[/edge [ id "e1" LinkLabel "10 Gb\/s \\ [x]" LinkSpeedRaw 10000000000.0/'; } | graph | fine "labels of links"
printf 'graph [ directed 1 multigraph 1 ' >one.gml
{ cat one.gml && base | tr '\n' ' ' && printf ']'; } | fine "one line without an end"

{ base && node 2 D 13 50; } | graph | refused "an id twice" "id"
{ base && edge 2 9; } | graph | refused "a link to nobody" "9"
{ base && node 3 D 13 500 && edge 3 2; } | graph | refused "a latitude of 500" "atitude"
{ base && printf 'node [ id 3 '; } | refused "not closed" ""
base | graph | sed 's/"C"/"C/' | refused "a text that does not end" ""
printf '' | refused "nothing" ""
printf 'graph [ ]\n' | refused "no nodes" ""
printf 'hello\n' | refused "no GML" ""
finish
