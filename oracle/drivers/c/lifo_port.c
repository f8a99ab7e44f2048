/* A small completion port over pthreads, and its driver: packets first in first out, waiters last
 * in first out, no more active threads than the limit unless they block.
 *
 *     cc -std=gnu11 -O1 -pthread lifo_port.c -o lifo_port
 *     iocp fuzz --driver ./lifo_port
 *
 * With -DFIFO_WAITERS the first waiter is served first: a fault to find.
 */
#include "iocp_driver.h"

#include <errno.h>

enum { THREADS_MAX = 64 };

/* A thread that waits; it lives on that thread's stack. */
struct waiter {
    pthread_t thread;
    pthread_cond_t told;
    bool done;
    enum iocp_result result;
    struct iocp_packet packet;
    struct waiter *below;
};

struct port {
    pthread_mutex_t lock;
    uint32_t limit;
    bool closed;
    struct iocp_packet *packets; /* a ring; grows */
    size_t first, count, room;
    struct waiter *top; /* the stack of waiters */
    uint32_t waiting;
    pthread_t active[THREADS_MAX]; /* threads that asked here and run */
    uint32_t active_count;
};

static void activate(struct port *port, pthread_t thread)
{
    if (port->active_count < THREADS_MAX) port->active[port->active_count++] = thread;
}

static void deactivate(struct port *port, pthread_t thread)
{
    for (uint32_t i = 0; i < port->active_count; i++)
        if (pthread_equal(port->active[i], thread)) {
            port->active[i] = port->active[--port->active_count];
            return;
        }
}

static struct iocp_packet take(struct port *port)
{
    const struct iocp_packet packet = port->packets[port->first];
    port->first = (port->first + 1) % port->room;
    port->count--;
    return packet;
}

static struct waiter *pop(struct port *port)
{
    struct waiter **at = &port->top;
#ifdef FIFO_WAITERS
    while (*at && (*at)->below) at = &(*at)->below;
#endif
    struct waiter *waiter = *at;
    if (waiter) {
        *at = waiter->below;
        port->waiting--;
    }
    return waiter;
}

/* Hands packets over while there are packets, waiters and places. */
static void hand_over(struct port *port)
{
    while (port->count && port->top && port->active_count < port->limit) {
        struct waiter *waiter = pop(port);
        waiter->packet = take(port);
        waiter->result = IOCP_OK;
        waiter->done = true;
        activate(port, waiter->thread);
        pthread_cond_signal(&waiter->told);
    }
}

static void *port_create(uint32_t concurrency)
{
    struct port *port = calloc(1, sizeof *port);
    if (!port) abort();
    pthread_mutex_init(&port->lock, NULL);
    port->limit = concurrency ? concurrency : 1;
    return port;
}

static enum iocp_result port_post(void *of, const struct iocp_packet *packet)
{
    struct port *port = of;
    pthread_mutex_lock(&port->lock);
    if (port->closed) {
        pthread_mutex_unlock(&port->lock);
        return IOCP_CLOSED;
    }
    if (port->count == port->room) {
        const size_t room = port->room ? 2 * port->room : 16;
        struct iocp_packet *packets = calloc(room, sizeof *packets);
        if (!packets) abort();
        for (size_t i = 0; i < port->count; i++)
            packets[i] = port->packets[(port->first + i) % port->room];
        free(port->packets);
        port->packets = packets;
        port->first = 0;
        port->room = room;
    }
    port->packets[(port->first + port->count++) % port->room] = *packet;
    hand_over(port);
    pthread_mutex_unlock(&port->lock);
    return IOCP_OK;
}

/* Parks until something is given, or the time is up. The lock is held. */
static enum iocp_result park(struct port *port, struct iocp_packet *out, int64_t timeout_ms)
{
    struct waiter me = {.thread = pthread_self(), .below = port->top};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&me.told, &monotonic);
    pthread_condattr_destroy(&monotonic);
    port->top = &me;
    port->waiting++;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    int error = 0;
    while (!me.done && error != ETIMEDOUT)
        error = timeout_ms < 0 ? pthread_cond_wait(&me.told, &port->lock)
                               : pthread_cond_timedwait(&me.told, &port->lock, &until);
    if (!me.done) {
        struct waiter **at = &port->top;
        while (*at != &me) at = &(*at)->below;
        *at = me.below;
        port->waiting--;
        activate(port, me.thread);
        me.result = IOCP_TIMED_OUT;
    }
    *out = me.packet;
    pthread_cond_destroy(&me.told);
    return me.result;
}

static enum iocp_result port_remove(void *of, struct iocp_packet *out, uint32_t max,
                                    int64_t timeout_ms, uint32_t *count)
{
    struct port *port = of;
    enum iocp_result result = IOCP_OK;
    pthread_mutex_lock(&port->lock);
    deactivate(port, pthread_self()); /* who asks again gives its place back */
    if (port->closed) {
        result = IOCP_CLOSED;
    } else if (port->count && port->active_count < port->limit) {
        activate(port, pthread_self());
        for (*count = 0; *count < max && port->count; (*count)++) out[*count] = take(port);
    } else if (timeout_ms == 0) {
        activate(port, pthread_self());
        result = IOCP_TIMED_OUT;
    } else {
        result = park(port, out, timeout_ms);
        *count = result == IOCP_OK;
    }
    pthread_mutex_unlock(&port->lock);
    return result;
}

static void port_close(void *of)
{
    struct port *port = of;
    pthread_mutex_lock(&port->lock);
    port->closed = true;
    port->count = 0;
    for (struct waiter *waiter; (waiter = pop(port));) {
        waiter->result = IOCP_ABANDONED;
        waiter->done = true;
        pthread_cond_signal(&waiter->told);
    }
    pthread_mutex_unlock(&port->lock);
}

static uint32_t port_waiting(void *of)
{
    struct port *port = of;
    pthread_mutex_lock(&port->lock);
    const uint32_t waiting = port->waiting;
    pthread_mutex_unlock(&port->lock);
    return waiting;
}

static uint32_t port_depth(void *of)
{
    struct port *port = of;
    pthread_mutex_lock(&port->lock);
    const uint32_t depth = (uint32_t)port->count;
    pthread_mutex_unlock(&port->lock);
    return depth;
}

static void thread_leaves(void *of)
{
    struct port *port = of;
    pthread_mutex_lock(&port->lock);
    deactivate(port, pthread_self());
    hand_over(port);
    pthread_mutex_unlock(&port->lock);
}

static void thread_resumes(void *of)
{
    struct port *port = of;
    pthread_mutex_lock(&port->lock);
    activate(port, pthread_self());
    pthread_mutex_unlock(&port->lock);
}

static const struct iocp_port port = {
    .system = "a port over pthreads",
    .create = port_create,
    .post = port_post,
    .remove = port_remove,
    .close = port_close,
    .waiting = port_waiting,
    .depth = port_depth,
    .thread_blocks = thread_leaves,
    .thread_resumes = thread_resumes,
    .thread_leaves = thread_leaves,
};

int main(void)
{
    return iocp_drive(&port);
}
