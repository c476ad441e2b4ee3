//! The binary `dossier`.

use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;
use server::cli::Cli;

/// Folding events makes many small texts, and this makes them at a third of the C library's price.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match server::commands::run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "this is for the person at the terminal")]
            {
                eprintln!("dossier: {}", server::commands::explain(&error));
            }
            error.exit_code()
        }
    }
}
