//! The facts about files and operations, until they join the other facts.

mod support;

#[path = "facts/io_any.rs"]
mod io_any;
#[path = "facts/io_cancel.rs"]
mod io_cancel;
#[path = "facts/io_files.rs"]
mod io_files;
#[path = "facts/io_matrix.rs"]
mod io_matrix;
#[path = "facts/io_ops.rs"]
mod io_ops;
#[path = "facts/io_pipes.rs"]
mod io_pipes;
#[path = "facts/io_sockets.rs"]
mod io_sockets;
#[path = "facts/io_stage.rs"]
mod io_stage;
#[path = "facts/io_wine.rs"]
mod io_wine;
