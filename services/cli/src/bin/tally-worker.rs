//! The executable `tally-worker`: chooses the allocator and hands over.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tally_cli::worker(std::env::args_os())
}
