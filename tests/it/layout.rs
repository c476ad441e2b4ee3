//! The layout of the sources: crates form a line, files of a crate form no circle, and a route is where its
//! path says.

mod circles;
mod imports;
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The crates, from the lowest. A crate may use those of the rows above it here. In its tests it may use
/// those of its own row, too.
const ROWS: [&[&str]; 5] = [&["domain"], &["store"], &["http"], &["api", "compat"], &["server"]];

/// Circles that are still there: the crate, and its files. This list gets shorter.
const KNOWN: &[(&str, &[&str])] = &[
    ("benches/src", &["history.rs", "ours.rs", "stock.rs"]),
    ("benches/src", &["peers.rs", "peers/chart.rs", "peers/child.rs", "peers/page.rs"]),
    (
        "crates/api/src",
        &[
            "openapi/answers.rs",
            "openapi/audit.rs",
            "openapi/history.rs",
            "openapi/lists.rs",
            "openapi/operation.rs",
            "openapi/parameters.rs",
            "openapi/queries.rs",
            "openapi/responses.rs",
            "openapi/schemas.rs",
            "openapi/unions.rs",
        ],
    ),
    ("crates/api/src", &["openapi/log.rs", "openapi/mod.rs", "openapi/paths.rs"]),
    (
        "crates/domain/src",
        &[
            "customer/decide/billing.rs",
            "customer/decide/configs.rs",
            "customer/decide/identity.rs",
            "customer/decide/integrations.rs",
            "customer/decide/invoices.rs",
            "customer/decide/lifecycle.rs",
            "customer/decide/mod.rs",
            "customer/decide/parent.rs",
            "customer/decide/payment.rs",
            "customer/decide/revenue.rs",
            "customer/decide/revert.rs",
        ],
    ),
];

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn no_crate_uses_one_above_it() {
    let mut found: Vec<_> = fs::read_dir(at("crates"))
        .expect("crates")
        .map(|entry| entry.expect("a crate").file_name().into_string().expect("its name"))
        .collect();
    found.sort();
    let mut expected = ROWS.concat();
    expected.sort_unstable();
    assert_eq!(found, expected, "each crate has its row");
    for (row, names) in ROWS.iter().enumerate() {
        for name in *names {
            let manifest = read(&format!("crates/{name}/Cargo.toml"));
            let (used, of_tests) =
                manifest.split_once("\n[dev-dependencies]").unwrap_or((&manifest, ""));
            let above: BTreeSet<_> = ROWS[row..].concat().into_iter().collect();
            let above_tests: BTreeSet<_> = ROWS[row + 1..].concat().into_iter().collect();
            for (part, forbidden) in [(used, above), (of_tests, above_tests)] {
                for other in forbidden {
                    let line = format!("\n{other}.workspace = true");
                    assert!(!part.contains(&line), "{name} uses {other}");
                }
            }
        }
    }
}

#[test]
fn files_of_a_crate_import_each_other_in_no_circle() {
    let mut found = BTreeSet::new();
    let mut largest = 0;
    for src in sources() {
        let needs = imports::needs(&at(&src));
        for circle in circles::circles(&needs) {
            largest = largest.max(circle.len());
            let files: Vec<_> = circle.iter().map(|file| (*file).to_owned()).collect();
            for file in &circle {
                let within: Vec<_> =
                    needs[*file].iter().filter(|needed| circle.contains(needed.as_str())).collect();
                println!("{src}/{file} needs {within:?}");
            }
            found.insert((src.clone(), files));
        }
    }
    println!("the largest circle has {largest} files");
    let known = KNOWN.iter().map(|(src, files)| {
        ((*src).to_owned(), files.iter().map(|file| (*file).to_owned()).collect::<Vec<_>>())
    });
    assert_eq!(found, known.collect(), "circles that are there, and circles that are known");
}

fn sources() -> Vec<String> {
    let crates = ROWS.concat().into_iter().map(|name| format!("crates/{name}/src"));
    crates
        .chain(["benches/src".to_owned(), "tests/src".to_owned()])
        .filter(|src| at(src).exists())
        .collect()
}

/// The handler of `/v1/customers/{ref}/blame` is in `v1::customers::blame`: the deepest module that the
/// path's names lead to.
#[test]
fn the_handler_of_a_route_is_in_the_module_that_the_path_names() {
    let routes = read("crates/api/src/routes.rs");
    let mut seen = 0;
    for route in routes.split(".route(").skip(1) {
        let path = route.split('"').nth(1).expect("a path");
        if !path.starts_with("/v1/") && !path.starts_with("/admin/") {
            continue;
        }
        let mut module = String::new();
        for name in path.split('/').filter(|name| !name.is_empty() && !name.starts_with('{')) {
            let deeper = format!("{module}/{}", name.replace('-', "_"));
            if at(&format!("crates/api/src{deeper}.rs")).exists() {
                module = deeper;
            }
        }
        let handler = route.split(['(', ')']).nth(1).expect("a handler").trim();
        let named = handler.rsplit_once("::").expect("a module").0.replace("::", "/");
        let named = if named.starts_with("customers") { format!("v1/{named}") } else { named };
        assert_eq!(format!("/{named}"), module, "{path} is answered by {handler}");
        seen += 1;
    }
    assert!(seen > 30, "{seen} routes");
}
