//! `dossier completions` and `dossier man`.

use std::io::Write as _;
use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::{Cli, Command};
use crate::error::{CommandError, io};
use crate::output::OutputError;

/// Prints what these commands print; nothing for another command.
pub(super) fn print(command: &Command) -> Option<Result<(), CommandError>> {
    if let Command::Completions { shell } = command {
        return Some(completions(*shell));
    }
    if let Command::Man { directory } = command {
        return Some(man(directory.as_deref()));
    }
    None
}

fn completions(shell: Shell) -> Result<(), CommandError> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut text);
    write(&text)
}

/// The manual page, or one for each command in a directory.
fn man(directory: Option<&Path>) -> Result<(), CommandError> {
    if let Some(directory) = directory {
        let written = std::fs::create_dir_all(directory)
            .and_then(|()| clap_mangen::generate_to(described(Cli::command()), directory));
        return written.map_err(io(format!("write to {}", directory.display())));
    }
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(described(Cli::command()));
    page.render(&mut text).map_err(io("make the manual page"))?;
    write(&text)
}

/// With the descriptions of all settings, which a short help leaves out, as manual pages do by default.
fn described(command: clap::Command) -> clap::Command {
    command.mut_args(|argument| argument.hide_short_help(false)).mut_subcommands(described)
}

fn write(text: &[u8]) -> Result<(), CommandError> {
    Ok(std::io::stdout().lock().write_all(text).map_err(OutputError::from)?)
}
