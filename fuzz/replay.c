/*
 * Runs a fuzz target without libFuzzer:
 *
 *   replay_<noun> [-n VARIATIONS] DIRECTORY...
 *
 * on every file of the directories given, on each file cut short, and on copies
 * of it with bytes changed, always the same ones. Prints how many inputs that were; a target that finds something wrong
 * aborts.
 */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
    FILE_LIMIT = 1 << 20,
    VARIATIONS = 512, /* of one file: half of them cut, at every so manieth byte if it is long, half of them changed */
};

static unsigned long inputs;
static size_t variations = VARIATIONS;

/* The input is copied to memory of exactly its size, so that a sanitizer notices the first byte read too far. */
static void try_input(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        abort();
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    inputs++;
}

static uint32_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static void try_variations(uint8_t *data, size_t size)
{
    uint64_t random = size;
    size_t step = size / (variations / 2) + 1;
    try_input(data, size);
    for (size_t length = 0; length < size; length += step)
        try_input(data, length);
    for (size_t i = 0; size > 0 && i < variations / 2; i++) {
        size_t places[2] = {next_random(&random) % size, next_random(&random) % size};
        uint8_t before[2] = {data[places[0]], data[places[1]]};
        data[places[0]] = (uint8_t)next_random(&random);
        if (i % 2)
            data[places[1]] ^= (uint8_t)(1u << (next_random(&random) % 8));
        try_input(data, size);
        /* In this order also when both places are the same. */
        data[places[1]] = before[1];
        data[places[0]] = before[0];
    }
}

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(FILE_LIMIT);
    if (!file || !data) {
        fprintf(stderr, "cannot read %s: %s\n", path, strerror(errno));
        if (file)
            fclose(file);
        free(data);
        return 1;
    }
    size_t size = fread(data, 1, FILE_LIMIT, file);
    fclose(file);
    try_variations(data, size);
    free(data);
    return 0;
}

static int replay_directory(const char *path)
{
    struct dirent **entries;
    int failed = 0, count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        fprintf(stderr, "cannot read %s: %s\n", path, strerror(errno));
        return 1;
    }
    for (int i = 0; i < count; i++) {
        char name[4096];
        if (entries[i]->d_name[0] != '.' &&
            snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name) < (int)sizeof name)
            failed |= replay_file(name);
        free(entries[i]);
    }
    free(entries);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0, first = 1;
    if (argc > 2 && strcmp(argv[1], "-n") == 0) {
        variations = strtoul(argv[2], NULL, 10);
        first = 3;
    }
    if (variations < 2)
        variations = 2;
    for (int i = first; i < argc; i++) {
        struct stat about;
        if (stat(argv[i], &about) == 0 && S_ISDIR(about.st_mode))
            failed |= replay_directory(argv[i]);
        else
            failed |= replay_file(argv[i]);
    }
    printf("%lu inputs\n", inputs);
    if (inputs == 0) {
        fputs("no input was found\n", stderr);
        failed = 1;
    }
    return failed;
}
