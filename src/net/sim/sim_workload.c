#include "net/sim/sim_workload.h"

#include <stdlib.h>
#include <string.h>

enum {
    READS_AT_ONCE = 20,
    /* A decision later than this may come after the client has given up. */
    IN_TIME = 8 * 1000 * 1000,
};

enum decision {
    DECISION_NONE,
    DECISION_ACCEPT,
    DECISION_REFUSE,
    DECISION_IGNORE,
};

/* What the application keeps with each end (sim_end.application_data). */
struct work {
    struct sim_event turn;
    struct sim_workload *workload;
    struct sim_end *end;
    enum decision decision;
    microseconds decide_at;
    microseconds close_at; /* TIME_NEVER: not before the end */
    bool close_linger;
    microseconds stalled_until;
    int messages_left;
    int64_t bytes_left;
    int lanes;
};

static void take_turn(struct sim_world *world, struct sim_event *event);

static struct work *work_of(const struct sim_end *end)
{
    return end->application_data;
}

bool sim_workload_answers(const struct sim_end *end)
{
    const struct work *work = work_of(end);

    return work && work->decision != DECISION_IGNORE;
}

/* ---- single acts --------------------------------------------------------------------------------------------- */

static int draw_size(struct sim_world *world, const struct sim_profile *profile)
{
    double kind = random_double(&world->random.source);
    int64_t maximum = profile->size_maximum;
    int64_t size;

    if (kind < 0.05)
        size = 0;
    else if (kind < 0.6)
        size = sim_between(world, 1, 200);
    else if (kind < 0.85)
        size = sim_between(world, 200, 1400);
    else
        size = sim_magnitude(world, 1000, maximum);
    return (int)(size < maximum ? size : maximum);
}

static int draw_flags(struct sim_world *world, const struct sim_profile *profile)
{
    int flags = sim_chance(world, profile->reliable) ? k_nSteamNetworkingSend_Reliable : 0;

    if (sim_chance(world, 0.3))
        flags |= k_nSteamNetworkingSend_NoNagle;
    if (sim_chance(world, 0.1))
        flags |= k_nSteamNetworkingSend_NoDelay;
    return flags;
}

/* Not all that a world might send has to be sent. */
static bool may_send(struct sim_world *world)
{
    return world->messages++ < world->limits.messages;
}

static void send_burst(struct work *work)
{
    struct sim_workload *workload = work->workload;
    struct sim_world *world = workload->world;

    for (int64_t count = sim_between(world, 1, workload->profile->burst_maximum); count > 0; count--) {
        int size = draw_size(world, workload->profile);
        int flags, lane;
        EResult result;

        if (work->messages_left == 0 || size > work->bytes_left || world->failed)
            return;
        flags = draw_flags(world, workload->profile);
        lane = (int)sim_between(world, 0, work->lanes - 1);
        result = may_send(world) ? sim_end_send(work->end, size, flags, lane) : k_EResultOK;
        if (result == k_EResultLimitExceeded) {
            workload->sends_refused++;
            return;
        }
        if (result != k_EResultOK)
            continue;
        work->messages_left--;
        work->bytes_left -= size;
    }
}

static void configure_lanes(struct work *work)
{
    struct sim_world *world = work->workload->world;
    int count = (int)sim_between(world, work->lanes, work->workload->profile->lanes_maximum);
    int priorities[SIM_LANES_MAXIMUM];
    uint16_t weights[SIM_LANES_MAXIMUM];
    EResult result;

    for (int i = 0; i < count; i++) {
        priorities[i] = (int)sim_between(world, -2, 2);
        weights[i] = (uint16_t)sim_magnitude(world, 1, 65535);
    }
    if (work->lanes > 1 && sim_chance(world, 0.1)) {
        result = sim_end_configure_lanes(work->end, work->lanes - 1, priorities, weights);
        if (result != k_EResultInvalidParam)
            sim_fail(world, "taking away a lane gave %d", (int)result);
    }
    result = sim_end_configure_lanes(work->end, count, sim_chance(world, 0.8) ? priorities : NULL,
                                     sim_chance(world, 0.8) ? weights : NULL);
    if (result == k_EResultFail && work->workload->host->shortage)
        return;
    if (result != k_EResultOK)
        sim_fail(world, "configuring %d lanes in state %d gave %d", count, work->end->state, (int)result);
    work->lanes = count;
}

static void flush_messages(struct work *work)
{
    EResult result = sim_end_flush(work->end);
    EResult expected = work->end->state == k_ESteamNetworkingConnectionState_Connected ? k_EResultOK : k_EResultIgnored;

    if (result != expected)
        sim_fail(work->workload->world, "flushing in state %d gave %d", work->end->state, (int)result);
}

