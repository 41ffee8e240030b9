# SPDX-License-Identifier: Apache-2.0
# cpefleet_add_module(NAME SOURCES ... DEPENDS <modules> LIBRARIES <external, public> PRIVATE_LIBRARIES ...)
# One module = one directory under src/ = one static library `cpefleet_NAME` with the alias `cpefleet::NAME`.
# Includes are written from the root of src/: #include "cwmp/inform.hpp".

set(CPEFLEET_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
    -Wconversion -Wsign-conversion -Wformat=2)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND CPEFLEET_WARNINGS -Wduplicated-cond -Wlogical-op -Wuseless-cast)
endif()

function(cpefleet_add_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
  add_library(cpefleet_${name} STATIC ${arg_SOURCES})
  add_library(cpefleet::${name} ALIAS cpefleet_${name})
  target_include_directories(cpefleet_${name} PUBLIC "${PROJECT_SOURCE_DIR}/src")
  target_compile_options(cpefleet_${name} PRIVATE ${CPEFLEET_WARNINGS})
  list(TRANSFORM arg_DEPENDS PREPEND cpefleet::)
  target_link_libraries(cpefleet_${name} PUBLIC ${arg_DEPENDS} ${arg_LIBRARIES} PRIVATE ${arg_PRIVATE_LIBRARIES})
endfunction()
