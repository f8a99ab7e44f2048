/* @ABOUT@
 *
 * A run of the model, made again by real threads. Compile it for Windows:
 *     cl run.c            or            x86_64-w64-mingw32-gcc run.c -o run.exe
 * It prints every result that is not the model's, and how many are.
 */
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0601
#endif
#include <windows.h>
#include <stdio.h>

#define CALLS @CALLS@
#define THREADS @THREADS@
/* How long a call that waits is watched, and how long one that returns is waited for. */
#define WATCH_MS 60
#define RETURN_MS 5000

static const char *const names[THREADS] = { @NAMES@ };
static HANDLE handles[256];
static OVERLAPPED overlapped[4096];
static HANDLE gates[THREADS];
static volatile LONG orders[THREADS];
static volatile LONG finished[CALLS];
static volatile LONG right, wrong;

static void expect(int number, const char *what, unsigned long long is, unsigned long long model)
{
    if (is == model) {
        InterlockedIncrement(&right);
        return;
    }
    InterlockedIncrement(&wrong);
    printf("call %d: %s is %llu, the model says %llu\n", number, what, is, model);
}

static void call(int number)
{
    BOOL ok = 0;
    DWORD bytes = 0, error = 0;
    ULONG count = 0;
    ULONG_PTR key = 0;
    OVERLAPPED *at = NULL;
    OVERLAPPED_ENTRY entries[64];

    (void)ok; (void)bytes; (void)error; (void)count; (void)key; (void)at; (void)entries;
    (void)handles; (void)overlapped;
    switch (number) {
@STEPS@    case CALLS: /* the stage */
@STAGE@        break;
    default:
        break;
    }
}

/* Orders: 0 none, 1 leave, 2 wait at the gate, n + 3 make call n. A thread without an order stays
 * runnable: asleep it would not count as active. */
static DWORD WINAPI thread(void *parameter)
{
    int me = (int)(INT_PTR)parameter;
    for (;;) {
        LONG order = InterlockedExchange(&orders[me], 0);
        if (order == 0) {
            SwitchToThread();
        } else if (order == 1) {
            return 0;
        } else if (order == 2) {
            WaitForSingleObject(gates[me], INFINITE);
        } else {
            call(order - 3);
            InterlockedExchange(&finished[order - 3], 1);
        }
    }
}

static void order(int thread, int number)
{
    InterlockedExchange(&orders[thread], number + 3);
}

static void returns(int thread, int number)
{
    DWORD start = GetTickCount();
    while (!finished[number] && GetTickCount() - start < RETURN_MS)
        SwitchToThread();
    if (!finished[number]) {
        printf("call %d of %s does not return, the model says it does\n", number, names[thread]);
        InterlockedIncrement(&wrong);
    }
}

static void waits(int thread, int number)
{
    Sleep(WATCH_MS);
    if (finished[number]) {
        printf("call %d of %s returns, the model says it waits\n", number, names[thread]);
        InterlockedIncrement(&wrong);
    } else {
        InterlockedIncrement(&right);
    }
}

static void blocks(int thread)
{
    InterlockedExchange(&orders[thread], 2);
    Sleep(WATCH_MS);
}

static void resumes(int thread)
{
    SetEvent(gates[thread]);
    Sleep(WATCH_MS);
}

static void leaves(int thread)
{
    InterlockedExchange(&orders[thread], 1);
    Sleep(WATCH_MS);
}

static void run(void)
{
    (void)order; (void)returns; (void)waits; (void)blocks; (void)resumes; (void)leaves;
@ORDER@}

int main(void)
{
    int i;
    call(CALLS);
    for (i = 0; i < THREADS; i++) {
        gates[i] = CreateEventA(NULL, FALSE, FALSE, NULL);
        CreateThread(NULL, 0, thread, (void *)(INT_PTR)i, 0, NULL);
    }
    run();
    printf("%ld results as the model says, %ld not\n", right, wrong);
    fflush(stdout);
    ExitProcess(wrong ? 1 : 0);
}
