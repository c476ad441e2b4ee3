//! What an operator does when PostgreSQL refuses a login or a right, in one table.

use sqlx::Error;

/// A refusal of PostgreSQL, and the way out.
struct Remedy {
    /// Its SQLSTATE.
    code: &'static str,
    /// Its message up to the name in it.
    before: &'static str,
    /// Its message after the name.
    after: &'static str,
    /// What to do. `{name}` is the name in the message, `{login}` the login.
    remedy: &'static str,
}

const fn remedy(
    code: &'static str,
    before: &'static str,
    after: &'static str,
    remedy: &'static str,
) -> Remedy {
    Remedy { code, before, after, remedy }
}

/// The first match decides.
const REMEDIES: [Remedy; 17] = [
    remedy(
        "42501",
        "permission denied to set role \"",
        "\"",
        "run `grant {name} to {login}` as a superuser",
    ),
    remedy(
        "22023",
        "role \"",
        "\" does not exist",
        "run `dossier migrate`; if the database is a copy from another server, run `create role {name} nologin` \
         first",
    ),
    remedy(
        "28000",
        "role \"",
        "\" does not exist",
        "run `create role \"{name}\" login password '…'` as a superuser, or correct the URL",
    ),
    remedy(
        "28000",
        "role \"",
        "\" is not permitted to log in",
        "run `alter role \"{name}\" login` as a superuser",
    ),
    remedy(
        "28000",
        "no pg_hba.conf entry for ",
        "",
        "add a line for it to pg_hba.conf, and run `select pg_reload_conf()`: {name}",
    ),
    remedy(
        "28P01",
        "password authentication failed for user \"",
        "\"",
        "correct the password in the URL, or run `alter role \"{name}\" password '…'` as a superuser",
    ),
    remedy(
        "42501",
        "permission denied for database ",
        "",
        "run `grant connect on database {name} to {login}` as the database's owner",
    ),
    remedy(
        "42501",
        "permission denied for schema public",
        "",
        "run `grant usage, create on schema public to {login}` as the database's owner for the login that \
         migrates, and `dossier migrate` for the service's roles",
    ),
    remedy(
        "42501",
        "permission denied for schema ",
        "",
        "run `grant usage on schema {name} to dossier_writer, dossier_reader, dossier_projector` as its owner",
    ),
    remedy(
        "42501",
        "permission denied for function ",
        "",
        "run the line `GRANT ALL ON FUNCTION public.{name}(…)` of docs/schema.sql as its owner",
    ),
    remedy(
        "42501",
        "permission denied for table ",
        "",
        "run the lines `GRANT … ON TABLE public.{name}` of docs/schema.sql as its owner",
    ),
    remedy(
        "42501",
        "permission denied for sequence ",
        "",
        "run the lines `GRANT … ON SEQUENCE public.{name}` of docs/schema.sql as its owner",
    ),
    remedy(
        "42501",
        "permission denied to create temporary tables in database \"",
        "\"",
        "run `grant temporary on database {name} to dossier_verifier` as the database's owner",
    ),
    remedy(
        "42501",
        "permission denied to create role",
        "",
        "run `alter role {login} createrole` as a superuser, or migrate as a superuser",
    ),
    remedy("42501", "must be superuser to ", "", "run the command with the URL of a superuser"),
    remedy("42501", "must be owner of ", "", "run `dossier migrate` as the owner of {name}"),
    remedy(
        "42501",
        "must have admin option on role \"",
        "\"",
        "run `grant {name} to {login} with admin option` as a superuser",
    ),
];

/// What to do about a refused login or right, if that is known.
pub(crate) fn of(error: &Error, login: &str) -> Option<String> {
    let answer = error.as_database_error()?;
    by_message(&answer.code().unwrap_or_default(), answer.message(), login)
}

fn by_message(code: &str, message: &str, login: &str) -> Option<String> {
    let (remedy, name) = REMEDIES.iter().find_map(|remedy| {
        let named = (remedy.code == code).then_some(message)?.strip_prefix(remedy.before)?;
        let end = if remedy.after.is_empty() { named.len() } else { named.find(remedy.after)? };
        Some((remedy, named.get(..end)?))
    })?;
    Some(remedy.remedy.replace("{name}", name).replace("{login}", login))
}

#[cfg(test)]
mod tests {
    use super::by_message;

    #[track_caller]
    fn check(code: &str, message: &str, expected: &str) {
        let found = by_message(code, message, "svc").unwrap_or_default();
        assert!(found.contains(expected), "{message}: {found}");
    }

    #[test]
    fn a_missing_grant_is_named_as_a_statement() {
        let denied = "permission denied to set role \"dossier_key_admin\"";
        check("42501", denied, "`grant dossier_key_admin to svc`");
        check(
            "42501",
            "permission denied for database shop",
            "`grant connect on database shop to svc`",
        );
        check(
            "42501",
            "permission denied for schema public",
            "`grant usage, create on schema public to svc`",
        );
        check("42501", "permission denied for table events", "`GRANT … ON TABLE public.events`");
        check("42501", "permission denied for function append_batch", "public.append_batch(…)");
        check("42501", "permission denied to create role", "`alter role svc createrole`");
        let temporary = "permission denied to create temporary tables in database \"shop\"";
        check("42501", temporary, "`grant temporary on database shop to dossier_verifier`");
    }

    #[test]
    fn a_missing_role_or_login_is_named_as_a_statement() {
        check(
            "22023",
            "role \"dossier_writer\" does not exist",
            "`create role dossier_writer nologin`",
        );
        check("28000", "role \"svc\" does not exist", "`create role \"svc\" login");
        check("28000", "role \"svc\" is not permitted to log in", "`alter role \"svc\" login`");
        check(
            "28P01",
            "password authentication failed for user \"svc\"",
            "`alter role \"svc\" password",
        );
        let closed = "no pg_hba.conf entry for host \"10.0.0.1\", user \"svc\", database \"shop\", no encryption";
        check("28000", closed, "pg_hba.conf");
    }

    #[test]
    fn other_refusals_have_no_remedy() {
        assert_eq!(by_message("42P01", "relation \"events\" does not exist", "svc"), None);
        assert_eq!(by_message("42501", "something new", "svc"), None);
    }
}