static void read_messages(struct work *work, int count)
{
    if (work->workload->world->now >= work->stalled_until || work->workload->finishing)
        sim_end_read(work->end, count);
}

static void close_end(struct work *work, bool linger)
{
    sim_end_close(work->end, (int)sim_between(work->workload->world, 1001, 1900), linger);
}

/* ---- an end's turns ------------------------------------------------------------------------------------------ */

static void plan_turn(struct work *work, microseconds after)
{
    sim_plan(work->workload->world, &work->turn, time_after(work->workload->world->now, after), take_turn);
}

static void decide(struct work *work)
{
    struct sim_workload *workload = work->workload;
    EResult result;

    switch (work->decision) {
    case DECISION_ACCEPT:
        workload->accepted++;
        result = sim_end_accept(work->end);
        if (result != k_EResultOK && result != k_EResultHandshakeFailed && !workload->host->shortage &&
            !sim_host_certificate_doubtful(workload->host))
            sim_fail(workload->world, "accepting gave %d", (int)result);
        break;
    case DECISION_REFUSE:
        workload->refused++;
        sim_tally(workload->world, SIM_KIND_REFUSED);
        close_end(work, sim_chance(workload->world, 0.5));
        break;
    default:
        workload->ignored++;
        break;
    }
}

static void work_on(struct work *work)
{
    struct sim_workload *workload = work->workload;
    struct sim_world *world = workload->world;
    const struct sim_profile *profile = workload->profile;

    if (!workload->finishing && world->now >= work->close_at) {
        workload->closed_early++;
        close_end(work, work->close_linger);
        return;
    }
    if (!workload->finishing && sim_chance(world, profile->fail)) {
        sim_end_fail(work->end);
        return;
    }
    if (!workload->finishing) {
        if (sim_chance(world, profile->stall))
            work->stalled_until = world->now + sim_between(world, 0, profile->stall_maximum);
        if (work->lanes < profile->lanes_maximum && sim_chance(world, 0.1))
            configure_lanes(work);
        send_burst(work);
        if (sim_chance(world, 0.1))
            flush_messages(work);
    }
    if (sim_chance(world, 0.1))
        sim_end_query(work->end);
    read_messages(work, workload->finishing ? INT32_MAX : READS_AT_ONCE);
    /* With nothing left to do it only looks now and then; what arrives is read when it does. */
    if (workload->finishing && work->end->inbox_count == 0)
        plan_turn(work, sim_magnitude(world, 100 * MILLISECOND, 60 * SECOND));
    else
        plan_turn(work, sim_between(world, 0, profile->gap_maximum));
}

static void take_turn(struct sim_world *world, struct sim_event *event)
{
    struct work *work = container_of(event, struct work, turn);
    struct sim_end *end = work->end;

    if (end->released)
        return;
    if (end->host->frozen) {
        plan_turn(work, 20 * MILLISECOND);
        return;
    }
    switch (end->state) {
    case k_ESteamNetworkingConnectionState_Connecting:
        if (work->decision != DECISION_NONE && world->now >= work->decide_at) {
            decide(work);
            if (!end->released)
                plan_turn(work, work->decision == DECISION_IGNORE ? SECOND : 0);
        } else if (work->decision != DECISION_NONE) {
            plan_turn(work, work->decide_at - world->now);
        } else {
            work_on(work); /* messages sent now wait for the connection */
        }
        break;
    case k_ESteamNetworkingConnectionState_Connected:
        work_on(work);
        break;
    default: /* ended: what was received can still be read, then the handle is given back */
        sim_end_query(end);
        if (sim_chance(world, 0.3) && may_send(world) && sim_end_send(end, 10, 0, 0) != k_EResultNoConnection &&
            !end->host->shortage)
            sim_fail(world, "sending into an ended connection did not say so");
        while (sim_end_read(end, INT32_MAX) > 0)
            continue;
        close_end(work, sim_chance(world, 0.5));
        break;
    }
}

/* ---- what the host reports ----------------------------------------------------------------------------------- */

static struct work *start_work(struct sim_workload *workload, struct sim_end *end)
{
    struct sim_world *world = workload->world;
    const struct sim_profile *profile = workload->profile;
    struct work *work = calloc(1, sizeof(*work));

