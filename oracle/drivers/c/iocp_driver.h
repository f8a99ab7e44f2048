/* The driver kit: everything between a completion port written in C and `iocp fuzz` or
 * `iocp conform`. One header, C11 and pthreads, no other dependency.
 *
 * Fill in a `struct iocp_port` and call `iocp_drive` from main; that is all:
 *
 *     static const struct iocp_port mine = { .system = "my port", .create = ..., ... };
 *     int main(void) { return iocp_drive(&mine); }
 *
 * The kit owns the protocol (JSON lines on the standard streams), the named threads, and events to
 * block on. A thread of the kit sleeps between two calls; that is right here, because a port in user
 * space counts a thread until it is told that the thread blocks. (A kernel's port must be driven by
 * threads that spin.)
 */
#ifndef IOCP_DRIVER_H
#define IOCP_DRIVER_H

/* With -std=c11 the C library hides what POSIX adds. Includes before this one have decided that
 * already; none of what this header itself needs is then missing. */
#if defined(__STRICT_ANSI__) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A packet, as it was posted. `overlapped` is never dereferenced. */
struct iocp_packet {
    uint64_t key, overlapped, information;
    uint32_t status; /* an NTSTATUS; 0 is success */
};

/* How a call ends. */
enum iocp_result { IOCP_OK, IOCP_TIMED_OUT, IOCP_ABANDONED, IOCP_CLOSED };

/* A port of your own. The functions marked * may be NULL: what needs them is not tested then. */
struct iocp_port {
    const char *system; /* its name: no quotes, no backslashes */
    void *(*create)(uint32_t concurrency);
    enum iocp_result (*post)(void *port, const struct iocp_packet *packet);
    /* Takes 1 to `max` packets, oldest first, and says how many. `timeout_ms` < 0 waits for ever,
     * 0 does not wait. */
    enum iocp_result (*remove)(void *port, struct iocp_packet *out, uint32_t max,
                               int64_t timeout_ms, uint32_t *count);
    void (*close)(void *port);           /* lets waiters go: IOCP_ABANDONED */
    uint32_t (*waiting)(void *port);     /* threads that are parked and have been given nothing */
    uint32_t (*depth)(void *port);       /* * packets that nobody has claimed */
    void (*thread_blocks)(void *port);   /* * the calling thread, which asked here last, blocks */
    void (*thread_resumes)(void *port);  /* * and goes on */
    void (*thread_leaves)(void *port);   /* * and exits, or asks another port */
};

enum { IOCP_NAMES_MAX = 64, IOCP_NAME_BYTES = 32, IOCP_LINE_BYTES = 1 << 16, IOCP_BATCH_MAX = 64 };

struct iocp_event_ {
    bool signaled;
    unsigned asleep;
};

/* What a name stands for: a port or an event. A name that was closed stands for nothing. */
struct iocp_handle_ {
    char name[IOCP_NAME_BYTES];
    void *port;
    struct iocp_event_ *event;
};

struct iocp_thread_ {
    char name[IOCP_NAME_BYTES];
    pthread_t thread;
    bool busy;
    char line[IOCP_LINE_BYTES]; /* the order, while busy */
    void *asked;                /* the port that it asked last */
};

static struct {
    const struct iocp_port *port;
    pthread_mutex_t lock; /* handles, threads, events, output */
    pthread_cond_t changed;
    struct iocp_handle_ handles[IOCP_NAMES_MAX];
    struct iocp_thread_ *threads[IOCP_NAMES_MAX];
    unsigned handle_count, thread_count;
    uint64_t open[IOCP_NAMES_MAX]; /* calls that have not been answered */
    unsigned open_count;
    uint64_t answers; /* how many have been given: a look at who waits holds only between two */
} iocp_;

/* The text after `"key":`. What the harness writes has no quotes inside strings, and no key of a
 * command is also a value. */
static const char *iocp_find_(const char *json, const char *key)
{
    char quoted[IOCP_NAME_BYTES + 4];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(json, quoted);
    return at ? at + strlen(quoted) : NULL;
}

static void iocp_text_(const char *json, const char *key, char *out, size_t size)
{
    const char *at = iocp_find_(json, key);
    size_t n = 0;
    if (at && *at == '[') at++;
    if (at && *at == '"')
        for (at++; *at && *at != '"' && n + 1 < size; at++) out[n++] = *at;
    out[n] = '\0';
}

