//! `docs/compat.md` and the routes agree.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use tests::TestApp;

const PAGE: &str = include_str!("../../../docs/compat.md");
const SURFACES: [(&str, &str); 4] = [
    ("Metronome", "metronome"),
    ("FlexPrice", "flexprice"),
    ("Telness Connect", "telness"),
    ("Maple", "maple"),
];
const METHODS: [Method; 5] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// The endpoints in a vendor's first table, by their paths.
fn endpoints(title: &str) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let section = PAGE.split("\n## ").find(|section| section.starts_with(title)).expect(title);
    let mut endpoints: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for row in section
        .lines()
        .skip_while(|line| !line.starts_with("| "))
        .take_while(|line| line.starts_with('|'))
    {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let Some((method, path)) = cells[0].trim_matches('`').split_once(' ') else { continue };
        assert!(["supported", "differs"].contains(&cells[1]), "{row}");
        assert!(cells[1] != "differs" || !cells[2].is_empty(), "{row} says how it differs");
        assert!(endpoints.entry(path).or_default().insert(method), "{row} is there once");
    }
    assert!(endpoints.len() > 3, "{title}: {endpoints:?}");
    endpoints
}

/// The status of a request without a key, which only a known route refuses by it.
async fn status(app: &TestApp, method: &Method, path: &str) -> StatusCode {
    let request = Request::builder().method(method).uri(path).body(Body::empty());
    app.send(request.expect("a request")).await.status
}

#[tokio::test]
async fn the_endpoints_of_compat_md_are_the_routes_and_no_others() {
    let app = TestApp::new().await;
    for (title, name) in SURFACES {
        let documented = endpoints(title);
        let openapi = app.get(&format!("/compat/{name}/openapi.json")).await.expect(200).json();
        let described: BTreeMap<String, BTreeSet<String>> = openapi["paths"]
            .as_object()
            .expect("paths")
            .iter()
            .map(|(path, methods)| {
                let methods = methods.as_object().expect("methods").keys();
                (path.clone(), methods.map(|method| method.to_uppercase()).collect())
            })
            .collect();
        let paths: BTreeMap<_, BTreeSet<_>> = documented
            .iter()
            .map(|(path, methods)| {
                ((*path).to_owned(), methods.iter().map(|method| (*method).to_owned()).collect())
            })
            .collect();
        assert_eq!(described, paths, "{title}");
        for (path, methods) in &documented {
            let at = format!("/compat/{name}{}", path.replace(['{', '}'], ""));
            for method in METHODS {
                let expected = if methods.contains(method.as_str()) {
                    StatusCode::UNAUTHORIZED
                } else if documented.iter().any(|(other, methods)| {
                    // A path with an id in place of this one's last name.
                    methods.contains(method.as_str()) && is_of(other, path)
                }) {
                    continue;
                } else {
                    StatusCode::METHOD_NOT_ALLOWED
                };
                assert_eq!(status(&app, &method, &at).await, expected, "{method} {at}");
            }
            let beyond = format!("{at}/x/y/z");
            assert_eq!(
                status(&app, &Method::GET, &beyond).await,
                StatusCode::NOT_FOUND,
                "{beyond}"
            );
        }
    }
}

/// Whether a path's pattern also matches another path.
fn is_of(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) =
        (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(one, other)| one == other || one.starts_with('{'))
}

/// A request can't find out which routes there are beside those of the page.
#[test]
fn each_route_in_the_sources_is_in_compat_md() {
    // A parameter may have another name in the sources.
    let shape = |path: &str| {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    for (title, name) in SURFACES {
        let known: BTreeSet<_> = endpoints(title).keys().map(|path| shape(path)).collect();
        let file = format!("{}/../crates/compat/src/{name}/mod.rs", env!("CARGO_MANIFEST_DIR"));
        let source = std::fs::read_to_string(file).expect("a source");
        let customers =
            source.split_once("CUSTOMERS: &str = \"").and_then(|(_, rest)| rest.split_once('"'));
        let customers = customers.map_or("", |(path, _)| path);
        let routed = source.split(".route(").skip(1).filter_map(|rest| rest.split('"').nth(1));
        let routed: BTreeSet<_> = routed
            .map(|path| {
                path.replace("{CUSTOMERS}", customers).replace("{{", "{").replace("}}", "}")
            })
            .map(|path| shape(&path))
            .collect();
        assert!(routed.len() > 2, "{title}: {routed:?}");
        let unknown: Vec<_> = routed.difference(&known).collect();
        assert!(unknown.is_empty(), "{title}: {unknown:?}");
    }
}
