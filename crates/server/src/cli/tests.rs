//! The command lines that are accepted.

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use store::api_keys::Scope;

use super::{Cli, Command, ConfigCommand, KeyCommand, TenantCommand};
use crate::config::SETTINGS;

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(line.split_whitespace())
}

#[track_caller]
fn is_refused(line: &str, kind: ErrorKind) {
    assert_eq!(parse(line).unwrap_err().kind(), kind, "{line}");
}

#[test]
fn the_commands_are_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn settings_can_precede_and_follow_a_command() {
    for line in ["dossier --listen [::1]:80 serve", "dossier serve --listen [::1]:80"] {
        let cli = parse(line).unwrap();
        assert!(matches!(cli.command, Command::Serve), "{line}");
        assert_eq!(cli.flags.get("listen"), Some("[::1]:80"), "{line}");
    }
    let cli = parse("dossier config check --config a.toml").unwrap();
    assert!(matches!(cli.command, Command::Config(ConfigCommand::Check)));
    assert_eq!(cli.flags.config.unwrap().to_str(), Some("a.toml"));
    assert!(matches!(parse("dossier migrate").unwrap().command, Command::Migrate));
}

#[test]
fn a_tenant_is_created_with_a_name_and_an_optional_id() {
    let Command::Tenant(TenantCommand::Create { name, id }) =
        parse(&format!("dossier tenant create --name acme --id {ID}")).unwrap().command
    else {
        panic!("another command");
    };
    assert_eq!((name.as_str(), id.unwrap().to_string().as_str()), ("acme", ID));
    is_refused("dossier tenant create", ErrorKind::MissingRequiredArgument);
    is_refused("dossier tenant create --name a --id 7", ErrorKind::ValueValidation);
    let listed = parse("dossier tenant list").unwrap().command;
    assert!(matches!(listed, Command::Tenant(TenantCommand::List)));
}

#[test]
fn a_key_has_scopes_and_an_optional_expiry() {
    let line = format!(
        "dossier key create --tenant {ID} --name billing --scopes read,write \
         --expires-at 2030-01-31T01:00:00+01:00"
    );
    let Command::Key(KeyCommand::Create { scopes, expires_at, .. }) = parse(&line).unwrap().command
    else {
        panic!("another command");
    };
    assert_eq!(scopes, [Scope::Read, Scope::Write]);
    assert_eq!(expires_at.unwrap().to_rfc3339(), "2030-01-31T00:00:00+00:00");

    let key = format!("dossier key create --tenant {ID} --name billing");
    is_refused(&key, ErrorKind::MissingRequiredArgument);
    assert!(parse(&format!("{key} --scopes operator")).is_ok());
    is_refused(&format!("{key} --scopes root"), ErrorKind::InvalidValue);
    is_refused(&format!("{key} --scopes read --expires-at tomorrow"), ErrorKind::ValueValidation);
}

#[test]
fn a_key_is_revoked_by_its_id() {
    let revoked = parse("dossier key revoke k1").unwrap().command;
    assert!(matches!(revoked, Command::Key(KeyCommand::Revoke { key_id }) if key_id == "k1"));
    let listed = parse(&format!("dossier key list --tenant {ID}")).unwrap().command;
    assert!(matches!(listed, Command::Key(KeyCommand::List { .. })));
    is_refused("dossier key revoke", ErrorKind::MissingRequiredArgument);
}

/// Every command with its long help.
fn helps(command: &clap::Command, path: &str, found: &mut Vec<(String, String)>) {
    let path = format!("{path} {}", command.get_name());
    found.push((path.clone(), command.clone().render_long_help().to_string()));
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        helps(inner, &path, found);
    }
}

#[test]
fn each_setting_is_listed_once_by_serve_and_config_and_by_no_other_command() {
    let mut root = Cli::command();
    root.build();
    let mut found = Vec::new();
    helps(&root, "", &mut found);
    assert!(found.len() > 25, "{} commands", found.len());
    for (path, help) in &found {
        let lists = [" dossier serve", " dossier config", " dossier config check"];
        let expected = usize::from(lists.contains(&path.as_str()));
        for flag in SETTINGS.iter().map(|setting| setting.flag).chain(["--config"]) {
            let line = format!("{flag} <");
            let times = help.lines().filter(|text| text.trim_start().starts_with(&line)).count();
            assert_eq!(times, expected, "{flag} in the help of{path}:\n{help}");
        }
    }
}
