/* Everything that a caller can get wrong without breaking a promise. Built with -DLEAK it forgets
 * to free an oracle, for the memory checker to find.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iocp_oracle.h"

#define SHOULD(what)                                                        \
    do {                                                                    \
        if (!(what)) {                                                      \
            printf("line %d: not so: %s\n", __LINE__, #what);               \
            return 1;                                                       \
        }                                                                   \
    } while (0)

static const char META[] = "{\"ev\":\"meta\",\"format\":\"iocp-trace\",\"version\":1}\n";
static const char END[] = "{\"ev\":\"end\"}\n";

int main(void) {
    char small[8];
    SHOULD(iocp_oracle_new("windows-95", NULL) == NULL);
    SHOULD(iocp_oracle_new("win11 wake-order=lilo", NULL) == NULL);
    SHOULD(iocp_oracle_new("\xff\xfe", NULL) == NULL);
    SHOULD(iocp_oracle_feed(NULL, META, strlen(META)) == IOCP_ORACLE_BAD_INPUT);
    SHOULD(iocp_oracle_verdict(NULL) == IOCP_ORACLE_BAD_INPUT);
    SHOULD(iocp_oracle_line(NULL) == 0);
    SHOULD(iocp_oracle_report(NULL, small, sizeof small) > sizeof small);
    SHOULD(iocp_oracle_report_json(NULL, NULL, 0) > 0);
    iocp_oracle_free(NULL);

    /* One byte at a time, and from a buffer without a zero at its end. */
    iocp_oracle_limits limits = {.steps = 1000, .processors = 4};
    iocp_oracle *oracle = iocp_oracle_new("win7 wake-order=fifo", &limits);
    SHOULD(oracle != NULL);
    SHOULD(iocp_oracle_verdict(oracle) == IOCP_ORACLE_NOTHING_CHECKED);
    SHOULD(iocp_oracle_feed(oracle, NULL, 0) == 0);
    SHOULD(iocp_oracle_feed(oracle, NULL, 5) == IOCP_ORACLE_BAD_INPUT);
    for (size_t at = 0; META[at]; at++) {
        char *byte = malloc(1);
        SHOULD(byte != NULL);
        *byte = META[at];
        SHOULD(iocp_oracle_feed(oracle, byte, 1) == 0);
        free(byte);
    }
    SHOULD(iocp_oracle_feed(oracle, END, strlen(END)) == 0);
    SHOULD(iocp_oracle_verdict(oracle) == IOCP_ORACLE_NOTHING_CHECKED);

    /* A report that does not fit is cut, and its length is told. */
    memset(small, 'x', sizeof small);
    size_t length = iocp_oracle_report(oracle, small, sizeof small);
    SHOULD(length > sizeof small && small[sizeof small - 1] == 0);
    char *whole = malloc(length + 1);
    SHOULD(whole != NULL);
    SHOULD(iocp_oracle_report(oracle, whole, length + 1) == length);
    SHOULD(strlen(whole) == length && memcmp(whole, small, sizeof small - 1) == 0);
    free(whole);
    SHOULD(iocp_oracle_report(oracle, small, 1) == length && small[0] == 0);

    /* After the end there is nothing more, and what is wrong stays wrong. */
    SHOULD(iocp_oracle_feed(oracle, END, strlen(END)) == IOCP_ORACLE_BAD_INPUT);
    SHOULD(iocp_oracle_feed(oracle, META, strlen(META)) == IOCP_ORACLE_BAD_INPUT);
    SHOULD(iocp_oracle_verdict(oracle) == IOCP_ORACLE_BAD_INPUT);
    SHOULD(iocp_oracle_line(oracle) == 0);
    char why[256];
    SHOULD(iocp_oracle_report(oracle, why, sizeof why) < sizeof why);
    SHOULD(strstr(why, "after `end`") != NULL);
    SHOULD(iocp_oracle_report_json(oracle, why, sizeof why) < sizeof why);
    SHOULD(strstr(why, "bad_input") != NULL);
#ifndef LEAK
    iocp_oracle_free(oracle);
#endif
    puts("every answer was right");
    return 0;
}