    if (!work) {
        sim_fail(world, "out of memory for the simulation itself");
        return NULL;
    }
    work->workload = workload;
    work->end = end;
    work->messages_left = (int)sim_between(world, 0, profile->messages_maximum);
    work->bytes_left = profile->bytes_maximum;
    work->lanes = 1;
    work->close_at = TIME_NEVER;
    if (sim_chance(world, profile->close))
        work->close_at = sim_between(world, world->now, time_later(profile->work_time, world->now));
    work->close_linger = sim_chance(world, 0.6);
    if (sim_chance(world, 0.2))
        end->inbox_limit = (int)sim_magnitude(world, 1, 1000);
    end->application_data = work;
    return work;
}

static void on_incoming(struct sim_application *application, struct sim_end *end)
{
    struct sim_workload *workload = container_of(application, struct sim_workload, application);
    struct sim_world *world = workload->world;
    struct work *work = start_work(workload, end);
    double kind = random_double(&world->random.source);

    if (!work)
        return;
    work->decision = DECISION_ACCEPT;
    if (kind < workload->profile->refuse)
        work->decision = DECISION_REFUSE;
    else if (kind < workload->profile->refuse + workload->profile->ignore)
        work->decision = DECISION_IGNORE;
    work->decide_at = world->now + sim_between(world, 0, workload->profile->accept_maximum);
    plan_turn(work, work->decide_at - world->now);
}

static void on_changed(struct sim_application *application, struct sim_end *end, int old_state)
{
    struct work *work = work_of(end);

    (void)application;
    (void)old_state;
    if (!work)
        return;
    if (end->state != k_ESteamNetworkingConnectionState_Connected && end->outgoing && !work->workload->finishing &&
        sim_chance(work->workload->world, work->workload->profile->reconnect))
        sim_workload_connect_again(work->workload, &end->remote,
                                   work->workload->world->now + sim_between(work->workload->world, 0, 2 * SECOND));
    if (end->state == k_ESteamNetworkingConnectionState_Connected)
        plan_turn(work, 0);
    else
        plan_turn(work, sim_between(work->workload->world, 0, 2 * SECOND));
}

static void on_readable(struct sim_application *application, struct sim_end *end)
{
    struct work *work = work_of(end);

    (void)application;
    if (work && (work->workload->finishing || sim_chance(work->workload->world, 0.3)))
        read_messages(work, work->workload->finishing ? INT32_MAX : READS_AT_ONCE);
}

void sim_workload_init(struct sim_workload *workload, struct sim_host *host, const struct sim_profile *profile)
{
    memset(workload, 0, sizeof(*workload));
    workload->application.incoming = on_incoming;
    workload->application.changed = on_changed;
    workload->application.readable = on_readable;
    workload->world = host->world;
    workload->host = host;
    workload->profile = profile;
    host->application = &workload->application;
}

static void run_connect(struct sim_world *world, struct sim_event *event)
{
    struct sim_planned_connect *planned = container_of(event, struct sim_planned_connect, event);
    struct sim_end *end;
    struct work *work;

    if (planned->workload->host->frozen) {
        sim_plan(world, event, world->now + 20 * MILLISECOND, run_connect);
        return;
    }
    end = planned->workload->finishing ? NULL : sim_host_connect(planned->workload->host, &planned->to);
    work = end ? start_work(planned->workload, end) : NULL;
    if (work)
        plan_turn(work, sim_between(world, 0, SECOND));
}

void sim_workload_connect(struct sim_workload *workload, const SteamNetworkingIPAddr *to, microseconds at, bool allowed)
{
    struct sim_planned_connect *planned = &workload->planned[workload->planned_count];

    if (workload->planned_count == SIM_PLANNED_CONNECTS_MAXIMUM) {
        sim_fail(workload->world, "more connections are planned than SIM_PLANNED_CONNECTS_MAXIMUM");
        return;
    }
    workload->planned_count++;
    planned->workload = workload;
    planned->to = *to;
    sim_give_stream(workload->world, &planned->event);
    if (allowed)
        sim_plan(workload->world, &planned->event, at, run_connect);
}

void sim_workload_connect_again(struct sim_workload *workload, const SteamNetworkingIPAddr *to, microseconds at)
{
    for (int i = 0; i < SIM_CONNECTS_AGAIN_MAXIMUM; i++) {
        struct sim_planned_connect *planned = &workload->again[i];

        if (planned->workload)
            continue;
        planned->workload = workload;
        planned->to = *to;
        sim_plan(workload->world, &planned->event, at, run_connect);
        return;
    }
}

void sim_workload_finish(struct sim_workload *workload)
{
    struct sim_end *end;

    workload->finishing = true;
    list_for_each_entry(end, &workload->host->ends, struct sim_end, node) if (!end->released && work_of(end))
        plan_turn(work_of(end), 0);
}
