//! How big a scenario may be. Everything here is enforced, and each refusal names the limit.

/// Bytes of one scenario file.
pub const FILE_BYTES: usize = 1 << 20;
/// Levels of brackets in the JSON text.
pub const JSON_DEPTH: usize = 64;
/// Levels of parentheses and unary operators in one expression.
pub const EXPRESSION_DEPTH: usize = 64;
/// Bytes of one expression.
pub const EXPRESSION_BYTES: usize = 1024;
/// Problems reported for one file; the rest is summed up.
pub const PROBLEMS: usize = 20;
/// Thread instances, all counts added up. Searches number their actors below 128.
pub const THREADS: usize = 100;
/// Objects that are set up before the threads start, of all kinds together.
pub const OBJECTS: usize = 256;
/// OVERLAPPED structures, per-thread ones counted once for each instance.
pub const OVERLAPPED: usize = 4096;
/// Instructions of one compiled program.
pub const INSTRUCTIONS: usize = 4096;
/// Locals of one thread, hidden loop counters included.
pub const LOCALS: usize = 64;
/// Shared variables.
pub const SHARED: usize = 64;
/// Alternatives of one `choose`, nested ones multiplied out.
pub const ALTERNATIVES: usize = 64;
/// Ways in which one operation may be declared to complete.
pub const COMPLETIONS: usize = 14;
/// Operations pending at once that the environment can complete.
pub const PENDING: usize = 256;
/// Values that one thread may record.
pub const RECORDS: usize = 64;
/// Packets in one batch.
pub const BATCH: usize = 64;
/// Properties, the built-in ones included.
pub const PROPERTIES: usize = 120;
/// Turns of a scripted order.
pub const TURNS: usize = 1000;
/// Processors in a simulation.
pub const PROCESSORS: u32 = 64;
/// Silent instructions (tests, assignments) between two steps of a thread.
pub const SILENT: usize = 10_000;
