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
const ROWS: [&[&str]; 5] =
    [&["domain", "oidc"], &["store"], &["http"], &["api", "compat", "console"], &["server"]];

/// Circles that are still there: the crate, and its files. This list gets shorter.
const KNOWN: &[(&str, &[&str])] = &[];

/// Files that a new list touches, at most.
const LIST_FILES_MAX: usize = 8;
/// Files that a new command touches that writes an existing event, at most.
const COMMAND_FILES_MAX: usize = 5;

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

/// The files that a part of the page about the architecture names.
fn named(page: &str, heading: &str) -> BTreeSet<String> {
    let (_, part) = page.split_once(heading).unwrap_or_else(|| panic!("{heading}"));
    let part = part.split("\n#").next().unwrap_or_default();
    let quoted = part.split('`').skip(1).step_by(2);
    quoted.filter(|path| path.starts_with("crates/")).map(str::to_owned).collect()
}

#[test]
fn files_that_the_page_about_the_architecture_names_exist() {
    let page = read("docs/architecture.md");
    let quoted = page.split('`').skip(1).step_by(2).filter(|path| path.starts_with("crates/"));
    let missing: Vec<_> = quoted.filter(|path| !at(path).exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Who follows a checklist forgets no file: each that mentions the example is in it.
#[test]
fn a_checklist_names_every_file_that_mentions_its_example() {
    let page = read("docs/architecture.md");
    let list = named(&page, "### Add a list over an existing read model\n");
    let read_model = named(&page, "### Add a read model\n");
    let links = ["IntegrationLink", "INTEGRATION_LINK", "integration_links", "LinkQuery"];
    check_mentions(&links, &list.union(&read_model).cloned().collect());
    assert!(list.len() <= LIST_FILES_MAX, "{list:?}");

    let command = named(&page, "### Add a command that writes an existing event\n");
    check_mentions(&["ReplaceMetadata", "replace-metadata"], &command);
    // The table of vendors' fields and the console's form come on top.
    assert!(command.len() <= COMMAND_FILES_MAX + 2, "{command:?}");
}

#[track_caller]
fn check_mentions(words: &[&str], expected: &BTreeSet<String>) {
    let mut found = BTreeSet::new();
    for src in ROWS.concat().into_iter().map(|name| format!("crates/{name}/src")) {
        add_mentions(&src, words, &mut found);
    }
    assert_eq!(&found, expected, "{words:?}");
}

fn add_mentions(folder: &str, words: &[&str], found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(at(folder)).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        let path = format!("{folder}/{name}");
        let of_tests = ["tests", "tests.rs", "properties", "testing.rs"].contains(&name.as_str());
        if of_tests {
            continue;
        }
        if entry.path().is_dir() {
            add_mentions(&path, words, found);
        } else if words.iter().any(|word| read(&path).contains(word)) {
            found.insert(path);
        }
    }
}
