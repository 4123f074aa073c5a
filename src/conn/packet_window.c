#include "conn/packet_window.h"

#include "wire/counter.h"

#include <string.h>

void packet_window_init(struct packet_window *window, int64_t received)
{
    memset(window, 0, sizeof *window);
    window->highest = received;
    window->seen[0] = 1u << received | 1; /* there is no packet 0 */
}

static uint64_t *word_of(struct packet_window *window, int64_t number)
{
    return &window->seen[(uint64_t)number % PACKET_WINDOW_SIZE / 64];
}

static uint64_t bit_of(int64_t number)
{
    return (uint64_t)1 << ((uint64_t)number % 64);
}

int64_t packet_window_expand(const struct packet_window *window, uint16_t wire_number)
{
    int64_t number = counter_expand16(window->highest, wire_number);

    if (number <= 0 || number <= window->highest - PACKET_WINDOW_SIZE)
        return 0;
    if (number <= window->highest && (*word_of((struct packet_window *)window, number) & bit_of(number)))
        return 0;
    return number;
}

int64_t packet_window_accept(struct packet_window *window, int64_t number)
{
    int64_t jump = number - window->highest;

    if (jump >= PACKET_WINDOW_SIZE) {
        memset(window->seen, 0, sizeof window->seen);
        window->highest = number;
    } else {
        while (window->highest < number) {
            window->highest++;
            *word_of(window, window->highest) &= ~bit_of(window->highest);
        }
    }
    *word_of(window, number) |= bit_of(number);
    return jump;
}
