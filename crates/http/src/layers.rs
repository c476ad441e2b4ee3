//! What happens to requests before a handler sees them, and to its answer.

mod authorize;
mod limits;
mod observe;
mod peer;
mod read_audit;

pub use self::authorize::{admit_caller, authorize, check_reported, identify as identify_key};
pub use self::limits::{admit, admit_keyless, carry};
pub use self::observe::{after_panic, observe};
pub use self::peer::identify;
pub use self::read_audit::record_read;
