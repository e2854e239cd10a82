# carillon_mutated_source(INTO NAME SOURCE WHAT WITH): INTO becomes the path of a copy of SOURCE (from the
# top folder) in which every WHAT is WITH, made by the build and made again when SOURCE changes. A program
# that lists it before the libraries gets it instead of the right one in them.
function(carillon_mutated_source into name source what with)
  set(wrong ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  # In a file: what is replaced may have line breaks.
  set(mutation ${CMAKE_CURRENT_BINARY_DIR}/${name}.cmake)
  file(CONFIGURE OUTPUT ${mutation} @ONLY
    CONTENT "set(WHAT [==[@what@]==])\nset(WITH [==[@with@]==])\n")
  set(script ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/mutate.cmake)
  add_custom_command(OUTPUT ${wrong}
    COMMAND ${CMAKE_COMMAND} -DFROM=${PROJECT_SOURCE_DIR}/${source} -DTO=${wrong}
            -DMUTATION=${mutation} -P ${script}
    DEPENDS ${PROJECT_SOURCE_DIR}/${source} ${script} ${mutation}
    VERBATIM)
  set(${into} ${wrong} PARENT_SCOPE)
endfunction()
