/*
 * Directories that a test makes for itself and takes away with all that is in them, among them homes of its own for the
 * development authority of local mode.
 */
#ifndef TESTS_TEMPORARY_DIRECTORY_H
#define TESTS_TEMPORARY_DIRECTORY_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

static inline int temporary_directory_remove_entry(const char *path, const struct stat *status, int type,
                                                   struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

/* 0 when nothing of it is left. */
static inline int temporary_directory_remove(const char *path)
{
    return nftw(path, temporary_directory_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* The path is a pattern for mkdtemp. Before the library is started. 0 when all went well. */
static inline int temporary_home_make(char *path)
{
    if (!mkdtemp(path))
        return -1;
    return setenv("XDG_DATA_HOME", path, 1) != 0 || unsetenv("FUMAROLE_LOCAL_MODE") != 0 ? -1 : 0;
}

#endif
