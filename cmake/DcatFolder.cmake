# SPDX-License-Identifier: Apache-2.0
# dcat_folder(NAME FROM dir [KNOWS folder...] [PUBLIC header...] [API] [USES part...] [SOURCES file...]
#             [WITHOUT file...])
#
# Makes the OBJECT target dcat_NAME of a folder and all below it. Its compiler sees one include folder,
# made of links: the folder itself, the folders that it KNOWS, and the public headers that belong to
# these. With API it sees the public headers of all folders that were named before it. A wrong include
# finds no file.

set(DCAT_HOUSE_DIR "${PROJECT_BINARY_DIR}/house")

# A folder of links, each given as NAME|TARGET; links of an older table disappear.
function(dcat_link_folder place)
  set(wanted "")
  foreach(pair IN LISTS ARGN)
    string(REGEX REPLACE "^(.*)\\|.*$" "\\1" name "${pair}")
    string(REGEX REPLACE "^.*\\|" "" target "${pair}")
    list(APPEND wanted "${place}/${name}")
    get_filename_component(parent "${place}/${name}" DIRECTORY)
    file(MAKE_DIRECTORY "${parent}")
    file(CREATE_LINK "${target}" "${place}/${name}" SYMBOLIC)
  endforeach()
  file(GLOB present "${place}/*" "${place}/dcat/*" "${place}/dcat/x/*")
  foreach(path IN LISTS present)
    if(IS_SYMLINK "${path}" AND NOT path IN_LIST wanted)
      file(REMOVE "${path}")
    endif()
  endforeach()
endfunction()

function(dcat_folder name)
  cmake_parse_arguments(PARSE_ARGV 1 F "API" "FROM" "KNOWS;PUBLIC;USES;SOURCES;WITHOUT")
  set_property(GLOBAL PROPERTY DCAT_PUBLIC_OF_${name} "${F_PUBLIC}")
  set_property(GLOBAL PROPERTY DCAT_PLACE_OF_${name} "${PROJECT_SOURCE_DIR}/${F_FROM}")
  set_property(GLOBAL APPEND PROPERTY DCAT_PUBLIC_ALL ${F_PUBLIC})

  set(links "")
  set(headers "")
  foreach(folder IN LISTS name F_KNOWS)
    get_property(place GLOBAL PROPERTY DCAT_PLACE_OF_${folder})
    get_property(public GLOBAL PROPERTY DCAT_PUBLIC_OF_${folder})
    list(APPEND links "${folder}|${place}")
    list(APPEND headers ${public})
  endforeach()
  if(F_API)
    get_property(headers GLOBAL PROPERTY DCAT_PUBLIC_ALL)
  endif()
  foreach(header IN LISTS headers)
    list(APPEND links "dcat/${header}|${PROJECT_SOURCE_DIR}/include/dcat/${header}")
  endforeach()
  dcat_link_folder("${DCAT_HOUSE_DIR}/${name}" ${links})

  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${F_FROM}/*.c")
  list(REMOVE_ITEM sources ${F_WITHOUT} "")
  add_library(dcat_${name} OBJECT ${sources} ${F_SOURCES})
  set_target_properties(dcat_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON
                                                C_VISIBILITY_PRESET hidden)
  target_include_directories(dcat_${name} PRIVATE "${DCAT_HOUSE_DIR}/${name}")
  target_link_libraries(dcat_${name} PRIVATE dcat_flags)
  foreach(part IN LISTS F_USES)
    target_link_libraries(dcat_${name} PRIVATE dcat_part_${part})
  endforeach()
endfunction()

# dcat_library(NAME FOLDERS folder... PARTS part... [STANDS_ON library])
#
# Makes NAME_static and NAME_shared of the folders' objects, with the exports of cmake/NAME.map.
function(dcat_library name)
  cmake_parse_arguments(PARSE_ARGV 1 L "" "STANDS_ON" "FOLDERS;PARTS")
  string(REPLACE "_" "-" file_name "${name}")
  set(objects "")
  foreach(folder IN LISTS L_FOLDERS)
    list(APPEND objects "$<TARGET_OBJECTS:dcat_${folder}>")
  endforeach()
  set(libraries "")
  foreach(part IN LISTS L_PARTS)
    list(APPEND libraries ${DCAT_PART_${part}})
  endforeach()
  add_library(${name}_static STATIC ${objects})
  set(links ${libraries} m)
  set_property(TARGET ${name}_static PROPERTY DCAT_LINKS "${links}")
  add_library(${name}_shared SHARED ${objects})
  set_target_properties(${name}_shared PROPERTIES VERSION ${PROJECT_VERSION}
                                                  SOVERSION ${DCAT_SOVERSION})
  foreach(kind static shared)
    set_target_properties(${name}_${kind} PROPERTIES OUTPUT_NAME ${file_name} LINKER_LANGUAGE C)
    target_include_directories(
      ${name}_${kind} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_directories(${name}_${kind} PRIVATE ${DCAT_PART_DIRS})
    target_link_libraries(${name}_${kind} PRIVATE $<BUILD_INTERFACE:dcat_flags> ${libraries} m)
    if(L_STANDS_ON)
      target_link_libraries(${name}_${kind} PUBLIC ${L_STANDS_ON}_${kind})
    endif()
  endforeach()
  if(NOT DCAT_SANITIZE AND NOT DCAT_FUZZ)
    target_link_options(${name}_shared PRIVATE LINKER:-z,defs)
  endif()
  set(map "${PROJECT_BINARY_DIR}/${name}.map")
  configure_file("cmake/${name}.map.in" "${map}" @ONLY)
  target_link_options(${name}_shared PRIVATE "LINKER:--version-script=${map}")
  set_target_properties(${name}_shared PROPERTIES LINK_DEPENDS "${map}")
endfunction()
