/*
 * What the command line reads from strangers: the header of a transfer, and text that is going to be shown.
 */
#include "fuzz/fuzz.h"

#include "tools/terminal.h"
#include "tools/transfer_header.h"

#include <limits.h>
#include <string.h>

static void check_header(const uint8_t *data, size_t size)
{
    struct transfer_header header, again;
    char message[TRANSFER_HEADER_SIZE];
    if (size > INT_MAX || !transfer_header_read(&header, (const char *)data, (int)size))
        return;
    FUZZ_CHECK(header.size >= -1 && memchr(header.name, 0, sizeof header.name));
    FUZZ_CHECK(header.name[0] != '.' && !strchr(header.name, '/'));
    int length = transfer_header_write(&header, message);
    FUZZ_CHECK(length > 0 && length < (int)sizeof message);
    FUZZ_CHECK(transfer_header_read(&again, message, length));
    FUZZ_CHECK(again.size == header.size && strcmp(again.name, header.name) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char shown[64], twice[64];
    check_header(data, size);
    size_t length = terminal_harmless((const char *)data, size, shown, sizeof shown);
    FUZZ_CHECK(length < sizeof shown && strlen(shown) == length && length <= size);
    for (size_t i = 0; i < length; i++)
        FUZZ_CHECK((unsigned char)shown[i] >= 0x20 && shown[i] != 0x7f);
    FUZZ_CHECK(terminal_harmless(shown, length, twice, sizeof twice) == length && strcmp(shown, twice) == 0);
    return 0;
}
