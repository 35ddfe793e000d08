# SPDX-License-Identifier: Apache-2.0
# The bill of materials, dcat.spdx.json (SPDX 2.3): dcat, the libraries that this build stands on as
# DcatParts.cmake found them, and the data that it ships. Installed, and a part of wheels.

# A library: NAME VERSION LICENCE RELATION. RELATION is what dcat does with it: CONTAINS, OPTIONAL (loaded
# when somebody asks), or "" (linked). VERSION "" when nothing tells it.
function(dcat_material name version licence relation)
  set_property(GLOBAL APPEND PROPERTY DCAT_MATERIALS "${name}|${version}|${licence}|${relation}")
endfunction()

function(dcat_sbom_package json name version licence comment)
  set(id "SPDXRef-${name}")
  set(lines "\"SPDXID\": \"${id}\"" "\"name\": \"${name}\"")
  if(NOT version STREQUAL "")
    list(APPEND lines "\"versionInfo\": \"${version}\"")
  endif()
  list(APPEND lines "\"downloadLocation\": \"NOASSERTION\"" "\"filesAnalyzed\": false"
       "\"licenseConcluded\": \"${licence}\"" "\"licenseDeclared\": \"${licence}\""
       "\"copyrightText\": \"NOASSERTION\"")
  if(NOT comment STREQUAL "")
    list(APPEND lines "\"comment\": \"${comment}\"")
  endif()
  list(JOIN lines ",\n      " text)
  set(${json} "${${json}},\n    {\n      ${text}\n    }" PARENT_SCOPE)
endfunction()

function(dcat_sbom_relation json from kind to)
  string(APPEND ${json} ",\n    {\"spdxElementId\": \"SPDXRef-${from}\", \"relationshipType\": \"${kind}\", "
         "\"relatedSpdxElement\": \"SPDXRef-${to}\"}")
  set(${json} "${${json}}" PARENT_SCOPE)
endfunction()

set(DCAT_SBOM "${PROJECT_BINARY_DIR}/dcat.spdx.json")
function(dcat_write_sbom)
  set(packages "")
  set(relations "")
  dcat_sbom_package(packages dcat "${PROJECT_VERSION}" Apache-2.0 "")
  dcat_sbom_relation(relations DOCUMENT DESCRIBES dcat)
  get_property(materials GLOBAL PROPERTY DCAT_MATERIALS)
  foreach(material IN LISTS materials)
    string(REPLACE "|" ";" fields "${material}")
    list(GET fields 0 name)
    list(GET fields 1 version)
    list(GET fields 2 licence)
    list(GET fields 3 relation)
    dcat_sbom_package(packages ${name} "${version}" "${licence}" "")
    if(name IN_LIST DCAT_MATERIAL_BROUGHT)
      set(relation CONTAINS)
    endif()
    if(relation STREQUAL OPTIONAL)
      dcat_sbom_relation(relations ${name} OPTIONAL_DEPENDENCY_OF dcat)
    elseif(relation STREQUAL CONTAINS)
      dcat_sbom_relation(relations dcat CONTAINS ${name})
    else()
      dcat_sbom_relation(relations dcat DYNAMIC_LINK ${name})
    endif()
  endforeach()
  # scenarios/ATTRIBUTION.md
  dcat_sbom_package(packages regionless-traces "" Apache-2.0
                    "Regionless orchestration datasets, Huawei: scenarios/paper/demand.csv is derived from them")
  dcat_sbom_package(packages topology-zoo "" NOASSERTION
                    "The Internet Topology Zoo, University of Adelaide: nodes and links of scenarios/chinanet are derived from it")
  dcat_sbom_relation(relations regionless-traces DATA_FILE_OF dcat)
  dcat_sbom_relation(relations topology-zoo DATA_FILE_OF dcat)

  # The same build gives the same bytes: of 1980 unless SOURCE_DATE_EPOCH says another time.
  set(created 1980-01-01T00:00:00Z)
  if(DEFINED ENV{SOURCE_DATE_EPOCH})
    string(TIMESTAMP created "%Y-%m-%dT%H:%M:%SZ" UTC)
  endif()
  string(SHA256 hash "${packages}${relations}${created}")
  string(SUBSTRING "${packages}" 1 -1 packages) # without the first comma
  string(SUBSTRING "${relations}" 1 -1 relations)
  file(CONFIGURE OUTPUT "${DCAT_SBOM}" @ONLY CONTENT [[{
  "spdxVersion": "SPDX-2.3",
  "dataLicense": "CC0-1.0",
  "SPDXID": "SPDXRef-DOCUMENT",
  "name": "dcat-@PROJECT_VERSION@",
  "documentNamespace": "https://spdx.org/spdxdocs/dcat-@PROJECT_VERSION@-@hash@",
  "creationInfo": {"created": "@created@", "creators": ["Tool: cmake/DcatSbom.cmake", "Organization: The dcat developers"]},
  "packages": [@packages@
  ],
  "relationships": [@relations@
  ]
}
]])
endfunction()
