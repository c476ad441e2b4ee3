//! Which place wins, and what an operator is told about mistakes.

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use clap::Args as _;
use tempfile::TempDir;

use super::{BadConfig, Config, Flags, LogFormat, Origin};

fn nothing(_: &str) -> Option<String> {
    None
}

/// An environment of these variables.
fn environment<'a>(
    variables: &'a [(&'a str, &'a str)],
) -> impl Fn(&str) -> Option<String> + use<'a> {
    |asked| variables.iter().find(|(name, _)| *name == asked).map(|(_, value)| (*value).to_owned())
}

fn file(text: &str) -> (TempDir, PathBuf) {
    let directory = TempDir::new().expect("a temporary directory");
    let path = directory.path().join("dossier.toml");
    fs::write(&path, text).expect("a file in it");
    (directory, path)
}

fn places(error: &BadConfig) -> Vec<&str> {
    error.mistakes.iter().map(|mistake| mistake.place.as_str()).collect()
}

#[test]
fn without_any_setting_the_service_listens_to_its_own_machine_only() {
    let config = Config::read(&Flags::default(), nothing).unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.database_url, None);
    assert_eq!(config.log_format, LogFormat::Text);
    assert_eq!(config.log_filter, "info");
    assert_eq!(config.limits(), crate::listen::Limits::default());
    assert!(config.effective().iter().all(|setting| setting.origin == Origin::Default));
    assert_eq!(config.request_limits(), http::RequestLimits::default());
    assert_eq!(config.effective().len(), 29);
    assert_eq!(config.read_audit_retention_days, 365);
    assert_eq!(config.trusted_proxies.0, [], "no header names a client");
}

#[test]
fn a_flag_beats_a_variable_and_a_variable_beats_the_file() {
    let (_directory, path) = file("listen = '127.0.0.1:1'\nqueue_max = 1\nbatch_max = 1\n");
    let flags = Flags {
        config: Some(path.clone()),
        listen: Some("127.0.0.1:3".to_owned()),
        ..Flags::default()
    };
    let variables =
        [("DOSSIER_LISTEN", "127.0.0.1:2"), ("DOSSIER_QUEUE_MAX", "2"), ("DOSSIER_BATCH_MAX", "")];
    let config = Config::read(&flags, environment(&variables)).unwrap();
    assert_eq!(config.listen.port(), 3);
    assert_eq!((config.queue_max, config.batch_max), (2, 1));
    let origin = |key| config.effective().iter().find(|one| one.key == key).unwrap().origin.clone();
    assert_eq!(origin("listen"), Origin::Flag("--listen"));
    assert_eq!(origin("queue_max"), Origin::Variable("DOSSIER_QUEUE_MAX"));
    assert_eq!(origin("batch_max"), Origin::File(path));
    assert_eq!(config.effective()[0].to_string(), "listen = 127.0.0.1:3 (--listen)");
}

#[test]
fn the_file_can_be_named_by_the_environment() {
    let (_directory, path) = file("log_format = 'json'\n");
    let variables = [("DOSSIER_CONFIG", path.to_str().unwrap())];
    let config = Config::read(&Flags::default(), environment(&variables)).unwrap();
    assert_eq!(config.log_format, LogFormat::Json);
}

#[test]
fn every_mistake_is_told_at_once_and_where_it_is() {
    let (_directory, path) = file("batch_max = 0\nlisen = 'x'\nconnections_max = true\n");
    let flags = Flags {
        config: Some(path.clone()),
        listen: Some("localhost".to_owned()),
        data_dir: Some(String::new()),
        ..Flags::default()
    };
    let variables = [
        ("DOSSIER_LOG_FORMAT", "xml"),
        ("DOSSIER_LOG", "info,=x=y"),
        ("DOSSIER_IDEMPOTENCY_RETENTION_HOURS", "23"),
    ];
    let error = Config::read(&flags, environment(&variables)).unwrap_err();
    let in_file = |key| format!("{}: {key}", path.display());
    assert_eq!(
        places(&error),
        [
            "--listen",
            "--data-dir",
            "DOSSIER_LOG_FORMAT",
            "DOSSIER_LOG",
            &in_file("batch_max"),
            "DOSSIER_IDEMPOTENCY_RETENTION_HOURS",
            &in_file("connections_max"),
            &in_file("lisen"),
        ]
    );
    let told = error.to_string();
    assert!(told.starts_with("the configuration has 8 mistakes:\n  --listen must be"), "{told}");
    assert!(told.contains("lisen is not a setting"), "{told}");
}

