//! The files that pages are shown with: the style, the script, the icon. Their names have their hash, so they are
//! kept by browsers for ever.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use http::Problem;
use http::extract::Path;
use http::fixed::Fixed;
use sha2::{Digest as _, Sha256};

/// Files never change under their names.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// So many bytes of a file's hash are in its name.
const HASH_BYTES: usize = 8;

/// A file.
pub(crate) struct Asset {
    media_type: &'static str,
    text: &'static str,
    file: LazyLock<String>,
    fixed: Fixed,
}

macro_rules! asset {
    ($name:literal, $ending:literal, $media_type:literal, $text:expr) => {
        Asset {
            media_type: $media_type,
            text: $text,
            file: LazyLock::new(|| file($name, $ending, $text)),
            fixed: Fixed::new(),
        }
    };
}

/// All of them.
static ALL: [&Asset; 5] = [&STYLE, &SCRIPT, &LIVE, &PROOF, &ICON];

/// How pages look.
pub(crate) static STYLE: Asset = asset!(
    "console",
    "css",
    "text/css; charset=utf-8",
    concat!(include_str!("../assets/console.css"), include_str!("../assets/more.css"))
);
/// Shortcuts, and what moves. Built from `console.ts`.
pub(crate) static SCRIPT: Asset =
    asset!("console", "js", "text/javascript; charset=utf-8", include_str!("../assets/console.js"));
/// Figures that go on changing, and exports. Built from `live.ts`.
pub(crate) static LIVE: Asset =
    asset!("live", "js", "text/javascript; charset=utf-8", include_str!("../assets/live.js"));
/// The check of a proof. Built from `proof.ts`.
pub(crate) static PROOF: Asset =
    asset!("proof", "js", "text/javascript; charset=utf-8", include_str!("../assets/proof.js"));
/// The icon of a page.
pub(crate) static ICON: Asset =
    asset!("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg"));

impl Asset {
    /// Where it is.
    pub(crate) fn url(&self) -> String {
        format!("/console/static/{}", *self.file)
    }
}

/// `GET /console/static/{file}`
pub(crate) async fn serve(
    Path(asked): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asset = ALL.into_iter().find(|asset| *asset.file == asked);
    let asset = asset.ok_or_else(Problem::not_found)?;
    let types = [(header::CONTENT_TYPE, asset.media_type)];
    let mut response = asset.fixed.answer(&headers, types, || asset.text.to_owned());
    response.headers_mut().insert(header::CACHE_CONTROL, CACHE);
    Ok(response)
}

fn file(name: &str, ending: &str, text: &str) -> String {
    let hash = Sha256::digest(text);
    let hash =
        hash.iter().take(HASH_BYTES).fold(String::new(), |hash, byte| format!("{hash}{byte:02x}"));
    format!("{name}-{hash}.{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_has_its_hash() {
        assert_eq!(file("a", "css", "one"), file("a", "css", "one"));
        assert_ne!(file("a", "css", "one"), file("a", "css", "two"));
        assert!(STYLE.url().starts_with("/console/static/console-"));
        assert_ne!(STYLE.url(), SCRIPT.url());
    }

    #[test]
    fn the_script_runs_no_text_as_code() {
        for word in ["eval(", "new Function", "innerHTML", "document.write", "javascript:"] {
            for script in [&SCRIPT, &LIVE, &PROOF] {
                assert!(!script.text.contains(word), "{word}");
            }
        }
    }
}
