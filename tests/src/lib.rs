//! Workspace tests live in `tests/tests`; this library is their shared support code.
