//! The facts about files and operations, until they join the other facts.

mod support;

#[path = "facts/io_files.rs"]
mod io_files;
#[path = "facts/io_matrix.rs"]
mod io_matrix;
#[path = "facts/io_pipes.rs"]
mod io_pipes;
#[path = "facts/io_sockets.rs"]
mod io_sockets;
#[path = "facts/io_stage.rs"]
mod io_stage;
