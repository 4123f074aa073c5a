#include "tools/nearest.h"

#include <string.h>

enum { LONGEST_WORD = 63 };

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned nearest_distance(const char *a, const char *b)
{
    size_t a_length = strnlen(a, LONGEST_WORD), b_length = strnlen(b, LONGEST_WORD);
    /* cost[i][j] turns the first i letters of a into the first j of b. */
    unsigned cost[LONGEST_WORD + 1][LONGEST_WORD + 1];
    for (size_t j = 0; j <= b_length; j++)
        cost[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; i++) {
        cost[i][0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned least = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            least = smaller(least, cost[i - 1][j] + 1);
            least = smaller(least, cost[i][j - 1] + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                least = smaller(least, cost[i - 2][j - 2] + 1);
            cost[i][j] = least;
        }
    }
    return cost[a_length][b_length];
}

void nearest_offer(struct nearest *search, const char *candidate)
{
    unsigned distance = nearest_distance(search->word, candidate);
    size_t length = strlen(search->word);
    /* An unfinished word is the beginning of what was meant. */
    if (length >= 2 && strncmp(candidate, search->word, length) == 0)
        distance = 1;
    /* Half the letters wrong is no likeness. */
    if (distance > 3 || distance * 2 > strlen(candidate))
        return;
    if (!search->best || distance < search->distance) {
        search->best = candidate;
        search->distance = distance;
    }
}
