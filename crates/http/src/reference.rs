//! How a path names a customer.

use domain::CustomerId;
use domain::customer::{Alias, Command, ExternalId};
use domain::text::may_be_stored;
use store::{Current, Reference, TenantRef};

use crate::app::App;
use crate::problem::Problem;

/// Reads `{ref}`: an id, `external:` and an external id, or `alias:` and an alias.
///
/// # Errors
///
/// A 404 when the text can't name a customer.
pub fn read(text: &str) -> Result<Reference, Problem> {
    if let Some(key) = text.strip_prefix("external:") {
        return external(key);
    }
    if let Some(key) = text.strip_prefix("alias:") {
        let alias = may_be_stored(key, Alias::CHARS_MAX).then(|| Reference::Alias(key.to_owned()));
        return alias.ok_or_else(Problem::unknown_customer);
    }
    text.parse().map(|id: CustomerId| Reference::Id(id)).map_err(|_| Problem::no_reference())
}

/// Reads `{ref}` of a command. An upsert may make a customer with this external id, so the refusal says what is wrong
/// with the id.
///
/// # Errors
///
/// A 404 when the text can't name a customer; a 422 for an upsert.
pub fn of_command(command: &Command, text: &str) -> Result<Reference, Problem> {
    read(text).map_err(|unknown| {
        let key = text.strip_prefix("external:").map(str::parse::<ExternalId>);
        match (command, key) {
            (Command::UpsertCustomer(_), Some(Err(refused))) => refused.under("external_id").into(),
            _ => unknown,
        }
    })
}

/// The tenant's customer with this reference, as it is now.
///
/// # Errors
///
/// A 404 when there is none.
pub async fn find(app: &App, tenant: TenantRef, reference: &Reference) -> Result<Current, Problem> {
    app.store.customer(tenant, reference).await?.ok_or_else(Problem::unknown_customer)
}

/// The id of the customer that a text names.
///
/// # Errors
///
/// A 404 when there is none.
pub async fn id_of(app: &App, tenant: TenantRef, text: &str) -> Result<CustomerId, Problem> {
    Ok(CustomerId(find(app, tenant, &read(text)?).await?.id))
}

/// Reads an external id.
///
/// # Errors
///
/// As for [`read`].
pub fn external(key: &str) -> Result<Reference, Problem> {
    // Not what a new one has to be: those of older events follow other rules.
    if may_be_stored(key, ExternalId::CHARS_MAX) {
        Ok(Reference::External(key.to_owned()))
    } else {
        Err(Problem::unknown_customer())
    }
}
