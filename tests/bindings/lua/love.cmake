# The example programs in every runtime and across them, wrong arguments, the annotations, LÖVE. LUASTEAM_VERSIONS has
# those that the module is built for. A sanitized module needs its sanitizer loaded first: LUASTEAM_PRELOAD.
set(examples ${PROJECT_SOURCE_DIR}/examples/lua)
set(runtimes)
foreach(name IN LISTS LUASTEAM_VERSIONS)
  if(NOT LUASTEAM_INTERPRETER_${name})
    message(STATUS "Lua module: not tested in ${name}, whose interpreter is not installed")
    continue()
  endif()
  list(APPEND runtimes "${name}=${LUASTEAM_INTERPRETER_${name}}=${PROJECT_BINARY_DIR}/lua/${name}")
endforeach()

set(fuzz_calls 100000)
if(FUMAROLE_SANITIZE)
  set(fuzz_calls 20000)
endif()

function(add_lua_test name timeout)
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES LABELS bindings TIMEOUT ${timeout} SKIP_RETURN_CODE 77
    ENVIRONMENT "LUASTEAM_PRELOAD=${LUASTEAM_PRELOAD};FUZZ_CALLS=${fuzz_calls}")
endfunction()

# The graphics of LÖVE are beyond what the sanitizers are told about.
set(everywhere ${runtimes})
if("jit" IN_LIST LUASTEAM_VERSIONS AND NOT FUMAROLE_SANITIZE)
  set(love "love=love=${PROJECT_BINARY_DIR}/lua/jit")
  list(APPEND everywhere ${love})
  foreach(test suite game trouble)
    set(directory)
    if(NOT test STREQUAL "suite")
      set(directory ${examples}/love)
    endif()
    add_lua_test(lua_love_${test} 180 ${CMAKE_CURRENT_SOURCE_DIR}/test_love.py ${test} ${love} ${directory})
  endforeach()
  add_lua_test(lua_fuzz_love 240 ${CMAKE_CURRENT_SOURCE_DIR}/test_fuzz.py ${love})
  find_program(love_program love)
  if(love_program)
    add_test(NAME lua_love_threads COMMAND ${love_program} ${CMAKE_CURRENT_SOURCE_DIR}/love/threads)
    set_tests_properties(lua_love_threads PROPERTIES LABELS bindings TIMEOUT 120
      ENVIRONMENT "LUA_CPATH=${PROJECT_BINARY_DIR}/lua/jit/?.so;SDL_VIDEODRIVER=dummy")
  endif()
  # Programs that the suite starts run without LÖVE.
  set_tests_properties(lua_love_suite PROPERTIES
    ENVIRONMENT "LUASTEAM_PRELOAD=${LUASTEAM_PRELOAD};LUASTEAM_TEST_INTERPRETER=${LUASTEAM_INTERPRETER_jit}")
endif()

add_lua_test(lua_examples 240 ${CMAKE_CURRENT_SOURCE_DIR}/test_examples.py ${examples} ${everywhere})
add_lua_test(lua_examples_own_port 240 ${CMAKE_CURRENT_SOURCE_DIR}/test_examples.py --own-port ${examples}
  ${everywhere})
set(annotations ${PROJECT_SOURCE_DIR}/bindings/lua/library/luasteam.lua)
foreach(runtime IN LISTS runtimes)
  string(REGEX REPLACE "=.*" "" name ${runtime})
  add_lua_test(lua_fuzz_${name} 240 ${CMAKE_CURRENT_SOURCE_DIR}/test_fuzz.py ${runtime})
  add_lua_test(lua_annotations_${name} 60 ${CMAKE_CURRENT_SOURCE_DIR}/test_program.py ${runtime}
    ${CMAKE_CURRENT_SOURCE_DIR}/annotations.lua ${annotations})
endforeach()

# In 5.1, which is the one that unloads modules while they may still be called.
if(TARGET fumarole_tool AND NOT FUMAROLE_SANITIZE AND LUASTEAM_INTERPRETER_5.1)
  add_lua_test(lua_rock 120 ${CMAKE_CURRENT_SOURCE_DIR}/test_rock.sh ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR} 5.1
    ${LUASTEAM_INTERPRETER_5.1})
endif()
