//! The work itself, the same for both stacks: customers, and commands on them.

use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::CustomerId;
use domain::customer::{Command, ProfilePatch, RegisterCustomer, ShippingPatch, UpdateProfile};
use domain::{Patch, check::Violation};
use uuid::Uuid;

/// Customers registered before anything is measured.
pub(crate) const CUSTOMERS: usize = 10_000;
/// Events that each of them has by then: its registration, and changes.
pub(crate) const PRIOR_EVENTS: u64 = 5;
/// Events of each customer whose history is read.
pub(crate) const EVENTS: u64 = 60;
/// Events on a page of a history: the last ones.
pub(crate) const PAGE: u16 = 50;
/// What follows the fresh number in a field: with it an event has about 400 bytes.
const FILLER: &str = "Please ring twice, wait for the porter and hand everything over in person; the gate to \
    the yard is locked after six in the evening and on public holidays, when deliveries go to the \
    office in the side street. Pallets need a lift truck, which must be ordered a day ahead. \
    Signed papers go back with the driver.";

/// What is done, and what went wrong in words.
pub(crate) type Done<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A source of numbers that are as good as random (`SplitMix64`), one for each caller.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

/// What the dice made next begins with.
static SEED: AtomicU64 = AtomicU64::new(0);

/// From here on, dice are those of this seed.
pub(crate) fn seed(seed: u64) {
    SEED.store(seed, Ordering::Relaxed);
}

impl Dice {
    /// Different callers get different numbers; with the same seed, the same each time.
    pub(crate) fn new() -> Self {
        let begins = SEED.fetch_add(1, Ordering::Relaxed);
        // Mixed twice, or seeds and callers that are neighbours would share their numbers.
        Self(Self(Self(begins).next()).next())
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of `of`; nothing when there is none.
    pub(crate) fn choose<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let count = u64::try_from(of.len()).ok()?;
        of.get(usize::try_from(self.next().checked_rem(count)?).ok()?)
    }
}

/// Makes commands from templates, so that little of what is measured is making them.
#[derive(Clone, Debug)]
pub(crate) struct Commands {
    register: RegisterCustomer,
}

impl Commands {
    /// The templates.
    pub(crate) fn new() -> Done<Self> {
        let register = serde_json::from_value(serde_json::json!({
            "profile": {
                "name": "Ada Lovelace Ltd", "email": "ada@example.com", "phone": "+44 20 7946 0000",
                "locale": "en-GB", "timezone": "Europe/London", "tags": ["gold", "analytical"],
                "address": {
                    "line1": "12 St James's Square", "city": "London", "postal_code": "SW1Y 4JH",
                    "country": "GB",
                },
            },
            "metadata": { "segment": "enterprise", "source": "import" },
        }))?;
        Ok(Self { register })
    }

    /// Registers a customer.
    pub(crate) fn register(&self, id: CustomerId) -> Command {
        let id = Some(id);
        Command::RegisterCustomer(RegisterCustomer { id, ..self.register.clone() })
    }

    /// Gives one field a value that it never had.
    pub(crate) fn update(fresh: u64) -> Done<Command> {
        let instructions = instructions(fresh).parse().map_err(|broken| said(&broken))?;
        let shipping =
            ShippingPatch { instructions: Patch::Set(instructions), ..ShippingPatch::default() };
        let patch = ProfilePatch { shipping: Patch::Set(shipping), ..ProfilePatch::default() };
        Ok(Command::UpdateProfile(UpdateProfile(Box::new(patch))))
    }
}

fn said(violation: &Violation) -> String {
    format!("the workload breaks a rule: {violation:?}")
}

/// The value of the field that changes: the number in 16 hexadecimal digits, and filler.
pub(crate) fn instructions(fresh: u64) -> String {
    format!("{fresh:016x} {FILLER}")
}

/// Who, why and how, as the service's own routes tell it.
pub(crate) fn metadata<C: FromIterator<(String, String)>>(fresh: u64) -> C {
    [
        ("actor", "ada@example.com".to_owned()),
        ("api_key", "0123456789abcdef".to_owned()),
        ("application_version", "0.1.0".to_owned()),
        ("client_address", "127.0.0.1".to_owned()),
        ("command", "update-profile".to_owned()),
        ("request_id", format!("{fresh:016x}")),
        ("surface", "native".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// A new customer's id, as the service makes them: in the order of time.
#[expect(clippy::disallowed_methods, reason = "this is where requests arrive")]
pub(crate) fn new_id() -> CustomerId {
    CustomerId(Uuid::now_v7())
}
