//! Log lines that no value can break, forge or colour.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Formats with another format, then escapes every control character except the last line feed.
///
/// tracing-subscriber escapes characters that control terminals, but not line ends, with which a value could
/// forge a line. JSON permits some that control terminals. `\u…` suits both formats: in JSON, a character that
/// is escaped here can only be part of a string.
pub(super) struct OneLine<F>(pub(super) F);

impl<S, N, F> FormatEvent<S, N> for OneLine<F>
where
    S: Subscriber + for<'l> LookupSpan<'l>,
    N: for<'w> FormatFields<'w> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let line = line.strip_suffix('\n').unwrap_or(&line);
        let mut rest = line;
        while let Some((at, hostile)) = rest.char_indices().find(|(_, c)| is_hostile(*c)) {
            let (before, after) = rest.split_at(at);
            write!(writer, "{before}\\u{:04x}", u32::from(hostile))?;
            rest = after.strip_prefix(hostile).unwrap_or_default();
        }
        writeln!(writer, "{rest}")
    }
}

/// Control characters, other line ends of Unicode, and characters that change the direction of text.
const fn is_hostile(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}
