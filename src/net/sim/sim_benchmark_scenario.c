#include "net/sim/sim_benchmark_scenario.h"

/* clang-format off */
#define MBIT(R)          ((int64_t)(R)*1000000 / 8)
#define MS(T)            ((microseconds)((T)*1000))
#define BDP(R, RTT, X)   (int64_t)((double)(R) * 1e6 / 8 * (RTT) / 1000 * (X))
#define PATH(R, RTT, X, ...) {.rate = MBIT(R), .buffer = BDP(R, RTT, X), .delay = MS(RTT) / 2, __VA_ARGS__}
#define GOOD_BARS(SETTLED) \
    {BAR_SHARE, 0.9, MS(SETTLED), 0}, {BAR_MEDIAN, 10, 0, 0}, {BAR_P95, 25, 0, 0}, {BAR_DROPS, 0.05, 0, 0}
/* Where round trips vary by 30 ms, a queue of less than that cannot be told from chance. */
#define NOISY_BARS(SETTLED) {BAR_SHARE, 0.9, MS(SETTLED), 0}, {BAR_MEDIAN, 30, 0, 0}, {BAR_DROPS, 0.05, 0, 0}
#define BULK_AT(NAME, R, RTT, X, LOSS, TIME)                                                                           \
    {.name = NAME,                                                                                                     \
     .about = "one bulk transfer, " #R " Mbit/s, " #RTT " ms, buffer " #X " BDP, loss " #LOSS,                         \
     .path = PATH(R, RTT, X, .loss = LOSS), .flows = 1, .pattern = SIM_BULK, .duration = MS(TIME),                     \
     .bars = {GOOD_BARS((TIME) / 5 > 15 * (RTT) ? (TIME) / 5 : 15 * (RTT))}}
#define BESIDE(NAME, KIND, X)                                                                                          \
    {.name = NAME,                                                                                                     \
     .about = "beside a " #KIND " flow, 100 Mbit/s, 50 ms, buffer " #X " BDP",                                         \
     .path = PATH(100, 50, X, .loss = 0), .flows = 1, .pattern = SIM_BULK, .duration = MS(30000),                      \
     .competitor = true, .competitor_kind = SIM_##KIND, .competitor_from = MS(2000),                                   \
     .bars = {{BAR_FAIR, 0.5, MS(5000), 0}, {BAR_COMPETITOR, 0.25, MS(5000), 0}, {BAR_DROPS, 0.05, 0, 0}}}
/* clang-format on */

