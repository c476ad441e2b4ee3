//! Who the customer is: names, contacts, addresses; and the customer's own settings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::values::{
    AddressLine, CountryCode, CustomerName, CustomerType, Email, Locale, Locality, Note, OtherId,
    Phone, PostalCode, ShortText, Tag, TimeZone, Word,
};
use crate::check::{Check, Pointer, Violation};
use crate::list::{Distinct, List};
use crate::object::object;
use crate::patch::Patch;
use crate::record::record;

record! {
    /// Who the customer is.
    pub struct Profile, patch ProfilePatch {
        /// The display name. Always there once a customer is registered.
        name: Option<CustomerName>,
        /// What kind of party the customer is.
        r#type: Option<CustomerType>,
        /// The legal name of the organisation.
        org_name: Option<ShortText>,
        /// A title or salutation.
        title: Option<ShortText>,
        /// A civic or company registration number.
        identity: Option<ShortText>,
        /// The main e-mail address.
        email: Option<Email>,
        /// Where copies of invoices go.
        billing_emails: Distinct<Email, 50>,
        /// A telephone number.
        phone: Option<Phone>,
        /// A mobile number.
        msisdn: Option<Phone>,
        /// People to talk to; at most one of them is primary.
        contact_persons: List<ContactPerson, 50>,
        /// People who use the customer's services.
        users: List<User, 50>,
        /// The user to talk to.
        contact_person_user_id: Option<OtherId>,
        /// The language to write in.
        locale: Option<Locale>,
        /// The time zone for days and months; absent means UTC.
        timezone: Option<TimeZone>,
        /// The person responsible for the customer.
        owner_id: Option<OtherId>,
        /// Labels to find the customer by.
        tags: Distinct<Tag, 50>,
        /// Whether business figures leave the customer out; absent means they do not.
        exclude_from_metrics: Option<bool>,
        /// Whether another system manages this customer; absent means it does not.
        managed_externally: Option<bool>,
        /// An id for people to read and spell.
        human_readable_id: Option<Word>,
        /// The customer's address.
        address: Address,
        /// Where goods go.
        shipping: Shipping,
    }
    check = check_contacts;
}

record! {
    /// A postal address.
    pub struct Address, patch AddressPatch {
        /// Street and number.
        line1: Option<AddressLine>,
        /// The rest of the first line.
        line2: Option<AddressLine>,
        /// City or town.
        city: Option<Locality>,
        /// State or province.
        state: Option<Locality>,
        /// Postal code.
        postal_code: Option<PostalCode>,
        /// Country.
        country: Option<CountryCode>,
        /// Region, where that is not the state.
        region: Option<Locality>,
        /// The address in a map provider's system.
        place_id: Option<ShortText>,
        /// The person who receives deliveries at this address.
        attention: Option<ShortText>,
    }
}

record! {
    /// Where goods go.
    pub struct Shipping, patch ShippingPatch {
        /// Who receives them.
        name: Option<ShortText>,
        /// The number to call on delivery.
        msisdn: Option<Phone>,
        /// Where to.
        address: Address,
        /// Instructions for the carrier.
        instructions: Option<Note>,
    }
}

record! {
    /// The customer's own settings; the tenant's apply where one is absent.
    pub struct Config, patch ConfigPatch {
        /// The account at Salesforce.
        salesforce_account_id: Option<Word>,
        /// Whether invoices stay drafts at Stripe; absent means the tenant's setting.
        leave_stripe_invoices_in_draft: Option<bool>,
    }
}

object! {
    /// A person to talk to.
    pub struct ContactPerson {
        must {
            /// First name.
            first_name: ShortText,
        }
        may {
            /// An id of the tenant's choice.
            id: Option<OtherId>,
            /// Last name.
            last_name: Option<ShortText>,
            /// E-mail address.
            email: Option<Email>,
            /// Mobile number.
            mobile: Option<Phone>,
            /// The person's position.
            designation: Option<ShortText>,
            /// Where the person works.
            department: Option<ShortText>,
            /// How to address the person.
            salutation: Option<ShortText>,
            /// Whether this is the person to contact first; absent means it is not.
            is_primary: Option<bool>,
        }
    }
}

object! {
    /// A person who uses the customer's services.
    pub struct User {
        must {
            /// The user's id in the tenant's system.
            user_id: OtherId,
        }
        may {
            /// The user's name.
            name: Option<ShortText>,
            /// What the user may do there.
            role: Option<Word>,
        }
    }
}

fn check_contacts(profile: &ProfilePatch, at: &mut Pointer, found: &mut Vec<Violation>) {
    let Patch::Set(persons) = &profile.contact_persons else { return };
    if persons.iter().filter(|person| person.is_primary == Some(true)).count() > 1 {
        at.within("contact_persons", |at| at.refuse(found, "must have at most one primary person"));
    }
}

/// The body of `update-profile`: the changed fields themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct UpdateProfile(pub Box<ProfilePatch>);

impl Check for UpdateProfile {
    fn check(&self, at: &mut Pointer, found: &mut Vec<Violation>) {
        self.0.check(at, found);
        if self.0.name.is_clear() {
            at.within("name", |at| at.refuse(found, "must not be cleared"));
        }
    }
}
