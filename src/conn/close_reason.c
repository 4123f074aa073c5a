#include "conn/close_reason.h"

#include <stdio.h>

int close_reason_normalise(int reason, const char *given, char text[CLOSE_REASON_TEXT_SIZE])
{
    if (reason == 0)
        reason = END_APPLICATION_DEFAULT;
    if (reason < END_APPLICATION_DEFAULT || reason > END_APPLICATION_LAST) {
        snprintf(text, CLOSE_REASON_TEXT_SIZE, "The application closed the connection with the invalid reason %d",
                 reason);
        return END_APPLICATION_INVALID;
    }
    if (!given || !given[0])
        given = reason > END_APPLICATION_INVALID ? "The application closed the connection because of a problem"
                                                 : "The application closed the connection";
    snprintf(text, CLOSE_REASON_TEXT_SIZE, "%s", given);
    return reason;
}
