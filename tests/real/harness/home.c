#include "harness/home.h"

#include "../../temporary_directory.h"
#include "harness/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[] = "/tmp/fumarole-real-XXXXXX";
static pid_t owner;

static void remove_home(void)
{
    if (getpid() == owner)
        temporary_directory_remove(directory);
}

void make_home(void)
{
    assert_int_equal(temporary_home_make(directory), 0);
    owner = getpid();
    atexit(remove_home);
}
