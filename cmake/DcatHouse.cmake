# SPDX-License-Identifier: Apache-2.0
# The house: one folder a trade, and who may know whom. docs/architecture.md has the picture.
#
# Public headers belong to the folder that implements them, and folders see them by the same arrows.
# Above sim everything stands on public headers and base alone.

# ---- libdcat: the core, without files ------------------------------------------------------------
dcat_folder(base FROM src/base
            PUBLIC error.h rng.h version.h x/ranks.h x/jobs.h
            USES random123 threads jansson)
set_target_properties(dcat_base PROPERTIES C_VISIBILITY_PRESET default) # for libdcat-io: cmake/dcat.map.in
add_dependencies(dcat_base dcat_version)
target_include_directories(dcat_base PRIVATE "${DCAT_GENERATED_DIR}")

dcat_folder(share FROM src/share
            KNOWS base
            PUBLIC money.h share.h)
dcat_folder(auction FROM src/auction
            KNOWS base share
            PUBLIC auction.h x/clock.h x/model.h)
dcat_folder(resources FROM src/resources
            KNOWS base share auction
            PUBLIC x/resources.h)
dcat_folder(world FROM src/world
            KNOWS base share auction resources
            PUBLIC demand.h world.h x/constraint.h x/world_facts.h
            USES proj)
dcat_folder(market FROM src/market
            KNOWS base share auction resources world
            PUBLIC market.h partition.h x/task_auction.h)
dcat_folder(env FROM src/env
            KNOWS base share auction resources world market
            PUBLIC cluster.h env.h)
dcat_folder(cluster FROM src/cluster
            KNOWS base share auction resources world market env)
dcat_folder(learn FROM src/learn
            KNOWS base share auction resources world market env cluster
            PUBLIC x/actor.h x/train.h
            USES jansson blas)
dcat_folder(sim FROM src/sim
            KNOWS base share auction resources world market env cluster learn
            PUBLIC compare.h run.h dcat.h x/estimate.h)
dcat_folder(bound FROM src/bound API
            KNOWS base
            PUBLIC x/bound.h
            USES cbc threads)
dcat_folder(audit FROM src/audit API
            KNOWS base
            PUBLIC x/audit.h)
dcat_folder(plugin FROM src/plugin API
            KNOWS base
            PUBLIC plugin.h
            USES threads)
dcat_library(dcat
             FOLDERS base share auction resources world market env cluster learn sim bound audit plugin
             PARTS jansson blas proj cbc threads)

# ---- the live exchange: stands on the core, and is nobody's part ----------------------------------
dcat_folder(exchange_core FROM exchange/core AS exchange/core API
            KNOWS base)
if(DCAT_IO AND DCAT_SERVICE)
  dcat_folder(exchange_store FROM exchange/store AS exchange/store API
              KNOWS base exchange_core
              USES jansson sodium sqlite nettle)
  dcat_folder(exchange_sign FROM exchange/sign AS exchange/sign API
              KNOWS base
              USES jansson sodium)
  dcat_folder(exchange_log FROM exchange/log AS exchange/log API
              KNOWS base exchange_core exchange_store exchange_sign
              USES jansson sodium sqlite)
  dcat_folder(exchange_books FROM exchange/books AS exchange/books API
              KNOWS base exchange_core exchange_store
              USES jansson sqlite)
  dcat_folder(exchange_feed FROM exchange/feed AS exchange/feed API
              KNOWS base exchange_core exchange_store exchange_sign exchange_log
              USES jansson)
  dcat_folder(exchange_live FROM exchange/live AS exchange/live API
              KNOWS base exchange_core exchange_store exchange_sign exchange_log
              USES threads sodium sqlite)
  dcat_folder(exchange_http FROM exchange/http AS exchange/http API
              KNOWS base exchange_core exchange_store exchange_sign exchange_log exchange_live exchange_books
              USES threads jansson sodium sqlite microhttpd
              SOURCES "${DCAT_CONSOLE_SOURCE}")
  set(openapi "${PROJECT_SOURCE_DIR}/exchange/api/openapi.yaml") # is embedded
  set_source_files_properties(exchange/http/answer/exchange.c PROPERTIES OBJECT_DEPENDS "${openapi}"
                              COMPILE_DEFINITIONS "HTTP_OPENAPI=\"${openapi}\"")
endif()

