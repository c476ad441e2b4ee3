//! The release has no symbols; they are in a file beside it.

use std::path::Path;
use std::process::Command;

use crate::service::{binary, command};

/// The output of a program.
fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect(program);
    assert!(output.status.success(), "{program} {arguments:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
async fn a_stripped_binary_runs_and_its_addresses_are_found_in_the_file_beside_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/server/split-symbols");
    let (whole, name) = (binary().await, directory.path().to_str().expect("UTF-8"));
    output(script.to_str().expect("UTF-8"), &[whole.to_str().expect("UTF-8"), name]);
    let stripped = directory.path().join("dossier");
    let stripped = stripped.to_str().expect("UTF-8");
    let symbols = format!("{stripped}.debug");
    assert_eq!(output("nm", &["--quiet", stripped]), "", "it has symbols");
    let version = command(&["--version"]).await.output().await.expect("the whole binary").stdout;
    assert_eq!(output(stripped, &["--version"]).as_bytes(), version);

    let functions = output("nm", &["--demangle", "--defined-only", &symbols]);
    let main = functions.lines().find(|line| line.ends_with(" dossier::main"));
    let address = main.and_then(|line| line.split(' ').next()).expect("the main function");
    let found = output("addr2line", &["-C", "-f", "-e", &symbols, address]);
    assert!(found.starts_with("dossier::main"), "{found}");
    // Debuggers and backtraces of the program itself follow this link.
    let link = output("readelf", &["--string-dump=.gnu_debuglink", stripped]);
    assert!(link.contains("dossier.debug"), "{link}");
}
