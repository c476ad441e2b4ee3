//! Completions for shells, and the manual.

use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::service::{fails, succeeds};

/// Runs a script in bash: its output.
async fn bash(script: &str) -> String {
    let mut bash = Command::new("bash");
    let mut child = bash
        .args(["--norc", "--noprofile", "-s"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("bash");
    child.stdin.take().expect("its input").write_all(script.as_bytes()).await.expect("a script");
    let output = child.wait_with_output().await.expect("an end");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[tokio::test]
async fn bash_completes_commands_and_their_flags() {
    let completions = succeeds(&["completions", "bash"], &[]).await;
    let complete = async |words: &str| {
        let script = format!(
            "{completions}
             COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
             _dossier dossier \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"
             echo \"${{COMPREPLY[@]}}\""
        );
        bash(&script).await.trim().to_owned()
    };
    assert_eq!(complete("dossier back").await, "backup");
    assert_eq!(complete("dossier key rev").await, "revoke");
    assert_eq!(complete("dossier verify --require-").await, "--require-authenticated");
}

#[tokio::test]
async fn every_shell_has_completions_without_valid_settings() {
    let wrong = [("DOSSIER_QUEUE_MAX", "many")];
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let printed = succeeds(&["completions", shell], &wrong).await;
        for command in ["serve", "rebuild", "restore"] {
            assert!(printed.contains(command), "{shell}: {command}");
        }
    }
    assert!(fails(&["completions", "cmd"], &wrong).await.contains("zsh"));
}

#[tokio::test]
async fn the_manual_has_a_page_for_each_command() {
    let page = succeeds(&["man"], &[]).await;
    assert!(page.contains(".TH dossier 1"), "{page}");
    for command in ["serve", "backup", "restore", "verify"] {
        assert!(page.contains(&format!("dossier\\-{command}(1)")), "{command}: {page}");
    }
    let directory = tempfile::tempdir().expect("a directory");
    let pages = directory.path().join("not/there/yet");
    let name = pages.to_str().expect("UTF-8");
    succeeds(&["man", "--directory", name], &[]).await;
    let read = |page: &str| std::fs::read_to_string(pages.join(page)).expect(page);
    assert!(read("dossier-serve.1").contains("DOSSIER_QUEUE_MAX"));
    assert!(read("dossier-key-create.1").contains("expires"));
    assert!(!read("dossier-key-create.1").contains("DOSSIER_QUEUE_MAX"));
}
