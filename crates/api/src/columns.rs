//! The columns of lists whose items are records of the domain.

use domain::customer::{Customer, PaymentProfile};
use http::list::{Columns, columns_of};
use store::Current;

/// Customers.
pub(crate) const CUSTOMERS: Columns = || {
    let before = Current::MEMBERS.map(str::to_owned);
    before.into_iter().chain(columns_of::<Customer>()).collect()
};

/// Payment profiles of a customer.
pub(crate) const PAYMENT_PROFILES: Columns = columns_of::<PaymentProfile>;