/* The slot "o3" of an OVERLAPPED, as an address that no program posts. */
static const uint64_t iocp_slots_ = UINT64_C(1) << 63;

/* A number: digits, "0x...", NULL, or a slot. */
static uint64_t iocp_number_(const char *json, const char *key)
{
    const char *at = iocp_find_(json, key);
    if (!at) return 0;
    if (*at != '"') return strtoull(at, NULL, 10);
    if (at[1] == 'o') return iocp_slots_ | strtoull(at + 2, NULL, 10);
    return strncmp(at, "\"0x", 3) ? 0 : strtoull(at + 3, NULL, 16);
}

static void iocp_slot_(uint64_t overlapped, char *out, size_t size)
{
    if (overlapped == 0) snprintf(out, size, "NULL");
    else if (overlapped & iocp_slots_)
        snprintf(out, size, "o%llu", (unsigned long long)(overlapped & ~iocp_slots_));
    else snprintf(out, size, "0x%llx", (unsigned long long)overlapped);
}

/* The Win32 error of an NTSTATUS: those that programs post, and for any other 317, "there is no
 * message for it", as Windows has it. */
static unsigned iocp_error_(uint32_t status)
{
    static const struct { uint32_t status; unsigned error; } known[] = {
        {0xc0000001u, 31}, {0xc0000011u, 38}, {0xc0000120u, 995}, {0x80000005u, 234}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].status == status) return known[i].error;
    return 317;
}

static struct iocp_handle_ *iocp_handle_of_(const char *json, const char *key)
{
    char name[IOCP_NAME_BYTES];
    iocp_text_(json, key, name, sizeof name);
    for (unsigned i = 0; i < iocp_.handle_count; i++)
        if (!strcmp(iocp_.handles[i].name, name)) return &iocp_.handles[i];
    return NULL;
}

/* Ends a call: with a result, or with another kind of answer. The lock is held. */
static void iocp_answer_(uint64_t id, const char *answer)
{
    for (unsigned i = 0; i < iocp_.open_count; i++)
        if (iocp_.open[i] == id) iocp_.open[i] = iocp_.open[--iocp_.open_count];
    iocp_.answers++;
    puts(answer);
    fflush(stdout);
}

static void iocp_ret_(uint64_t id, const char *res)
{
    char line[IOCP_BATCH_MAX * 160 + 256];
    snprintf(line, sizeof line, "{\"ans\":\"ret\",\"id\":%llu,\"res\":{%s}}",
             (unsigned long long)id, res);
    pthread_mutex_lock(&iocp_.lock);
    iocp_answer_(id, line);
    pthread_mutex_unlock(&iocp_.lock);
}

static void iocp_refuse_(uint64_t id, const char *how, const char *why)
{
    char line[256];
    snprintf(line, sizeof line, "{\"ans\":\"%s\",\"id\":%llu,\"why\":\"%s\"}", how,
             (unsigned long long)id, why);
    pthread_mutex_lock(&iocp_.lock);
    iocp_answer_(id, line);
    pthread_mutex_unlock(&iocp_.lock);
}

