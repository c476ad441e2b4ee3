//! Which place wins, and how mistakes are reported.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::setting::Default as Otherwise;
use super::values::Value as _;
use super::{BadConfig, Config, Flags, LogFormat, Origin, SETTINGS, Setting};

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
    assert_eq!(config.log_filter.as_str(), "info");
    assert_eq!(config.limits(), crate::listen::Limits::default());
    assert!(config.effective().iter().all(|setting| setting.origin == Origin::Default));
    assert_eq!(config.request_limits(), http::RequestLimits::default());
    assert_eq!(config.effective().len(), 41);
    assert_eq!(config.read_audit_retention_days, 365);
    assert_eq!(config.trusted_proxies.0, [], "no header names a client");
}

#[test]
fn a_flag_beats_a_variable_and_a_variable_beats_the_file() {
    let (_directory, path) = file("listen = '127.0.0.1:1'\nqueue_max = 1\nbatch_max = 1\n");
    let flags = Flags { config: Some(path.clone()), ..Flags::default() };
    let flags = flags.with("listen", "127.0.0.1:3");
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
fn all_mistakes_are_reported_at_once_each_with_its_place() {
    let (_directory, path) = file("batch_max = 0\nlisen = 'x'\nconnections_max = true\n");
    let flags = Flags { config: Some(path.clone()), ..Flags::default() };
    let flags = flags.with("listen", "localhost").with("data_dir", "");
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
    let report = error.to_string();
    assert!(
        report.starts_with("the configuration has 8 mistakes:\n  --listen must be"),
        "{report}"
    );
    assert!(report.contains("lisen is not a setting"), "{report}");
}

#[test]
fn trusted_proxies_are_a_list_of_networks() {
    let variables = [("DOSSIER_TRUSTED_PROXIES", "10.0.0.0/8, ::1")];
    let config = Config::read(&Flags::default(), environment(&variables)).unwrap();
    assert_eq!(config.trusted_proxies.show(), "10.0.0.0/8, ::1/128");
    let variables = [("DOSSIER_TRUSTED_PROXIES", "10.0.0.0/8, proxy.example.com")];
    let error = Config::read(&Flags::default(), environment(&variables)).unwrap_err();
    assert_eq!(places(&error), ["DOSSIER_TRUSTED_PROXIES"]);
}

#[test]
fn sign_in_by_an_identity_provider_needs_all_its_settings() {
    let issuer = ("DOSSIER_CONSOLE_OIDC_ISSUER", "https://login.example.com");
    let error = Config::read(&Flags::default(), environment(&[issuer])).unwrap_err();
    assert_eq!(places(&error), ["console_url", "console_oidc_client_id", "console_oidc_roles"]);
    let whole = [
        issuer,
        ("DOSSIER_CONSOLE_URL", "https://dossier.example.com"),
        ("DOSSIER_CONSOLE_OIDC_CLIENT_ID", "dossier"),
        ("DOSSIER_CONSOLE_OIDC_ROLES", "admin=0123456789abcdef,support=00000000000000aa"),
    ];
    let config = Config::read(&Flags::default(), environment(&whole)).unwrap();
    assert!(config.console_oidc_roles.names_key("00000000000000aa"));
    let insecure = ("DOSSIER_CONSOLE_OIDC_ISSUER", "http://login.example.com");
    let error = Config::read(&Flags::default(), environment(&[insecure])).unwrap_err();
    assert_eq!(places(&error), ["DOSSIER_CONSOLE_OIDC_ISSUER"]);
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
fn a_setting_has_one_name_everywhere() {
    let mut command = <crate::cli::Cli as clap::CommandFactory>::command();
    command.build();
    let mut help = |name| {
        let subcommand = command.find_subcommand_mut(name).expect("a command");
        subcommand.render_long_help().to_string()
    };
    let (of_serve, of_config, of_verify) = (help("serve"), help("config"), help("verify"));
    assert_eq!(Config::read(&Flags::default(), nothing).unwrap().effective().len(), SETTINGS.len());
    for setting in &SETTINGS {
        let (flag, variable) = match setting.key {
            "database_url" => ("--database-url".to_owned(), "DATABASE_URL".to_owned()),
            "database_replica_url" => {
                ("--database-replica-url".to_owned(), "DATABASE_REPLICA_URL".to_owned())
            }
            "log_filter" => ("--log".to_owned(), "DOSSIER_LOG".to_owned()),
            key => {
                (format!("--{}", key.replace('_', "-")), format!("DOSSIER_{}", key.to_uppercase()))
            }
        };
        assert_eq!((setting.flag, setting.variable), (flag.as_str(), variable.as_str()));
        for help in [&of_serve, &of_config] {
            assert!(help.contains(&format!("{flag} <{}>", setting.unit)), "{flag}");
            assert!(help.contains(&variable), "{variable}");
        }
        assert!(
            !of_verify.contains(&format!("{flag} <")),
            "{flag} is shown by serve and config only"
        );
        let variables = [(variable.as_str(), "\0")];
        let error = Config::read(&Flags::default(), environment(&variables));
        let text = [
            "console_oidc_client_id",
            "console_oidc_client_secret",
            "console_oidc_roles_claim",
            "console_oidc_scopes",
            "data_dir",
            "database_root_cert",
            "log_key",
            "pg_bin_dir",
            "pg_user",
        ];
        let text = text.contains(&setting.key);
        assert_eq!(error.is_ok(), text, "{variable} is read");
        let line = ["dossier", "serve", &flag, ""];
        let flags = <crate::cli::Cli as clap::Parser>::try_parse_from(line).unwrap().flags;
        let error = Config::read(&flags, nothing).unwrap_err();
        assert_eq!(places(&error), [flag.as_str()]);
    }
}

#[test]
fn a_number_is_accepted_in_its_range_only() {
    for setting in &SETTINGS {
        let Some(range) = &setting.range else { continue };
        let read = |number: i64| {
            Config::read(&Flags::default().with(setting.key, &number.to_string()), nothing)
        };
        let (least, most) = (i64::from(*range.start()), i64::from(*range.end()));
        for (number, accepted) in
            [(least - 1, false), (least, true), (most, true), (most + 1, false)]
        {
            assert_eq!(read(number).is_ok(), accepted, "{} = {number}", setting.key);
        }
    }
}

/// What stands around the table of settings in its page.
const TABLE: [&str; 2] = ["<!-- settings -->\n", "<!-- end of settings -->\n"];

/// The table of settings in docs/operations.md.
fn table() -> String {
    let rows = SETTINGS.iter().map(|setting| {
        let Setting { key, flag, variable, unit, default, range, description } = setting;
        let default = match default {
            Otherwise::Value(value) => format!("`{value}`"),
            Otherwise::Absent(what) => (*what).to_owned(),
        };
        let range = range.as_ref().map_or_else(String::new, |range| {
            let unit = match *unit {
                "COUNT" => String::new(),
                "MIB" => " MiB".to_owned(),
                unit => format!(" {}", unit.to_lowercase()),
            };
            format!("{} to {}{unit}", range.start(), range.end())
        });
        format!("| `{key}` | `{flag}`, `{variable}` | {default} | {range} | {description} |\n")
    });
    let head = "| Key | Flag and variable | Default | Range | Meaning |\n| --- | --- | --- | --- | --- |\n";
    head.to_owned() + &rows.collect::<String>()
}

#[test]
fn the_page_for_operators_lists_every_setting() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let page = fs::read_to_string(&file).unwrap();
    assert!(
        page.contains("`DOSSIER_CONFIG`") && page.contains("`--config`"),
        "what names the file"
    );
    let (before, rest) = page.split_once(TABLE[0]).expect("the start of the table");
    let (found, after) = rest.split_once(TABLE[1]).expect("the end of the table");
    if std::env::var_os("UPDATE_FILES").is_some() {
        fs::write(&file, [before, TABLE[0], &table(), TABLE[1], after].concat()).unwrap();
        return;
    }
    assert_eq!(found, table(), "run `make update-files`");
}
