#include "harness/home.h"

#include "harness/runner.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[] = "/tmp/fumarole-real-XXXXXX";
static pid_t owner;

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_home(void)
{
    if (getpid() == owner)
        nftw(directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

void make_home(void)
{
    assert_non_null(mkdtemp(directory));
    owner = getpid();
    atexit(remove_home);
    setenv("XDG_DATA_HOME", directory, 1);
    unsetenv("FUMAROLE_LOCAL_MODE");
}