const struct sim_benchmark_scenario sim_benchmark_scenarios[] = {
    BULK_AT("bulk-buffer0.5-loss0", 100, 50, 0.5, 0, 10000),
    BULK_AT("bulk-buffer0.5-loss1", 100, 50, 0.5, 0.01, 10000),
    BULK_AT("bulk-buffer0.5-loss3", 100, 50, 0.5, 0.03, 10000),
    BULK_AT("bulk-buffer1-loss0", 100, 50, 1, 0, 10000),
    BULK_AT("bulk-buffer1-loss1", 100, 50, 1, 0.01, 10000),
    BULK_AT("bulk-buffer1-loss3", 100, 50, 1, 0.03, 10000),
    BULK_AT("bulk-buffer4-loss0", 100, 50, 4, 0, 10000),
    BULK_AT("bulk-buffer4-loss1", 100, 50, 4, 0.01, 10000),
    BULK_AT("bulk-buffer4-loss3", 100, 50, 4, 0.03, 10000),
    BULK_AT("bulk-10m-5ms", 10, 5, 1, 0, 10000),
    BULK_AT("bulk-10m-50ms", 10, 50, 1, 0, 10000),
    BULK_AT("bulk-10m-200ms", 10, 200, 1, 0, 20000),
    BULK_AT("bulk-1g-5ms", 1000, 5, 1, 0, 3000),
    BULK_AT("bulk-1g-50ms", 1000, 50, 1, 0, 5000),
    BULK_AT("bulk-1g-200ms", 1000, 200, 1, 0, 10000),
    {
        .name = "rate-drop",
        .about = "100 Mbit/s, 50 ms, buffer 1 BDP; a tenth from second 5 to 12",
        .path = PATH(100, 50, 1, .loss = 0),
        .flows = 1,
        .pattern = SIM_BULK,
        .duration = MS(20000),
        .steps = {{STEP_RATE, MS(5000), MBIT(10)}, {STEP_RATE, MS(12000), MBIT(100)}},
        .bars = {{BAR_SHARE, 0.9, MS(7000), MS(12000)},
                 {BAR_SHARE, 0.9, MS(15000), 0},
                 {BAR_MEDIAN, 10, MS(7000), 0},
                 {BAR_P95, 25, MS(7000), 0},
                 {BAR_DROPS, 0.05, 0, 0}},
    },
    {
        .name = "path-longer",
        .about = "100 Mbit/s, buffer 50 ms; the round trip goes from 50 to 90 ms in second 5",
        .path = PATH(100, 50, 1, .loss = 0),
        .flows = 1,
        .pattern = SIM_BULK,
        .duration = MS(20000),
        .steps = {{STEP_DELAY, MS(5000), MS(65)}},
        .bars = {{BAR_SHARE, 0.9, MS(2000), MS(5000)},
                 {BAR_SHARE, 0.9, MS(10000), 0},
                 {BAR_MEDIAN, 10, MS(12000), 0},
                 {BAR_P95, 25, MS(12000), 0},
                 {BAR_DROPS, 0.05, 0, 0}},
    },
    {
        .name = "jitter-packets",
        .about = "100 Mbit/s, 50 ms, each packet up to 30 ms late, the order kept",
        .path = PATH(100, 50, 1, .jitter = MS(30), .jitter_kind = SIM_JITTER_PACKETS),
        .flows = 1,
        .pattern = SIM_BULK,
        .duration = MS(10000),
        .bars = {NOISY_BARS(2000)},
    },
    {
        .name = "jitter-wanders",
        .about = "100 Mbit/s, 50 ms, the path up to 30 ms longer for 2 to 20 ms at a time",
        .path = PATH(100, 50, 1, .jitter = MS(30), .jitter_kind = SIM_JITTER_WANDERS),
        .flows = 1,
        .pattern = SIM_BULK,
        .duration = MS(10000),
        .bars = {NOISY_BARS(2000)},
    },
    {
        .name = "reordering",
        .about = "100 Mbit/s, 50 ms, 5 % of the packets up to 10 ms late, so that others overtake them",
        .path = PATH(100, 50, 1, .reorder = 0.05, .reorder_delay = MS(10)),
        .flows = 1,
        .pattern = SIM_BULK,
        .duration = MS(10000),
        .bars = {GOOD_BARS(2000)},
    },
    {
        .name = "ten-flows",
        .about = "ten bulk transfers on 100 Mbit/s, 50 ms, begun 0.2 s apart",
        .path = PATH(100, 50, 1, .loss = 0),
        .flows = 10,
        .pattern = SIM_BULK,
        .stagger = MS(200),
        .duration = MS(15000),
        .bars = {{BAR_JAIN, 0.9, MS(10000), 0},
                 {BAR_SHARE, 0.9, MS(3000), 0},
                 {BAR_MEDIAN, 15, MS(3000), 0},
                 {BAR_DROPS, 0.05, 0, 0}},
    },
    {
        .name = "ten-flows-at-once",
        .about = "ten bulk transfers on 100 Mbit/s, 50 ms, begun within 50 ms",
        .path = PATH(100, 50, 1, .loss = 0),
        .flows = 10,
        .pattern = SIM_BULK,
        .duration = MS(12000),
        .bars = {{BAR_JAIN, 0.9, MS(8000), MS(10000)},
                 {BAR_SHARE, 0.9, MS(3000), 0},
                 {BAR_MEDIAN, 15, MS(3000), 0},
                 {BAR_DROPS, 0.05, 0, 0}},
    },
    BESIDE("beside-cubic-buffer0.5", CUBIC, 0.5),
    BESIDE("beside-cubic-buffer1", CUBIC, 1),
    BESIDE("beside-cubic-buffer4", CUBIC, 4),
    BESIDE("beside-reno-buffer0.5", RENO, 0.5),
    BESIDE("beside-reno-buffer1", RENO, 1),
    BESIDE("beside-reno-buffer4", RENO, 4),
    {
        .name = "joins-cubic",
        .about = "begins 8 s after a CUBIC flow, 100 Mbit/s, 50 ms, buffer 1 BDP",
        .path = PATH(100, 50, 1, .loss = 0),
        .flows = 1,
        .pattern = SIM_BULK,
        .stagger = MS(8000),
        .competitor = true,
        .duration = MS(40000),
        .bars = {{BAR_FAIR, 0.5, MS(11000), 0}, {BAR_COMPETITOR, 0.25, MS(11000), 0}, {BAR_DROPS, 0.05, 0, 0}},
    },
    {
        .name = "game-beside-bulk",
        .about = "a 60 Hz game flow beside a bulk transfer, 20 Mbit/s, 40 ms, buffer 4 BDP",
        .path = PATH(20, 40, 4, .loss = 0),
        .flows = 1,
        .pattern = SIM_BULK,
        .game = true,
        .stagger = MS(1000),
        .duration = MS(20000),
        .bars = {{BAR_GAME, 15, 0, 0}, {BAR_SHARE, 0.9, MS(3000), 0}},
    },
    {
        .name = "game-beside-bulk-100m",
        .about = "the same on 100 Mbit/s, 50 ms, buffer 1 BDP",
        .path = PATH(100, 50, 1, .loss = 0),
        .flows = 1,
        .pattern = SIM_BULK,
        .game = true,
        .stagger = MS(1000),
        .duration = MS(20000),
        .bars = {{BAR_GAME, 15, 0, 0}, {BAR_SHARE, 0.9, MS(3000), 0}},
    },
    {
        .name = "limited-then-busy",
        .about = "bulk, then 1 Mbit/s for 15 s while the path falls from 100 to 20 Mbit/s, then bulk again",
        .path = PATH(100, 50, 1, .loss = 0),
        .flows = 1,
        .pattern = SIM_BULK,
        .duration = MS(25000),
        .steps = {{STEP_TRICKLE, MS(4000), MBIT(1)}, {STEP_RATE, MS(10000), MBIT(20)}, {STEP_BULK, MS(19000), 0}},
        .bars = {{BAR_SHARE, 0.9, MS(20500), 0},
                 {BAR_MEDIAN, 10, MS(19000), 0},
                 {BAR_P95, 25, MS(19000), 0},
                 {BAR_DROPS, 0.05, 0, 0}},
    },
};

const int sim_benchmark_scenario_count = sizeof(sim_benchmark_scenarios) / sizeof(sim_benchmark_scenarios[0]);
