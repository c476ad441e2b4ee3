//! Who a token is about, as the settings ask.

use serde_json::Value;

use crate::actor_claim::ActorClaim;
use crate::fault::Fault;
use crate::id_token::Claims;
use crate::settings::Settings;

/// A person that the provider has authenticated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// The actor of what the person does.
    pub actor: String,
    /// The id of the API key that the person's role acts by.
    pub key_id: String,
}

impl Person {
    /// The person of these claims.
    ///
    /// # Errors
    ///
    /// [`Fault::NoActor`] and [`Fault::NoRole`].
    pub(crate) fn of(claims: &Claims, settings: &Settings) -> Result<Self, Fault> {
        let actor = match settings.actor_claim {
            ActorClaim::Subject => Some(claims.subject.clone()),
            ActorClaim::Email => claims.verified_email.clone(),
        };
        let actor = actor.filter(|actor| !actor.is_empty()).ok_or(Fault::NoActor)?;
        let roles = if settings.roles_claim.starts_with('/') {
            claims.all.pointer(&settings.roles_claim)
        } else {
            claims.all.get(&settings.roles_claim)
        };
        let has = |role: &str| match roles {
            Some(Value::String(one)) => one == role,
            Some(Value::Array(all)) => all.iter().any(|one| one == role),
            Some(_) | None => false,
        };
        let key_id = settings.roles.key_of(has).ok_or(Fault::NoRole)?;
        Ok(Self { actor, key_id: key_id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::settings;

    fn person(all: Value, change: impl FnOnce(&mut Settings)) -> Result<Person, Fault> {
        let mut settings = settings("https://login.example.com");
        change(&mut settings);
        let email = all["email"].as_str().map(str::to_owned);
        let claims = Claims { subject: "u-1".to_owned(), verified_email: email, all };
        Person::of(&claims, &settings)
    }

    fn acts(actor: &str, key_id: &str) -> Person {
        Person { actor: actor.to_owned(), key_id: key_id.to_owned() }
    }

    #[test]
    fn a_person_acts_by_the_key_of_the_first_role_in_the_settings() {
        let all = |roles| json!({ "email": "ada@example.com", "roles": roles });
        let ada = |key_id| Ok(acts("ada@example.com", key_id));
        assert_eq!(person(all(json!(["support", "admin"])), |_| {}), ada("00000000000000aa"));
        assert_eq!(person(all(json!("support")), |_| {}), ada("00000000000000bb"));
        for roles in [
            json!([]),
            json!(["Admin"]),
            json!("admin support"),
            json!({ "admin": true }),
            json!(null),
        ] {
            assert_eq!(person(all(roles.clone()), |_| {}), Err(Fault::NoRole), "{roles}");
        }
    }

    #[test]
    fn roles_can_be_deeper_in_the_token() {
        let all = json!({ "email": "ada@example.com", "realm_access": { "roles": ["support"] } });
        let deeper =
            |settings: &mut Settings| settings.roles_claim = "/realm_access/roles".to_owned();
        assert_eq!(person(all, deeper), Ok(acts("ada@example.com", "00000000000000bb")));
    }

    #[test]
    fn the_person_is_the_configured_claim_and_no_other() {
        let by_subject = |settings: &mut Settings| settings.actor_claim = ActorClaim::Subject;
        let all = json!({ "email": "ada@example.com", "roles": ["admin"] });
        assert_eq!(person(all, by_subject), Ok(acts("u-1", "00000000000000aa")));
        assert_eq!(person(json!({ "roles": ["admin"] }), |_| {}), Err(Fault::NoActor));
    }
}
