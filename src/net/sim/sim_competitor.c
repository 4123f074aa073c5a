#include "net/sim/sim_competitor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PACKET_SIZE = 1300,
    ACK_SIZE = 40,
    WINDOW_INITIAL = 10,
    WINDOW_LEAST = 2,
};

#define TIMEOUT SECOND

/* RFC 9438, 4.6 and 5. */
static const double CUBIC_C = 0.4, CUBIC_BETA = 0.7, RENO_BETA = 0.5;

static void run_timeout(struct sim_world *world, struct sim_event *event);

void sim_competitor_init(struct sim_competitor *competitor, struct sim_world *world, enum sim_competitor_kind kind,
                         struct sim_bottleneck *forward, struct sim_bottleneck *backward)
{
    memset(competitor, 0, sizeof(*competitor));
    competitor->world = world;
    competitor->kind = kind;
    competitor->forward = forward;
    competitor->backward = backward;
    competitor->window = WINDOW_INITIAL;
    competitor->threshold = INFINITY;
}

void sim_competitor_destroy(struct sim_competitor *competitor)
{
    sim_cancel(competitor->world, &competitor->timeout);
}

/* ---- the window ------------------------------------------------------------------------------------------------ */

static void reduce(struct sim_competitor *competitor)
{
    double beta = competitor->kind == SIM_CUBIC ? CUBIC_BETA : RENO_BETA;

    /* Fast convergence: who had to stop below where it stopped before leaves room. */
    competitor->last_maximum =
        competitor->window < competitor->last_maximum ? competitor->window * (1 + CUBIC_BETA) / 2 : competitor->window;
    competitor->window = fmax(competitor->window * beta, WINDOW_LEAST);
    competitor->threshold = competitor->estimate = competitor->window;
    competitor->epoch = competitor->world->now;
    competitor->recovery = competitor->next;
}

static void grow_cubic(struct sim_competitor *competitor)
{
    double since = (double)(competitor->world->now - competitor->epoch) / 1e6;
    double plateau = cbrt(competitor->last_maximum * (1 - CUBIC_BETA) / CUBIC_C);
    double ahead = since + competitor->round_trip / 1e6 - plateau;
    double target = CUBIC_C * ahead * ahead * ahead + competitor->last_maximum;

    competitor->estimate += 3 * (1 - CUBIC_BETA) / (1 + CUBIC_BETA) / competitor->window;
    target = fmin(target, 1.5 * competitor->window);
    if (target > competitor->window)
        competitor->window += (target - competitor->window) / competitor->window;
    competitor->window = fmax(competitor->window, competitor->estimate);
}

static void grow(struct sim_competitor *competitor)
{
    if (competitor->window < competitor->threshold)
        competitor->window += 1;
    else if (competitor->kind == SIM_CUBIC)
        grow_cubic(competitor);
    else
        competitor->window += 1 / competitor->window;
}

/* ---- packets --------------------------------------------------------------------------------------------------- */

struct stamp {
    microseconds sent;
};

static void arrive_at_sender(struct sim_parcel *parcel);

static void arrive_at_receiver(struct sim_parcel *parcel)
{
    struct sim_competitor *competitor = parcel->receiver;
    struct sim_parcel *answer = sim_parcel_new(competitor->world, ACK_SIZE, sizeof(struct stamp));

    competitor->delivered_bytes += (int64_t)parcel->length;
    if (answer) {
        memcpy(answer->bytes, parcel->bytes, sizeof(struct stamp));
        answer->number = parcel->number;
        answer->arrive = arrive_at_sender;
        answer->receiver = competitor;
        answer->account = &competitor->acknowledgements;
        sim_bottleneck_send(competitor->backward, answer);
    }
    free(parcel);
}

static void send_what_may(struct sim_competitor *competitor)
{
    while ((double)(competitor->next - competitor->expected) < competitor->window && !competitor->world->failed) {
        struct sim_parcel *parcel = sim_parcel_new(competitor->world, PACKET_SIZE, sizeof(struct stamp));
        struct stamp stamp = {competitor->world->now};

        if (!parcel)
            return;
        memcpy(parcel->bytes, &stamp, sizeof(stamp));
        parcel->number = competitor->next++;
        parcel->arrive = arrive_at_receiver;
        parcel->receiver = competitor;
        parcel->account = &competitor->account;
        sim_bottleneck_send(competitor->forward, parcel);
    }
    sim_plan(competitor->world, &competitor->timeout, competitor->world->now + TIMEOUT, run_timeout);
}

static void arrive_at_sender(struct sim_parcel *parcel)
{
    struct sim_competitor *competitor = parcel->receiver;
    struct stamp stamp;
    double sample;

    memcpy(&stamp, parcel->bytes, sizeof(stamp));
    sample = (double)(competitor->world->now - stamp.sent);
    competitor->round_trip += competitor->round_trip > 0 ? (sample - competitor->round_trip) / 8 : sample;
    /* The path keeps the order, so what is passed over is lost. */
    if (parcel->number > competitor->expected && competitor->expected >= competitor->recovery)
        reduce(competitor);
    else if (parcel->number >= competitor->recovery)
        grow(competitor);
    if (parcel->number >= competitor->expected)
        competitor->expected = parcel->number + 1;
    free(parcel);
    send_what_may(competitor);
}

static void run_timeout(struct sim_world *world, struct sim_event *event)
{
    struct sim_competitor *competitor = container_of(event, struct sim_competitor, timeout);

    (void)world;
    competitor->expected = competitor->next;
    reduce(competitor);
    competitor->window = WINDOW_LEAST;
    send_what_may(competitor);
}

void sim_competitor_start(struct sim_competitor *competitor)
{
    send_what_may(competitor);
}
