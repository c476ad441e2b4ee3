//! The documentation page.
pub(crate) async fn page() -> &'static str {
    ""
}
pub(crate) async fn style() -> &'static str {
    ""
}
