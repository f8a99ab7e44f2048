/* The oracle of iocp in the process of a program in C: is this trace of a completion port allowed?
 *
 *     iocp_oracle *oracle = iocp_oracle_new("win11", NULL);
 *     iocp_oracle_feed(oracle, text, length);            (lines of a trace, in pieces of any size)
 *     if (iocp_oracle_verdict(oracle) == IOCP_ORACLE_DIVERGES) {
 *         char report[8192];
 *         iocp_oracle_report(oracle, report, sizeof report);
 *         puts(report);
 *     }
 *     iocp_oracle_free(oracle);
 *
 * A trace is JSON lines, as README says and `iocp schema trace` describes; its first line is
 *     {"ev":"meta","format":"iocp-trace","version":1}
 * and its last one {"ev":"end"}. Nothing here starts threads, reads files or asks the time. An
 * oracle belongs to one thread at a time. Link with -liocp_capi.
 */

#ifndef IOCP_ORACLE_H
#define IOCP_ORACLE_H

/* Written by cbindgen from oracle/capi/src/lib.rs: do not edit. */

#include <stddef.h>
#include <stdint.h>

/*
 Some run of the model explains every event, up to the end of the trace.
 */
#define IOCP_ORACLE_CONFORMS 0

/*
 No run does.
 */
#define IOCP_ORACLE_DIVERGES 1

/*
 What was fed is no trace, or an argument makes no sense.
 */
#define IOCP_ORACLE_BAD_INPUT 2

/*
 A limit was hit, events were dropped, or the end has not come yet; nothing is wrong so far.
 */
#define IOCP_ORACLE_INCONCLUSIVE 3

/*
 There was no event to check.
 */
#define IOCP_ORACLE_NOTHING_CHECKED 4

/*
 A fault of the oracle itself.
 */
#define IOCP_ORACLE_INTERNAL_ERROR 70

/*
 The version of this interface; it changes when a function changes what it means.
 */
#define IOCP_ORACLE_VERSION 1

/*
 An oracle, which only its functions look into.
 */
typedef struct iocp_oracle iocp_oracle;

/*
 What a check may cost. 0 in any place is the usual limit.
 */
typedef struct iocp_oracle_limits {
  /*
   Transitions of the model.
   */
  uint64_t steps;
  /*
   States of the model at once.
   */
  uint64_t states;
  /*
   Bytes that the states may take, roughly.
   */
  uint64_t memory;
  /*
   Processors of the traced machine, where the trace does not say.
   */
  uint32_t processors;
} iocp_oracle_limits;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/*
 The version of the interface that the library has: `IOCP_ORACLE_VERSION` of its header.
 */
uint32_t iocp_oracle_version(void);

/*
 An oracle that has seen nothing yet, or NULL if there is no such semantics.

 `semantics` is a Windows version or a preset, and departures from it, with spaces between:
 "win11", "wine-8.0", "win7 wake-order=fifo". NULL is the newest Windows. `limits` may be NULL.

 # Safety
 `semantics` is NULL or a C string; `limits` is NULL or points to a valid struct.
 */
struct iocp_oracle *iocp_oracle_new(const char *semantics, const struct iocp_oracle_limits *limits);

/*
 Takes a piece of a trace: lines, or parts of lines. 0, or `IOCP_ORACLE_BAD_INPUT` if it is no
 trace (`iocp_oracle_report` says why, and nothing more is read). Without an oracle, or without
 bytes where there should be some, it is `IOCP_ORACLE_BAD_INPUT` too, and nothing has changed.

 # Safety
 `oracle` is NULL or comes from `iocp_oracle_new` and has not been freed, and no other thread
 uses it meanwhile. `bytes` points to `length` bytes; it may be NULL if `length` is 0.
 */
int32_t iocp_oracle_feed(struct iocp_oracle *oracle, const char *bytes, size_t length);

/*
 The verdict on the lines that were fed: `IOCP_ORACLE_CONFORMS`, `_DIVERGES`, `_INCONCLUSIVE`,
 `_NOTHING_CHECKED` or `_BAD_INPUT`. Before the line `{"ev":"end"}` nothing conforms yet, but it
 may diverge already; it is cheap to ask only now and then.

 # Safety
 As for `iocp_oracle_feed`.
 */
int32_t iocp_oracle_verdict(struct iocp_oracle *oracle);

/*
 The first line that no run of the model explains, from 1; 0 if there is none.

 # Safety
 As for `iocp_oracle_feed`.
 */
uint64_t iocp_oracle_line(struct iocp_oracle *oracle);

/*
 The report, for people: what was wrong, what the model allows there, the rule and its source,
 and the smallest departures that would allow it. Writes at most `size` bytes, a zero at the end
 included, and gives the length of the whole report: as `snprintf` does.

 # Safety
 As for `iocp_oracle_feed`; and `buffer` points to `size` bytes that may be written, or is NULL
 if `size` is 0.
 */
size_t iocp_oracle_report(struct iocp_oracle *oracle, char *buffer, size_t size);

/*
 The report as a JSON object, with the keys of `iocp check --json`; otherwise like
 `iocp_oracle_report`.

 # Safety
 As for `iocp_oracle_report`.
 */
size_t iocp_oracle_report_json(struct iocp_oracle *oracle, char *buffer, size_t size);

/*
 Ends an oracle. NULL is nothing.

 # Safety
 `oracle` is NULL or comes from `iocp_oracle_new` and is not used again.
 */
void iocp_oracle_free(struct iocp_oracle *oracle);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* IOCP_ORACLE_H */
