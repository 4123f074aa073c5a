# What `cmake --install` puts in place: headers, both libraries, fumarole.pc, the CMake package, the command line and its
# manual pages. Everything finds its parts relative to itself, so a tree may be moved, and DESTDIR works.
option(FUMAROLE_INSTALL_ALIAS "Install libGameNetworkingSockets.so as another name of the library" OFF)

if(NOT TARGET fumarole)
  return()
endif()

include(CMakePackageConfigHelpers)
set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/Fumarole)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/fumarole DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
install(TARGETS fumarole EXPORT FumaroleTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${PROJECT_BINARY_DIR}/libfumarole.a DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(FUMAROLE_INSTALL_ALIAS)
  install(CODE "file(CREATE_LINK libfumarole.so
    \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/libGameNetworkingSockets.so\" SYMBOLIC)")
endif()

install(EXPORT FumaroleTargets NAMESPACE Fumarole:: DESTINATION ${package_directory})
configure_package_config_file(${PROJECT_SOURCE_DIR}/packaging/FumaroleConfig.cmake.in
  ${PROJECT_BINARY_DIR}/packaging/FumaroleConfig.cmake
  INSTALL_DESTINATION ${package_directory}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/packaging/FumaroleConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/packaging/FumaroleConfig.cmake
  ${PROJECT_BINARY_DIR}/packaging/FumaroleConfigVersion.cmake
  DESTINATION ${package_directory})

# Where the prefix is, as seen from the directory of fumarole.pc; an absolute directory is written as it is.
set(pkgconfig_directory ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR})
  set(pkgconfig_prefix ${CMAKE_INSTALL_PREFIX})
else()
  file(RELATIVE_PATH way_up /prefix/${pkgconfig_directory} /prefix)
  string(REGEX REPLACE "/$" "" way_up ${way_up})
  set(pkgconfig_prefix "\${pcfiledir}/${way_up}")
endif()
foreach(kind LIBDIR INCLUDEDIR)
  if(IS_ABSOLUTE ${CMAKE_INSTALL_${kind}})
    set(pkgconfig_${kind} ${CMAKE_INSTALL_${kind}})
  else()
    set(pkgconfig_${kind} "\${prefix}/${CMAKE_INSTALL_${kind}}")
  endif()
endforeach()
configure_file(${PROJECT_SOURCE_DIR}/packaging/fumarole.pc.in ${PROJECT_BINARY_DIR}/packaging/fumarole.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/packaging/fumarole.pc DESTINATION ${pkgconfig_directory})

if(TARGET fumarole_tool)
  install(TARGETS fumarole_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  file(GLOB manual_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.1)
  install(FILES ${manual_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
if(TARGET fumarole-sim)
  install(TARGETS fumarole-sim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
