# Made by: dcat generate --servers 8 --areas 5 --cities 5 --size-km 224 --seed 1
graph [
  directed 0
  label "generated-8"
  node [
    id 0
    label "city1"
    Longitude 0.274896
    Latitude 0.496386
  ]
  node [
    id 1
    label "city2"
    Longitude 0.137996
    Latitude 0.814664
  ]
  node [
    id 2
    label "city3"
    Longitude 0.629335
    Latitude 0.844639
  ]
  node [
    id 3
    label "city4"
    Longitude 0.817543
    Latitude -0.002033
  ]
  node [
    id 4
    label "city5"
    Longitude -0.020917
    Latitude -0.912650
  ]
  node [
    id 5
    label "city1-a1"
    Longitude 0.466621
    Latitude 0.469459
  ]
  node [
    id 6
    label "city2-a1"
    Longitude 0.037263
    Latitude 0.986662
  ]
  node [
    id 7
    label "city3-a1"
    Longitude 0.499566
    Latitude 0.771290
  ]
  node [
    id 8
    label "city4-a1"
    Longitude 0.690308
    Latitude -0.071292
  ]
  node [
    id 9
    label "city5-a1"
    Longitude 0.056216
    Latitude -1.007240
  ]
  edge [
    source 0
    target 1
    length_km 50.084
  ]
  edge [
    source 0
    target 3
    length_km 106.508
  ]
  edge [
    source 1
    target 2
    length_km 71.157
  ]
  edge [
    source 3
    target 4
    length_km 178.933
  ]
  edge [
    source 5
    target 0
    length_km 27.987
  ]
  edge [
    source 6
    target 1
    length_km 28.813
  ]
  edge [
    source 7
    target 2
    length_km 21.548
  ]
  edge [
    source 8
    target 3
    length_km 20.941
  ]
  edge [
    source 9
    target 4
    length_km 17.643
  ]
]
