#include "tools/child.h"

#include "tools/complain.h"
#include "tools/exit_code.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool child_spawn(struct child *child, child_function function)
{
    int life[2], back[2];
    if (pipe(life) != 0) {
        complain("cannot make a pipe: %s", strerror(errno));
        return false;
    }
    if (pipe(back) != 0) {
        complain("cannot make a pipe: %s", strerror(errno));
        close(life[0]);
        close(life[1]);
        return false;
    }
    /* What is buffered would otherwise be printed by both. */
    fflush(stdout);
    child->process = fork();
    if (child->process == 0) {
        close(life[1]);
        close(back[0]);
        int code = function(life[0], back[1]);
        fflush(stdout);
        _exit(code);
    }
    close(life[0]);
    close(back[1]);
    child->lifeline = life[1];
    child->answers = back[0];
    if (child->process > 0)
        return true;
    complain("cannot start a process: %s", strerror(errno));
    close(life[1]);
    close(back[0]);
    return false;
}

bool child_read(const struct child *child, void *what, size_t length)
{
    char *to = what;
    while (length > 0) {
        ssize_t got = read(child->answers, to, length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        to += got;
        length -= (size_t)got;
    }
    return true;
}

bool child_answer(int out, const void *what, size_t length)
{
    const char *from = what;
    while (length > 0) {
        ssize_t written = write(out, from, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        from += written;
        length -= (size_t)written;
    }
    return true;
}

void child_dismiss(struct child *child)
{
    if (child->lifeline >= 0)
        close(child->lifeline);
    child->lifeline = -1;
}

int child_reap(struct child *child)
{
    int status = 0;
    child_dismiss(child);
    while (waitpid(child->process, &status, 0) < 0 && errno == EINTR)
        ;
    close(child->answers);
    if (WIFSIGNALED(status)) {
        complain("a process of this program died of signal %d", WTERMSIG(status));
        return EXIT_UNDONE;
    }
    return WEXITSTATUS(status);
}
