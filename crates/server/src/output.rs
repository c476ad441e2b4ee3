//! What commands print. The reader of standard output may have gone, as in `dossier export | head -1`.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write as _};

/// Prints a line of a command's answer: `say!("{count} events")?`.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::line(format_args!($($text)*)) };
}
pub(crate) use say;

/// Why a line was not printed.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Nobody reads standard output any more.
    #[error("the reader of the output has gone")]
    ReaderGone,
    /// The system refused to write it.
    #[error("cannot write to standard output")]
    Io(#[source] io::Error),
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::BrokenPipe { Self::ReaderGone } else { Self::Io(error) }
    }
}

/// Prints a line of a command's answer.
pub(crate) fn line(text: Arguments<'_>) -> Result<(), OutputError> {
    Ok(writeln!(io::stdout().lock(), "{text}")?)
}

/// Prints a line of a service that runs on even if nobody reads it.
pub(crate) fn announce(text: Arguments<'_>) {
    let _ = line(text);
}

/// Prints a line for the person at the terminal to standard error, if anybody reads it.
pub fn note(text: Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