static void iocp_do_remove_(struct iocp_thread_ *me, const char *line, uint64_t id, void *port)
{
    char op[64], res[IOCP_BATCH_MAX * 160], overlapped[32];
    struct iocp_packet packets[IOCP_BATCH_MAX];
    iocp_text_(line, "op", op, sizeof op);
    const bool batch = op[strlen(op) - 1] == 'x', native = op[0] == 'N';
    const char *timeout = iocp_find_(line, "timeout");
    const int64_t ms = timeout && *timeout == '"' ? -1 : (int64_t)iocp_number_(line, "timeout");
    uint64_t max = batch ? iocp_number_(line, "count") : 1;
    if (max == 0) { /* a batch of none is an invalid parameter */
        iocp_ret_(id, native ? "\"value\":\"0xc000000d\"" : "\"value\":false,\"last_error\":87");
        return;
    }
    if (max > IOCP_BATCH_MAX) max = IOCP_BATCH_MAX;
    if (me->asked && me->asked != port && iocp_.port->thread_leaves)
        iocp_.port->thread_leaves(me->asked);
    me->asked = port;
    uint32_t count = 0;
    const enum iocp_result result = iocp_.port->remove(port, packets, (uint32_t)max, ms, &count);
    if (result != IOCP_OK) {
        static const char *status[] = {"", "0x00000102", "0x00000080", "0xc0000008"};
        static const int error[] = {0, 258, 735, 6};
        const char *none = batch ? ",\"count\":0,\"entries\":[]" : "";
        if (native)
            snprintf(res, sizeof res, "\"value\":\"%s\",\"last_error\":null%s", status[result], none);
        else
            snprintf(res, sizeof res, "\"value\":false,\"last_error\":%d%s", error[result],
                     batch ? none : ",\"overlapped\":\"NULL\"");
    } else if (batch) {
        size_t n = (size_t)snprintf(res, sizeof res, "\"value\":%s,\"count\":%u,\"entries\":[",
                                    native ? "\"0x00000000\"" : "true,\"last_error\":null", count);
        for (uint32_t i = 0; i < count; i++) {
            const uint64_t information =
                native ? packets[i].information : packets[i].information & 0xffffffffu;
            iocp_slot_(packets[i].overlapped, overlapped, sizeof overlapped);
            n += (size_t)snprintf(res + n, sizeof res - n,
                "%s{\"key\":\"0x%llx\",\"overlapped\":\"%s\",\"status\":\"0x%08x\","
                "\"information\":\"0x%llx\"}", i ? "," : "", (unsigned long long)packets[i].key,
                overlapped, packets[i].status, (unsigned long long)information);
        }
        snprintf(res + n, sizeof res - n, "]");
    } else {
        const struct iocp_packet *p = &packets[0];
        iocp_slot_(p->overlapped, overlapped, sizeof overlapped);
        if (native)
            snprintf(res, sizeof res,
                "\"value\":\"0x00000000\",\"last_error\":null,\"key\":\"0x%llx\","
                "\"overlapped\":\"%s\",\"status\":\"0x%08x\",\"information\":\"0x%llx\"",
                (unsigned long long)p->key, overlapped, p->status,
                (unsigned long long)p->information);
        else
        {
            /* The packet of an operation that failed: FALSE, and the error of its status. */
            char error_text[16] = "null";
            const bool ok = p->status < 0x80000000u;
            if (!ok) snprintf(error_text, sizeof error_text, "%u", iocp_error_(p->status));
            snprintf(res, sizeof res,
                "\"value\":%s,\"last_error\":%s,\"key\":\"0x%llx\",\"overlapped\":\"%s\","
                "\"bytes\":%u", ok ? "true" : "false", error_text, (unsigned long long)p->key,
                overlapped, (uint32_t)p->information);
        }
    }
    iocp_ret_(id, res);
}

/* Waits for an event of the kit; the port hears of it. */
static void iocp_do_wait_(struct iocp_thread_ *me, uint64_t id, struct iocp_event_ *event)
{
    if (me->asked && !iocp_.port->thread_blocks) {
        iocp_refuse_(id, "unsupported", "the port cannot be told that a thread blocks");
        return;
    }
    if (me->asked) iocp_.port->thread_blocks(me->asked);
    pthread_mutex_lock(&iocp_.lock);
    event->asleep++;
    while (!event->signaled) pthread_cond_wait(&iocp_.changed, &iocp_.lock);
    event->signaled = false; /* whoever set it has taken us off `asleep` */
    pthread_mutex_unlock(&iocp_.lock);
    if (me->asked) iocp_.port->thread_resumes(me->asked);
    iocp_ret_(id, "\"value\":0,\"last_error\":null");
}

