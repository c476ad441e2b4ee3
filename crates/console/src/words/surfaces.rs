//! The way a change came: the service's own API, the console, or the API of a vendor.

/// The name of a surface, as people know it.
pub(crate) fn name(surface: &str) -> &str {
    match surface {
        "native" => "the API",
        "console" => "the console",
        "metronome" => "Metronome’s API",
        "flexprice" => "FlexPrice’s API",
        "telness" => "Telness Connect’s API",
        "maple" => "Maple’s API",
        "command line" => "the command line",
        other => other,
    }
}

/// The surfaces that a filter offers.
pub(crate) const ALL: [&str; 6] =
    ["native", "console", "metronome", "flexprice", "telness", "maple"];