# ---- libdcat-io: everything that reads and writes files ------------------------------------------
if(DCAT_IO)
  set(without_import "")
  if(NOT DCAT_IMPORT)
    set(without_import "${PROJECT_SOURCE_DIR}/src/file/foreign/decoder.c")
  endif()
  dcat_folder(file FROM src/file
              KNOWS base
              PUBLIC x/file.h x/table.h
              USES archive jansson csv yaml sodium xml
              SOURCES "${DCAT_SHIPPED_SOURCE}"
              WITHOUT ${without_import})
  dcat_folder(scenario FROM src/scenario API
              KNOWS base file
              PUBLIC x/clusters_file.h x/policy_file.h x/ranges.h x/scenario.h x/train_worlds.h
              USES yaml sodium)
  dcat_folder(tune FROM src/tune API
              KNOWS base file
              PUBLIC x/tune.h
              USES jansson sodium)
  set(import "")
  if(DCAT_IMPORT)
    dcat_folder(import FROM src/import API
                KNOWS base file
                PUBLIC x/import.h
                USES archive csv jansson sodium xml)
    set(import import)
  endif()
  dcat_folder(report FROM src/report API
              KNOWS base file
              PUBLIC x/bound_report.h x/explain.h x/kept_runs.h x/report.h x/scenario_facts.h
                     x/training.h x/tune_report.h x/x.h
              USES jansson sodium)
  dcat_library(dcat_io STANDS_ON dcat
               FOLDERS file scenario tune ${import} report
               PARTS yaml jansson archive sodium csv xml)
endif()

# ---- the service: what talks over HTTP; part of the program, of no library ------------------------
if(DCAT_IO AND DCAT_SERVICE)
  dcat_folder(exchange_settings FROM exchange/settings AS exchange/settings API
              KNOWS base file exchange_core exchange_store
              USES jansson)
  dcat_folder(exchange_client FROM exchange/client AS exchange/client API
              KNOWS base file
              USES jansson sodium curl)
  dcat_folder(exchange_interlink FROM exchange/interlink AS exchange/interlink API
              KNOWS base file exchange_client
              USES jansson sodium curl microhttpd)
  dcat_folder(exchange_backend FROM exchange/backend AS exchange/backend API
              KNOWS base file
              USES jansson sodium)
  dcat_folder(exchange_agent FROM exchange/agent AS exchange/agent API
              KNOWS base file exchange_client exchange_sign exchange_backend
              USES jansson sodium sqlite threads)
  dcat_folder(exchange_verify FROM exchange/verify AS exchange/verify API # no line of the writer
              KNOWS base
              USES jansson sodium sqlite curl)
  set(service_objects core books store feed sign log live http client settings interlink backend agent verify)
  list(TRANSFORM service_objects REPLACE "(.+)" "$<TARGET_OBJECTS:dcat_exchange_\\1>")
  add_library(dcat_service STATIC ${service_objects})
  target_link_directories(dcat_service PUBLIC ${DCAT_PART_DIRS})
  target_link_libraries(dcat_service PUBLIC dcat_io_static ${DCAT_PART_sqlite} ${DCAT_PART_curl}
                                            ${DCAT_PART_microhttpd} ${DCAT_PART_nettle})
endif()

if(DCAT_IO AND DCAT_IMPORT)
  # ---- programs: each its own rooms -------------------------------------------------------------
  dcat_folder(reproduce FROM studies/reproduce API
              KNOWS base file report scenario
              USES jansson sodium)
  set(plan "${PROJECT_SOURCE_DIR}/studies/reproduce/plan.yaml") # is embedded
  set_source_files_properties(studies/reproduce/plan.c PROPERTIES OBJECT_DEPENDS "${plan}"
                              COMPILE_DEFINITIONS "REPRODUCE_SHIPPED_PLAN=\"${plan}\"")
  dcat_folder(suite FROM studies/suite API
              KNOWS base file reproduce)
  set(plan "${PROJECT_SOURCE_DIR}/studies/suite/suite.yaml")
  set_source_files_properties(studies/suite/suite.c PROPERTIES OBJECT_DEPENDS "${plan}"
                              COMPILE_DEFINITIONS "SUITE_SHIPPED=\"${plan}\"")
  # Either with the files that know MPI or with the one that does without.
  if(DCAT_MPI)
    set(other_ranks "${PROJECT_SOURCE_DIR}/tool/ranks/ranks_alone.c")
  else()
    file(GLOB other_ranks "${PROJECT_SOURCE_DIR}/tool/ranks/ranks_mpi*.c")
  endif()
  if(DCAT_SERVICE)
    set(service_folders exchange_books exchange_client exchange_core exchange_store exchange_feed exchange_sign exchange_log exchange_live exchange_http exchange_settings exchange_interlink exchange_backend exchange_agent exchange_verify)
  else()
    file(GLOB other_service "${PROJECT_SOURCE_DIR}/tool/exchange/*.c" "${PROJECT_SOURCE_DIR}/tool/serve/*.c")
  endif()
  dcat_folder(tool FROM tool API
              KNOWS base reproduce suite ${service_folders}
              USES jansson
              WITHOUT ${other_ranks} ${other_service})
  if(DCAT_SERVICE)
    target_compile_definitions(dcat_tool PRIVATE DCAT_HAVE_SERVICE)
  endif()
endif()
