option(FUMAROLE_TOOLS "Build the command line tools" ON)
option(FUMAROLE_TESTS "Build the tests" ON)
option(FUMAROLE_BINDINGS "Build the bindings whose interpreters and headers are installed" ON)
option(FUMAROLE_FUZZ "Build the fuzz targets (needs clang)" OFF)
option(FUMAROLE_WERROR "Treat compiler warnings as errors" OFF)
option(FUMAROLE_COVERAGE "Count what runs, for make coverage (needs gcc)" OFF)
set(FUMAROLE_SANITIZE "" CACHE STRING "Sanitizers: address,undefined or thread; empty for none")

# Every target of this project compiles with these; they are the ones that both gcc and clang know.
add_library(fumarole_warnings INTERFACE)
target_compile_options(fumarole_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wpointer-arith -Wwrite-strings -Wvla
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition>
  $<$<BOOL:${FUMAROLE_WERROR}>:-Werror>)
target_compile_definitions(fumarole_warnings INTERFACE _GNU_SOURCE)

if(FUMAROLE_SANITIZE)
  add_compile_options(-fsanitize=${FUMAROLE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FUMAROLE_SANITIZE})
endif()

# Addresses of functions are looked up when a program starts and are read-only from then on. Otherwise the first call of
# each saves all registers on the stack, with whatever secret the last copy has left in them.
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

# What a bug can be made to do is limited: overrun buffers on the stack and overlong copies end the process, large frames
# cannot jump over the guard page, and programs are loaded anywhere. docs/security.md has the list, a test looks for each.
option(FUMAROLE_HARDENING "Compile with the checks of the compiler against overruns" ON)
if(FUMAROLE_HARDENING AND NOT FUMAROLE_SANITIZE AND NOT FUMAROLE_COVERAGE)
  include(CheckCCompilerFlag)
  add_compile_options(-fstack-protector-strong)
  check_c_compiler_flag(-fstack-clash-protection FUMAROLE_HAS_STACK_CLASH_PROTECTION)
  if(FUMAROLE_HAS_STACK_CLASH_PROTECTION)
    add_compile_options(-fstack-clash-protection)
  endif()
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug") # it needs an optimising compiler
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  endif()
  add_link_options($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
endif()

if(FUMAROLE_COVERAGE)
  if(NOT CMAKE_C_COMPILER_ID STREQUAL "GNU")
    message(FATAL_ERROR "FUMAROLE_COVERAGE needs gcc: what it counts as a branch is what tests/coverage lists")
  endif()
  # Every condition of an expression is a branch of its own, and threads lose no counts.
  add_compile_options(--coverage -O0 -fprofile-update=atomic --param=logical-op-non-short-circuit=0)
  add_link_options(--coverage)
endif()