/* Makes the call of a line. Returns false if the thread is to end. */
static bool iocp_do_(struct iocp_thread_ *me, const char *line)
{
    const uint64_t id = iocp_number_(line, "id");
    char op[64], name[IOCP_NAME_BYTES], res[96];
    iocp_text_(line, "op", op, sizeof op);
    pthread_mutex_lock(&iocp_.lock);
    struct iocp_handle_ *handle = iocp_handle_of_(line, "port");
    if (!handle) handle = iocp_handle_of_(line, "handle");
    if (!handle) handle = iocp_handle_of_(line, "event");
    void *port = handle ? handle->port : NULL;
    struct iocp_event_ *event = handle ? handle->event : NULL;
    pthread_mutex_unlock(&iocp_.lock);
    if (!strcmp(op, "CreateIoCompletionPort") || !strcmp(op, "CreateEvent")) {
        iocp_text_(line, "bind", name, sizeof name);
        const bool is_port = op[6] == 'I';
        void *made = is_port ? iocp_.port->create((uint32_t)iocp_number_(line, "concurrency"))
                             : calloc(1, sizeof *event);
        pthread_mutex_lock(&iocp_.lock);
        struct iocp_handle_ *new = &iocp_.handles[iocp_.handle_count++ % IOCP_NAMES_MAX];
        snprintf(new->name, sizeof new->name, "%s", name);
        new->port = is_port ? made : NULL;
        new->event = is_port ? NULL : made;
        pthread_mutex_unlock(&iocp_.lock);
        snprintf(res, sizeof res, "\"value\":\"%s\",\"last_error\":null", name);
        iocp_ret_(id, res);
    } else if (!strcmp(op, "SetEvent") && event) {
        pthread_mutex_lock(&iocp_.lock);
        event->signaled = true;
        if (event->asleep) event->asleep--;
        pthread_cond_broadcast(&iocp_.changed);
        pthread_mutex_unlock(&iocp_.lock);
        iocp_ret_(id, "\"value\":true,\"last_error\":null");
    } else if (!strcmp(op, "WaitForSingleObject") && event) {
        iocp_do_wait_(me, id, event);
    } else if (!strcmp(op, "ExitThread") && (!me->asked || iocp_.port->thread_leaves)) {
        if (me->asked) iocp_.port->thread_leaves(me->asked);
        snprintf(res, sizeof res, "{\"ans\":\"exit\",\"id\":%llu,\"thread\":\"%s\"}",
                 (unsigned long long)id, me->name);
        pthread_mutex_lock(&iocp_.lock);
        iocp_answer_(id, res);
        pthread_mutex_unlock(&iocp_.lock);
        return false;
    } else if (!port) {
        iocp_refuse_(id, "unsupported", "the kit has no such call");
    } else if (!strcmp(op, "PostQueuedCompletionStatus") || !strcmp(op, "NtSetIoCompletion")) {
        const bool native = op[0] == 'N';
        const struct iocp_packet packet = {
            .key = iocp_number_(line, "key"),
            .overlapped = iocp_number_(line, native ? "context" : "overlapped"),
            .information = iocp_number_(line, native ? "information" : "bytes"),
            .status = native ? (uint32_t)iocp_number_(line, "status") : 0,
        };
        const bool ok = iocp_.port->post(port, &packet) == IOCP_OK;
        if (native) iocp_ret_(id, ok ? "\"value\":\"0x00000000\"" : "\"value\":\"0xc0000008\"");
        else iocp_ret_(id, ok ? "\"value\":true,\"last_error\":null"
                              : "\"value\":false,\"last_error\":6");
    } else if (!strcmp(op, "CloseHandle")) {
        iocp_.port->close(port);
        pthread_mutex_lock(&iocp_.lock);
        for (unsigned i = 0; i < iocp_.thread_count; i++) /* a closed port counts nobody */
            if (iocp_.threads[i]->asked == port) iocp_.threads[i]->asked = NULL;
        pthread_mutex_unlock(&iocp_.lock);
        iocp_ret_(id, "\"value\":true,\"last_error\":null");
    } else if (!strcmp(op, "NtQueryIoCompletion") && iocp_.port->depth) {
        snprintf(res, sizeof res, "\"value\":\"0x00000000\",\"depth\":%u", iocp_.port->depth(port));
        iocp_ret_(id, res);
    } else if (strstr(op, "GetQueuedCompletionStatus") || strstr(op, "NtRemoveIoCompletion")) {
        iocp_do_remove_(me, line, id, port);
    } else {
        iocp_refuse_(id, "unsupported", "the kit has no such call");
    }
    return true;
}

static void *iocp_serve_(void *argument)
{
    struct iocp_thread_ *me = argument;
    for (bool on = true; on;) {
        pthread_mutex_lock(&iocp_.lock);
        while (!me->busy) pthread_cond_wait(&iocp_.changed, &iocp_.lock);
        pthread_mutex_unlock(&iocp_.lock);
        /* Busy ends before the answer is out: the next order may come right after it. */
        const size_t bytes = strlen(me->line) + 1;
        char *line = malloc(bytes);
        if (!line) abort();
        memcpy(line, me->line, bytes);
        pthread_mutex_lock(&iocp_.lock);
        me->busy = false;
        pthread_mutex_unlock(&iocp_.lock);
        on = iocp_do_(me, line);
        free(line);
    }
    return NULL;
}

