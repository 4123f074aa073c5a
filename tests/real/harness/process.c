#include "harness/process.h"

#include "harness/runner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct process start_process(const char *name, void (*run)(void **state))
{
    struct process child, self;
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    fflush(NULL);
    child.id = fork();
    assert_true(child.id >= 0);
    if (child.id == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        self = (struct process){.id = getppid(), .socket = ends[1]};
        exit(run_as_test(name, run, &self));
    }
    close(ends[1]);
    child.socket = ends[0];
    return child;
}

void tell(const struct process *process, const char *format, ...)
{
    char line[LINE_MAXIMUM];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    assert_true(length > 0 && length < LINE_MAXIMUM);
    if (send(process->socket, line, (size_t)length, MSG_NOSIGNAL) != length)
        fail_msg("nobody hears \"%s\": %s", line, strerror(errno));
}

void hear(const struct process *process, char line[LINE_MAXIMUM])
{
    ssize_t length;

    do {
        length = recv(process->socket, line, LINE_MAXIMUM - 1, 0);
    } while (length < 0 && errno == EINTR);
    if (length <= 0)
        fail_msg("the other process has ended");
    line[length] = '\0';
}

void expect_to_hear(const struct process *process, const char *line)
{
    char heard[LINE_MAXIMUM];

    hear(process, heard);
    assert_string_equal(heard, line);
}

bool has_news(const struct process *process)
{
    struct pollfd watched = {.fd = process->socket, .events = POLLIN};

    return poll(&watched, 1, 0) > 0;
}

static int wait_for(struct process *process)
{
    int status = 0;

    while (waitpid(process->id, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    close(process->socket);
    process->id = 0;
    return status;
}

void finish_process(struct process *process)
{
    int status = wait_for(process);

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("the other process failed: %s %d", WIFEXITED(status) ? "status" : "signal",
                 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

void kill_process(struct process *process)
{
    kill(process->id, SIGKILL);
    wait_for(process);
}
