# The nodes and links of nodes.csv and links.csv, in the form of the Internet Topology Zoo.
graph [
  label "Six cities"
  node [
    id 0
    label "Hamburg"
    Latitude 53.55
    Longitude 10.00
  ]
  node [
    id 1
    label "Berlin"
    Latitude 52.52
    Longitude 13.40
  ]
  node [
    id 2
    label "Leipzig"
    Latitude 51.34
    Longitude 12.37
  ]
  node [
    id 3
    label "Cologne"
    Latitude 50.94
    Longitude 6.96
  ]
  node [
    id 4
    label "Frankfurt"
    Latitude 50.11
    Longitude 8.68
  ]
  node [
    id 5
    label "Munich"
    Latitude 48.14
    Longitude 11.58
  ]
  edge [
    source 0
    target 1
    LinkSpeedRaw 1000000000
  ]
  edge [
    source 0
    target 3
  ]
  edge [
    source 1
    target 2
    LinkSpeedRaw 1000000000
  ]
  edge [
    source 2
    target 4
  ]
  edge [
    source 2
    target 5
  ]
  edge [
    source 3
    target 4
    LinkSpeedRaw 1000000000
  ]
  edge [
    source 4
    target 5
    LinkSpeedRaw 500000000
  ]
]