#[test]
fn trusted_proxies_are_a_list_of_networks() {
    let variables = [("DOSSIER_TRUSTED_PROXIES", "10.0.0.0/8, ::1")];
    let config = Config::read(&Flags::default(), environment(&variables)).unwrap();
    assert_eq!(config.trusted_proxies.to_string(), "10.0.0.0/8, ::1/128");
    let variables = [("DOSSIER_TRUSTED_PROXIES", "10.0.0.0/8, proxy.example.com")];
    let error = Config::read(&Flags::default(), environment(&variables)).unwrap_err();
    assert_eq!(places(&error), ["DOSSIER_TRUSTED_PROXIES"]);
}

#[test]
fn a_password_is_never_shown() {
    let hunter = "postgres://dossier:hunter2@db/dossier";
    let config = Config::read(&Flags::default(), environment(&[("DATABASE_URL", hunter)])).unwrap();
    assert_eq!(config.database_url.as_ref().unwrap().expose(), hunter);
    assert!(!format!("{config:?}").contains("hunter2"));
    let shown: Vec<_> = config.effective().iter().map(ToString::to_string).collect();
    assert!(shown.contains(&"database_url = (hidden) (DATABASE_URL)".to_owned()), "{shown:?}");
    assert!(!shown.concat().contains("hunter2"));

    let wrong = [("DATABASE_URL", "mysql://dossier:hunter2@db/dossier")];
    let error = Config::read(&Flags::default(), environment(&wrong)).unwrap_err();
    assert_eq!(places(&error), ["DATABASE_URL"]);
    assert!(!format!("{error} {error:?}").contains("hunter2"));

    let (_directory, path) = file("# a line\ndatabase_url = 'postgres://a:hunter2@b'c\n");
    let flags = Flags { config: Some(path), ..Flags::default() };
    let error = Config::read(&flags, nothing).unwrap_err();
    assert!(error.to_string().ends_with("is not valid TOML in line 2"), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn a_file_that_is_not_there_is_a_mistake() {
    let flags = Flags { config: Some("/nowhere/dossier.toml".into()), ..Flags::default() };
    let error = Config::read(&flags, nothing).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the configuration has a mistake:\n  /nowhere/dossier.toml cannot be read: entity not found"
    );
}

#[test]
fn a_setting_is_called_alike_everywhere() {
    let command = <crate::cli::Cli as clap::CommandFactory>::command();
    let help = command.clone().render_long_help().to_string();
    for setting in Config::read(&Flags::default(), nothing).unwrap().effective() {
        let (flag, variable) = match setting.key {
            "database_url" => ("--database-url".to_owned(), "DATABASE_URL".to_owned()),
            "log_filter" => ("--log".to_owned(), "DOSSIER_LOG".to_owned()),
            key => {
                (format!("--{}", key.replace('_', "-")), format!("DOSSIER_{}", key.to_uppercase()))
            }
        };
        assert!(help.contains(&format!("{flag} <")), "{flag}");
        assert!(help.contains(&variable), "{variable}");
        let variables = [(variable.as_str(), "\0")];
        let error = Config::read(&Flags::default(), environment(&variables));
        let text = ["data_dir", "database_root_cert", "log_key", "pg_bin_dir", "pg_user"];
        let text = text.contains(&setting.key);
        assert_eq!(error.is_ok(), text, "{variable} is read");
        let line = ["dossier", "serve", &flag, ""];
        let flags = <crate::cli::Cli as clap::Parser>::try_parse_from(line).unwrap().flags;
        let error = Config::read(&flags, nothing).unwrap_err();
        assert_eq!(places(&error), [flag.as_str()]);
    }
}

#[test]
fn operators_can_read_of_every_setting_its_flag_variable_and_default() {
    let page = include_str!("../../../../docs/operations.md");
    let asked = RefCell::new(Vec::new());
    let config = Config::read(&Flags::default(), |variable| {
        asked.borrow_mut().push(variable.to_owned());
        None
    });
    let (config, asked) = (config.unwrap(), asked.into_inner());
    assert!(page.contains(&format!("`{}`", asked[0])), "the variable that names the file");
    assert_eq!(asked.len(), config.effective().len() + 1);
    for (setting, variable) in config.effective().iter().zip(&asked[1..]) {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", setting.key)));
        let row = row.unwrap_or_else(|| panic!("{} is not on the page", setting.key));
        assert!(row.contains(&format!("`{variable}`")), "{variable} is not in {row}");
        let has_default = setting.value == "(not set)" || row.contains(&setting.value);
        assert!(has_default, "{} is not in {row}", setting.value);
    }
    // Commands have rows, too.
    let rows = page.lines().filter(|line| line.starts_with("| `") && line.contains("`, `D"));
    assert_eq!(rows.count(), config.effective().len(), "the page has more settings");
    for flag in Flags::augment_args(clap::Command::new("dossier")).get_arguments() {
        let flag = flag.get_long().expect("a long flag");
        assert!(page.contains(&format!("`--{flag}`")), "--{flag} is not on the page");
    }
}
