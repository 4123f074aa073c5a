/*
 * What a mistyped word was probably meant to be.
 */
#ifndef TOOLS_NEAREST_H
#define TOOLS_NEAREST_H

/* The number of single-letter insertions, deletions, replacements and swaps of neighbours between two words. Words
 * longer than 63 letters are compared by their first 63. */
unsigned nearest_distance(const char *a, const char *b);

/* A running search: start with {.word = ...}, offer candidates, read best (null if nothing is near enough). */
struct nearest {
    const char *word;
    const char *best;
    unsigned distance;
};
void nearest_offer(struct nearest *search, const char *candidate);

#endif
