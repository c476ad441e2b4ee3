//! The binary `dossier`.

use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;
use server::cli::Cli;
use server::{explain, output};

/// Folding events allocates many small texts. This allocator takes a third of the time of the C library's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match server::commands::run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is_quiet() {
                output::note(format_args!("dossier: {}", explain::explain(&error)));
            }
            error.exit_code()
        }
    }
}
