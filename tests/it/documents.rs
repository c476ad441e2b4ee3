//! Documents agree with the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The packages of the workspace.
const PACKAGES: [&str; 10] = [
    "crates/api",
    "benches",
    "crates/compat",
    "crates/console",
    "crates/domain",
    "crates/http",
    "crates/oidc",
    "crates/server",
    "crates/store",
    "tests",
];

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The cells of each row of a document's tables, headings and rules included.
fn rows(document: &str) -> Vec<Vec<&str>> {
    let rows = document.lines().filter(|line| line.starts_with("| "));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The texts between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Adds the names of all tests in the sources below a folder.
fn add_tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            add_tests(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let source = fs::read_to_string(&path).expect("a source");
            for attribute in ["#[test]", "#[tokio::test"] {
                for test in source.split(attribute).skip(1) {
                    let (_, function) = test.split_once("fn ").expect("a function");
                    let (name, _) = function.split_once('(').expect("its name");
                    found.insert(name.to_owned());
                }
            }
        }
    }
}

#[test]
fn every_threat_names_existing_tests_or_is_not_offered() {
    let mut tests = BTreeSet::new();
    for package in PACKAGES {
        add_tests(&at(package), &mut tests);
    }
    let document = read("docs/threat-model.md");
    let mut met = BTreeSet::new();
    for row in rows(&document) {
        let [number, _, done, shown] = row[..] else { continue };
        if !number.starts_with('S') {
            continue;
        }
        met.insert(number.to_owned());
        let shown: Vec<_> = quoted(shown).collect();
        assert!(!shown.is_empty() || done.contains("**not offered**"), "{number}: by no test");
        let missing = shown.into_iter().find(|test| !tests.contains(*test));
        assert_eq!(missing, None, "{number}: there is no such test");
    }
    let expected: BTreeSet<_> =
        (1..=18).map(|number| format!("S{number}")).chain(["S-ER".to_owned()]).collect();
    assert_eq!(met, expected);

    let (_, input) = document.split_once("## Input, storage and recovery").expect("the table");
    for test in rows(input).iter().skip(2).flat_map(|row| quoted(row[2])) {
        assert!(tests.contains(test), "there is no test {test}");
    }
}

#[test]
fn every_direct_dependency_has_a_reason_and_its_users() {
    let workspace = read("Cargo.toml");
    let (_, listed) = workspace.split_once("[workspace.dependencies]\n").expect("the versions");
    let listed = listed.split("\n[").next().unwrap_or_default();
    let mut users: BTreeMap<_, Vec<_>> = listed
        .lines()
        .filter(|line| !line.starts_with('#') && !line.contains("path = "))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| (name, Vec::new()))
        .collect();
    for package in PACKAGES {
        let manifest = read(&format!("{package}/Cargo.toml"));
        let name = package.trim_start_matches("crates/");
        for (dependency, users) in &mut users {
            if manifest.contains(&format!("\n{dependency}.workspace = true\n")) {
                users.push(name);
            }
        }
    }
    let document = read("docs/dependencies.md");
    let mut documented = BTreeMap::new();
    for row in rows(&document).into_iter().skip(2) {
        let [name, users, why] = row[..] else { panic!("a row of three cells: {row:?}") };
        assert!(why.len() > 10, "{name}: why?");
        documented.insert(name.trim_matches('`'), users.split(", ").collect());
    }
    assert_eq!(documented, users);
}

/// The targets of a document's links within the repository, without anchors.
fn links(document: &str) -> impl Iterator<Item = &str> {
    let targets = document.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets
        .filter(|target| !target.contains("://"))
        .map(|target| target.split('#').next().unwrap_or_default())
        .filter(|target| !target.is_empty())
}

#[test]
fn links_between_documents_lead_to_files() {
    let mut documents = vec![at("README.md")];
    for folder in ["docs", "docs/adr"] {
        let entries = fs::read_dir(at(folder)).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        documents.extend(paths.filter(|path| path.extension().is_some_and(|kind| kind == "md")));
    }
    assert!(documents.len() > 30, "only {documents:?}");
    for document in documents {
        let text = fs::read_to_string(&document).expect("a document");
        let folder = document.parent().expect("a folder");
        let missing = links(&text).find(|target| !folder.join(target).exists());
        assert_eq!(missing, None, "{}: there is no such file", document.display());
    }
}
