/*
 * A process forks while the library works in it: the child can end, in every way and with the library's own functions
 * called that a program calls at its end, without hanging and without disturbing the parent, whose connection goes on;
 * and a program that is executed inherits nothing of the library.
 */
#include "api/fixture.h"
#include "harness/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CHILDREN = 12,
    DESCRIPTORS = 256,
    CHILD_SECONDS = 20,
};

static atomic_bool over;
static struct link busy;

/* Keeps the library's locks in use while the process forks. */
static void *send_all_the_time(void *argument)
{
    (void)argument;
    while (!atomic_load(&over)) {
        SteamNetworkingMessage_t *messages[16];
        int count;

        send_text(busy.client, "on and on", UNRELIABLE);
        count = SteamAPI_ISteamNetworkingSockets_ReceiveMessagesOnConnection(sockets, busy.server, messages, 16);
        for (int i = 0; i < count; i++)
            release(messages[i]);
        usleep(200);
    }
    return NULL;
}

enum ending {
    BY_EXIT,       /* with everything that was registered for it */
    BY_KILL_FIRST, /* GameNetworkingSockets_Kill, as the program does at its end */
    BY_STARTING,   /* tries to use the library itself */
    AT_ONCE,
    ENDINGS,
};

static void end_child(enum ending ending)
{
    SteamNetworkingErrMsg error = "";

    alarm(CHILD_SECONDS); /* ends a child that hangs, by a signal */
    switch (ending) {
    case BY_KILL_FIRST:
        GameNetworkingSockets_Kill();
        break;
    case BY_STARTING:
        if (GameNetworkingSockets_Init(NULL, error) || !strstr(error, "fork"))
            _exit(3);
        break;
    default:
        break;
    }
    if (ending == AT_ONCE || is_slow_build())
        _exit(0); /* a sanitizer would count the parent's memory as leaked */
    exit(0);
}

static void fork_in_the_midst(void)
{
    static const char *const names[] = {"exit", "Kill and exit", "Init and exit", "_exit"};
    int events;

    busy = link_up();
    events = events_of(busy.client) + events_of(busy.server);
    fflush(NULL);
    for (int i = 0; i < CHILDREN; i++) {
        enum ending ending = (enum ending)(i % ENDINGS);
        int status = 0;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0)
            end_child(ending);
        while (waitpid(child, &status, 0) < 0)
            assert_int_equal(errno, EINTR);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("a child that ends by %s: status %#x", names[ending], (unsigned)status);
        run_callbacks();
        assert_int_equal(state_of(busy.client), CONNECTED);
        assert_int_equal(state_of(busy.server), CONNECTED);
    }
    assert_int_equal(send_text(busy.client, "still here", RELIABLE_NOW), k_EResultOK);
    expect_text(busy.server, "still here");
    assert_int_equal(send_text(busy.server, "and there", RELIABLE_NOW), k_EResultOK);
    expect_text(busy.client, "and there");
    assert_int_equal(events_of(busy.client) + events_of(busy.server), events);
}

static void children_end_without_harm(void **state)
{
    start(state);
    fork_in_the_midst();
    stop(state);
}

static void children_end_without_harm_under_load(void **state)
{
    pthread_t thread;

    start(state);
    busy = link_up();
    atomic_store(&over, false);
    assert_int_equal(pthread_create(&thread, NULL, send_all_the_time, NULL), 0);
    for (int i = 0; i < 4 * CHILDREN; i++) {
        int status = 0;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0)
            end_child((enum ending)(i % ENDINGS));
        while (waitpid(child, &status, 0) < 0)
            assert_int_equal(errno, EINTR);
        assert_int_equal(status, 0);
    }
    atomic_store(&over, true);
    pthread_join(thread, NULL);
    run_callbacks();
    assert_int_equal(state_of(busy.client), CONNECTED);
    assert_int_equal(state_of(busy.server), CONNECTED);
    stop(state);
}

static void children_are_born_before_and_after(void **state)
{
    int status = 0;
    pid_t child;

    start(state);
    link_up();
    stop(state);
    fflush(NULL);
    child = fork(); /* after the library has stopped the child may start it */
    assert_true(child >= 0);
    if (child == 0) {
        alarm(CHILD_SECONDS);
        start(state);
        busy = link_up();
        send_text(busy.client, "a life of its own", RELIABLE_NOW);
        expect_text(busy.server, "a life of its own");
        stop(state);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    start(state); /* and so may the parent */
    link_up();
    stop(state);
}

/* Whatever the library has opened goes when another program is executed. */
static void executed_programs_inherit_nothing(void **state)
{
    bool before[DESCRIPTORS];
    int opened = 0;

    for (int i = 0; i < DESCRIPTORS; i++)
        before[i] = fcntl(i, F_GETFD) >= 0;
    start(state);
    link_up();
    for (int i = 0; i < DESCRIPTORS; i++) {
        int flags = fcntl(i, F_GETFD);

        if (flags < 0 || before[i])
            continue;
        opened++;
        if (!(flags & FD_CLOEXEC))
            fail_msg("descriptor %d stays open", i);
    }
    assert_true(opened >= 3); /* a loop and two sockets at least */
    stop(state);
}

int main(int argc, char **argv)
{
    static const struct real_case cases[] = {
        real_case(children_end_without_harm),
        real_case(children_end_without_harm_under_load),
        real_case(children_are_born_before_and_after),
        real_case(executed_programs_inherit_nothing),
    };

    return run_cases(argc, argv, cases);
}
