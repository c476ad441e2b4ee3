//! Problems that only pages for people have.

use axum::http::StatusCode;

use super::Problem;

/// The code of a form that another site may have sent.
const CROSS_SITE: &str = "cross_site";

/// The kinds that only pages for people have.
pub(super) fn kinds() -> [(StatusCode, &'static str, String); 1] {
    let meaning = "the form was not sent from a page of this service, or its session has ended";
    [(StatusCode::FORBIDDEN, CROSS_SITE, meaning.to_owned())]
}

impl Problem {
    /// 403: the form was not sent from a page of this service, or its session has ended.
    pub fn cross_site() -> Self {
        let detail = "the form was not sent from this console, or the session that it was made for has ended; open \
                      the page again";
        Self::of_status(StatusCode::FORBIDDEN, CROSS_SITE, detail)
    }
}
