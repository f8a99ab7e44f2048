/* A completion port of one thread, as small as it gets, that has itself judged while it runs: every
 * call writes the lines that a trace has, and hands them to the oracle. With the argument `fifo` it
 * releases the waiter that has waited longest, which Windows does not.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "iocp_oracle.h"

enum { WAITERS_MAX = 8 };

static struct {
    unsigned call[WAITERS_MAX]; /* the open calls of threads that wait, the newest last */
    int count;
} waiters;

static iocp_oracle *oracle;
static unsigned calls;
static int fifo;

/* Hands a line of the trace to the oracle. */
static void say(const char *format, ...) {
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    iocp_oracle_feed(oracle, line, (size_t)length);
}

static void create(unsigned concurrency) {
    unsigned id = ++calls;
    say("{\"ev\":\"call\",\"id\":%u,\"tid\":\"main\",\"op\":\"CreateIoCompletionPort\",\"args\":"
        "{\"file\":\"0xffffffffffffffff\",\"existing_port\":0,\"key\":0,\"concurrency\":%u}}\n",
        id, concurrency);
    say("{\"ev\":\"ret\",\"id\":%u,\"res\":{\"handle\":\"0x30\"}}\n", id);
}

/* A thread asks for a packet and waits: there is none. */
static void get(const char *thread) {
    unsigned id = ++calls;
    say("{\"ev\":\"call\",\"id\":%u,\"tid\":\"%s\",\"op\":\"GetQueuedCompletionStatus\",\"args\":"
        "{\"port\":\"0x30\",\"timeout\":\"infinite\"}}\n", id, thread);
    say("{\"ev\":\"settled\"}\n");
    waiters.call[waiters.count++] = id;
}

/* A packet for one of those that wait. */
static void post(uint64_t key) {
    unsigned id = ++calls;
    say("{\"ev\":\"call\",\"id\":%u,\"tid\":\"main\",\"op\":\"PostQueuedCompletionStatus\",\"args\":"
        "{\"port\":\"0x30\",\"bytes\":0,\"key\":%" PRIu64 ",\"overlapped\":\"0x1000\"}}\n", id, key);
    say("{\"ev\":\"ret\",\"id\":%u,\"res\":{\"ok\":true}}\n", id);
    int at = fifo ? 0 : waiters.count - 1;
    say("{\"ev\":\"ret\",\"id\":%u,\"res\":{\"ok\":true,\"key\":%" PRIu64
        ",\"overlapped\":\"0x1000\"}}\n", waiters.call[at], key);
    say("{\"ev\":\"settled\"}\n");
    waiters.count--;
    memmove(&waiters.call[at], &waiters.call[at + 1],
            (size_t)(waiters.count - at) * sizeof waiters.call[0]);
}

int main(int count, char **arguments) {
    fifo = count > 1 && strcmp(arguments[1], "fifo") == 0;
    /* Under a memory checker every step counts: a few thousand are enough for this trace. */
    const iocp_oracle_limits limits = {.steps = 3000};
    oracle = iocp_oracle_new("win11", &limits);
    if (iocp_oracle_version() != IOCP_ORACLE_VERSION || !oracle) {
        return 70;
    }
    say("{\"ev\":\"meta\",\"format\":\"iocp-trace\",\"version\":1,\"level\":\"win32\","
        "\"order\":\"total\",\"processors\":2}\n");
    create(3);
    get("A");
    get("B");
    get("C");
    post(7);
    if (iocp_oracle_verdict(oracle) == IOCP_ORACLE_CONFORMS) {
        return 70; /* the end has not come: nothing conforms yet */
    }
    post(8);
    say("{\"ev\":\"end\",\"dropped\":0}\n");
    int verdict = iocp_oracle_verdict(oracle);
    if (verdict == IOCP_ORACLE_CONFORMS) {
        puts("conforms");
    } else {
        char report[16384];
        printf("diverges at line %" PRIu64 "\n", iocp_oracle_line(oracle));
        if (iocp_oracle_report(oracle, report, sizeof report) < sizeof report) {
            puts(report);
        }
    }
    iocp_oracle_free(oracle);
    return verdict;
}