static void iocp_order_(const char *line)
{
    char name[IOCP_NAME_BYTES];
    const uint64_t id = iocp_number_(line, "id");
    iocp_text_(line, "thread", name, sizeof name);
    pthread_mutex_lock(&iocp_.lock);
    struct iocp_thread_ *to = NULL;
    for (unsigned i = 0; i < iocp_.thread_count; i++)
        if (!strcmp(iocp_.threads[i]->name, name)) to = iocp_.threads[i];
    if (!to && iocp_.thread_count < IOCP_NAMES_MAX && (to = calloc(1, sizeof *to))) {
        snprintf(to->name, sizeof to->name, "%s", name);
        iocp_.threads[iocp_.thread_count++] = to;
        if (pthread_create(&to->thread, NULL, iocp_serve_, to)) abort();
        pthread_detach(to->thread);
    }
    if (to && iocp_.open_count < IOCP_NAMES_MAX) {
        snprintf(to->line, sizeof to->line, "%s", line);
        to->busy = true;
        iocp_.open[iocp_.open_count++] = id;
        pthread_cond_broadcast(&iocp_.changed);
    }
    pthread_mutex_unlock(&iocp_.lock);
}

/* Whether every open call waits; the lock is held. */
static bool iocp_all_wait_(void)
{
    unsigned waiting = 0;
    for (unsigned i = 0; i < iocp_.handle_count; i++) {
        struct iocp_handle_ *handle = &iocp_.handles[i];
        if (handle->port) waiting += iocp_.port->waiting(handle->port);
        if (handle->event) waiting += handle->event->asleep;
    }
    return waiting == iocp_.open_count;
}

static void iocp_settle_(uint64_t limit_ms)
{
    const struct timespec moment = {0, 50000};
    char waiting[IOCP_NAMES_MAX * 24] = "";
    bool calm = false, sure = false;
    uint64_t answers = 0;
    /* Twice in a row, with no answer in between: so it was so all the time. */
    for (uint64_t looks = 0; !sure && looks < limit_ms * 10; looks++) {
        pthread_mutex_lock(&iocp_.lock);
        const bool now = iocp_all_wait_();
        sure = now && calm && answers == iocp_.answers;
        calm = now;
        answers = iocp_.answers;
        if (!sure) {
            pthread_mutex_unlock(&iocp_.lock);
            nanosleep(&moment, NULL);
        }
    }
    if (!sure) pthread_mutex_lock(&iocp_.lock);
    for (unsigned i = 0; i < iocp_.open_count; i++) {
        char number[24];
        snprintf(number, sizeof number, "%s%llu", i ? "," : "", (unsigned long long)iocp_.open[i]);
        strcat(waiting, number);
    }
    printf("{\"ans\":\"settled\",\"waiting\":[%s],\"sure\":%s,\"how\":\"the port says who is "
           "parked\"}\n", waiting, sure ? "true" : "false");
    fflush(stdout);
    pthread_mutex_unlock(&iocp_.lock);
}

/* Speaks the protocol until the input ends. */
static int iocp_drive(const struct iocp_port *port)
{
    static char line[IOCP_LINE_BYTES];
    char command[16];
    iocp_.port = port;
    pthread_mutex_init(&iocp_.lock, NULL);
    pthread_cond_init(&iocp_.changed, NULL);
    while (fgets(line, sizeof line, stdin)) {
        iocp_text_(line, "cmd", command, sizeof command);
        if (!strcmp(command, "hello")) {
            printf("{\"ans\":\"hello\",\"protocol\":1,\"name\":\"iocp_driver.h\",\"system\":\"%s\","
                   "\"ops\":[\"CloseHandle\",\"CreateEvent\",\"CreateIoCompletionPort\","
                   "\"ExitThread\",\"GetQueuedCompletionStatus\",\"GetQueuedCompletionStatusEx\","
                   "\"NtQueryIoCompletion\",\"NtRemoveIoCompletion\",\"NtRemoveIoCompletionEx\","
                   "\"NtSetIoCompletion\",\"PostQueuedCompletionStatus\",\"SetEvent\","
                   "\"WaitForSingleObject\"],\"settled\":\"the port says who is parked\","
                   "\"blocking\":\"reported\"}\n", port->system);
            fflush(stdout);
        } else if (!strcmp(command, "call")) {
            iocp_order_(line);
        } else if (!strcmp(command, "settle")) {
            iocp_settle_(iocp_number_(line, "limit_ms"));
        } else if (!strcmp(command, "reset")) {
            /* Only a new process is fresh: threads of this one may wait for ever. */
            puts("{\"ans\":\"restart\"}");
            fflush(stdout);
        } else if (!strcmp(command, "quit")) {
            break;
        }
    }
    return 0;
}

#endif
