/*
 * What makes a declaration part of the library's binary interface.
 *
 * Every function of the public headers is declared between FUMAROLE_BEGIN_DECLS and FUMAROLE_END_DECLS (C linkage also
 * for C++) and marked FUMAROLE_API (visible outside the shared library; everything else is hidden).
 */
#ifndef FUMAROLE_EXPORT_H
#define FUMAROLE_EXPORT_H

#if defined(__GNUC__) || defined(__clang__)
#define FUMAROLE_API __attribute__((visibility("default")))
#else
#define FUMAROLE_API
#endif

#ifdef __cplusplus
#define FUMAROLE_BEGIN_DECLS                    extern "C" {
#define FUMAROLE_END_DECLS                      }
#define FUMAROLE_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define FUMAROLE_BEGIN_DECLS
#define FUMAROLE_END_DECLS
#define FUMAROLE_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#endif
