//! The console under `/console`: who changed what, when and why, as pages for people.
//!
//! A page is HTML made on the server. It works by links, forms and `<details>`; small scripts add shortcuts, figures
//! that go on changing, and the check of a proof.
//! A person signs in with an API key, which becomes a session. Behind that, a page passes the
//! layers that a request of the API passes, and asks the store what the API asks it.
//!
//! A page's module is in `pages`. `look` has the parts that pages are built of; `words` has the words for fields,
//! values and events. `authenticate`, `posted` and `answer` are the layers around every page.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "markup is given where it is written, `html! { … }`, and a reference to each would only be noise"
)]

mod answer;
mod assets;
mod authenticate;
mod look;
mod pages;
mod posted;
mod routes;
mod routing;
mod session;
mod url;
mod words;

pub use self::routes::routes;
