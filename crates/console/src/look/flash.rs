//! What a page says once, about what was done on the page before.

use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};

use crate::url;

/// What was done. Its name is in the address, never a text: nobody can make a link that says something else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flash {
    /// The session was ended.
    SignedOut,
    /// The browser did not keep the session's cookie.
    NoCookie,
    /// A customer was changed.
    Changed,
    /// A key was revoked.
    KeyRevoked,
    /// A rebuild was begun.
    RebuildBegun,
    /// A switch to the generation before was begun.
    SwitchBegun,
    /// A rebuild was cancelled.
    RebuildCancelled,
    /// There was none to cancel.
    NothingToCancel,
    /// Old generations were dropped.
    GenerationsDropped,
    /// A parked customer is followed again.
    GoesOn,
    /// A parked customer stopped again.
    StoppedAgain,
}

impl Flash {
    const ALL: [(Self, &str, &str); 11] = [
        (Self::SignedOut, "signed-out", "You are signed out."),
        (
            Self::NoCookie,
            "no-cookie",
            "Your browser did not keep the session. The console needs cookies, and HTTPS unless it runs on \
             this machine: open it under an https address, or as localhost.",
        ),
        (Self::Changed, "changed", "The change is made."),
        (Self::KeyRevoked, "key-revoked", "The key is revoked: it stops working within a second."),
        (
            Self::RebuildBegun,
            "rebuild-begun",
            "The rebuild has begun. The live rows stay until it is done.",
        ),
        (
            Self::SwitchBegun,
            "switch-begun",
            "The switch has begun. It is done when the former rows have caught up.",
        ),
        (
            Self::RebuildCancelled,
            "rebuild-cancelled",
            "The rebuild is cancelled. The live rows stay.",
        ),
        (Self::NothingToCancel, "nothing-to-cancel", "There was nothing to cancel: it had ended."),
        (Self::GenerationsDropped, "generations-dropped", "The old generations are dropped."),
        (Self::GoesOn, "goes-on", "The customer is followed again."),
        (Self::StoppedAgain, "stopped-again", "The customer stopped again: see where and why."),
    ];

    /// The parameter of an address.
    pub(crate) const PARAMETER: &str = "said";

    /// What an address names.
    pub(crate) fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known, _)| *known == name).map(|(flash, _, _)| flash)
    }

    fn row(self) -> (&'static str, &'static str) {
        let row = Self::ALL.into_iter().find(|(flash, _, _)| *flash == self);
        row.map_or(("", ""), |(_, name, text)| (name, text))
    }

    /// As the page shows it.
    pub(crate) fn show(self) -> Markup {
        html! { p.flash role="status" { (self.row().1) } }
    }
}

/// Leads to another page, which says what was done.
pub(crate) fn with_flash(to: &str, flash: Flash) -> Response {
    Redirect::to(&url::query(to, &[(Flash::PARAMETER, flash.row().0)])).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flash_is_read_back_from_its_name() {
        for (flash, name, _) in Flash::ALL {
            assert_eq!(Flash::read(name), Some(flash));
            assert_eq!(flash.row().0, name);
        }
        assert_eq!(Flash::read("<b>hacked</b>"), None);
    }
}
