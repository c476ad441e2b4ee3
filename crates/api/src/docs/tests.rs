use std::collections::BTreeSet;

use serde_json::Value;

use super::html::Html;
use super::*;

fn rendered() -> String {
    page::render(&openapi::describe())
}

/// The values of an attribute, in the order of the page.
fn attribute(page: &str, name: &str) -> Vec<String> {
    let before = format!(" {name}=\"");
    let parts = page.split(&before).skip(1);
    parts.filter_map(|rest| rest.split('"').next().map(ToOwned::to_owned)).collect()
}

#[test]
fn every_link_within_the_page_leads_somewhere_and_every_place_has_one_name() {
    let page = rendered();
    let ids = attribute(&page, "id");
    let places: BTreeSet<_> = ids.iter().collect();
    assert_eq!(places.len(), ids.len(), "an id is there twice");
    for link in attribute(&page, "href") {
        let known = match link.strip_prefix('#') {
            Some(id) => places.contains(&id.to_owned()),
            None => ["/openapi.json", "/docs/style.css"].contains(&link.as_str()),
        };
        assert!(known, "{link} leads nowhere");
    }
}

#[test]
fn every_operation_is_on_the_page() {
    let ids: BTreeSet<_> = attribute(&rendered(), "id").into_iter().collect();
    let document: Value = serde_json::from_str(&openapi::document()).expect("JSON");
    for item in document["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("methods").values() {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(ids.contains(id), "{id}");
        }
    }
}

#[test]
fn what_looks_like_markup_in_a_description_is_only_text() {
    let mut html = Html::default();
    html.prose("<b> & \"it's\" `<i>` **</p>**\n\n- <li>");
    let expected = "<p>&lt;b&gt; &amp; &quot;it&#39;s&quot; <code>&lt;i&gt;</code> \
                    <strong>&lt;/p&gt;</strong></p>\n<ul><li>&lt;li&gt;</li></ul>\n";
    assert_eq!(html.finish(), expected);
}

#[test]
fn an_apostrophe_in_an_example_does_not_end_the_argument_of_the_shell() {
    let body = serde_json::json!({"name": "O'Hara"});
    let content = serde_json::json!({"application/x-ndjson": {"example": body}});
    let operation = serde_json::json!({"requestBody": {"content": content}, "security": []});
    let line = curl::line("post", "/v1/commands", &operation);
    assert!(line.ends_with(r#"--data-binary '{"name":"O'\''Hara"}'"#), "{line}");
}

#[tokio::test]
async fn the_page_may_load_its_style_and_nothing_else() {
    let response = super::page(HeaderMap::new()).await;
    let headers = response.headers();
    assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(headers[header::CONTENT_SECURITY_POLICY], POLICY);
    let page = rendered();
    for forbidden in ["<script", " style=", " src=", "http-equiv", "<iframe", " onclick="] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert_eq!(
        style(HeaderMap::new()).await.headers()[header::CONTENT_TYPE],
        "text/css; charset=utf-8"
    );
}

#[test]
fn each_problem_has_a_page_and_the_list_leads_to_it() {
    let list = problems::render_all();
    for kind in http::problem::catalog() {
        let path = format!("/problems/{}", kind.code);
        assert!(attribute(&list, "href").contains(&path), "{path}");
        let page = problems::render(kind.code).expect("a page");
        assert!(page.contains(kind.status.as_str()) && page.contains(kind.code), "{page}");
    }
    assert_eq!(problems::render("no_such_code"), None);
}

/// Writes the page beside its style, for a look at it in a browser.
#[test]
fn the_page_is_one_that_a_browser_can_be_pointed_at() {
    let page = rendered();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    if let Some(folder) = std::env::var_os("WRITE_DOCS_TO") {
        let page = page.replace("/docs/style.css", "style.css");
        let folder = std::path::PathBuf::from(folder);
        std::fs::write(folder.join("docs.html"), page).expect("the page");
        std::fs::write(folder.join("style.css"), include_str!("style.css")).expect("the style");
    }
}
