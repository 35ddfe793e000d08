# SPDX-License-Identifier: Apache-2.0
# Maps around longitude 180: hulls are cut as RFC 7946 asks, and the map shows the islands, not the globe.
set -euo pipefail
export LC_ALL=C

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

mkdir islands
cat > islands/scenario.yaml << 'EOF'
schema: 2
name: islands
geometry: geo
servers: {file: servers.csv}
areas: {file: areas.csv}
demand: {profile_file: demand.csv}
clustering: {span_max_km: 600}
EOF
printf 'name,lat_deg,lon_deg,speed_ghz,cores\na,-17,178,240,100\nb,-17,-178,240,100\nc,-15,-179,240,100\nd,-17,172,240,100\ne,-16,173,240,100\n' \
    > islands/servers.csv
printf 'name,lat_deg,lon_deg\nharbour,-16,179.5\n' > islands/areas.csv
printf 'day,hour,harbour\n1,0,1\n101,0,1\n' > islands/demand.csv
printf 'server,cluster\na,0\nb,0\nc,0\nd,1\ne,1\n' > clusters.csv
"$DCAT" cluster islands/scenario.yaml --clusterer file=clusters.csv --out map --quiet || fail "no map"
json=map/clusters.geojson
jq -e '[.features[].geometry.coordinates | .. | select(type == "array" and (.[0] | type) == "number") | .[0]] |
    length > 10 and all(. >= -180 and . <= 180)' $json > first || fail "a longitude beyond 180: $(cat $json)"
[ "$(jq -r '.features[] | select(.properties.kind == "cluster") | .geometry.type' $json | sort | tr '\n' ' ')" = \
    "LineString MultiPolygon " ] || fail "$(cat $json)"
# Two rings, closed and counter-clockwise, that meet on both sides of 180.
jq -e '.features[] | select(.geometry.type == "MultiPolygon") | .geometry.coordinates |
       length == 2 and all(.[]; length == 1 and .[0][0] == .[0][-1] and
           ([range(.[0] | length - 1) as $i | .[0][$i][0] * .[0][$i + 1][1] - .[0][$i + 1][0] * .[0][$i][1]] | add) > 0) and
       (.[0][0] | map(.[0]) | max == 180 and min == 178) and (.[1][0] | map(.[0]) | min == -180 and max == -178)' \
    $json > second || fail "the cut: $(cat $json)"
if command -v gnuplot > /dev/null; then
    # Longitudes from 172 to 182: the east is called by its own name, and nothing lies at 0.
    grep -q '>-179°<\|>−179°<\|>-178°<\|>−178°<' map/map.svg || fail "no longitude of the east"
    if grep -q '>0°<' map/map.svg; then fail "the map is of the whole globe"; fi

    # Names that no font has: a remark, and still a map.
    sed -i 's/harbour/港口 ท่าเรือ/' islands/areas.csv islands/demand.csv
    mkdir fonts cache
    printf '<?xml version="1.0"?><fontconfig><dir>%s/fonts</dir><cachedir>%s/cache</cachedir></fontconfig>\n' "$PWD" "$PWD" \
        > fonts.conf
    FONTCONFIG_FILE=$PWD/fonts.conf "$DCAT" cluster islands/scenario.yaml --clusterer single --out boxes --png 2> err ||
        fail "no map without fonts: $(cat err)"
    grep -q 'no font has all characters of 1 name' err || fail "no remark: $(cat err)"
    [ -s boxes/map.png ] || fail "no picture"
    grep -q '港口 ท่าเรือ' boxes/map.svg || fail "the name is missing in map.svg"
fi
echo ok
