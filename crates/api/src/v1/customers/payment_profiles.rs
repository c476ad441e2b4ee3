//! How a customer pays, or paid.

use std::future::ready;

use axum::http::HeaderMap;
use axum::response::Response;
use domain::customer::{Customer, Payment, PaymentProfile};
use domain::ids::PaymentProfileId;
use futures::FutureExt as _;
use http::Problem;
use http::accept::Format;
use http::extract::{Path, Query};
use http::headers::unless_known;
use http::list::{Item, List, ListRequest, ReadPage, answer};
use http::parameters::{Parameters, Part};
use http::read_audit::shows;
use schemars::JsonSchema;
use serde::Serialize;
use store::Page;

use super::find;
use crate::columns::PAYMENT_PROFILES;

/// `GET /v1/customers/{ref}/payment-profiles`
pub(crate) async fn list_payment_profiles(
    request: ListRequest,
    Path(reference): Path<String>,
    Query(mut parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let current = find(&request.app, &request.caller, &reference, &mut parameters).await?;
    let (id, version) = (current.id, current.version);
    let payment = move || Ok::<_, Problem>(current.read::<Customer>()?.payment);
    if request.format == Format::Json {
        let profiles = async { Ok(axum::Json(PaymentProfiles::from(payment()?))) };
        return Ok(shows(unless_known(&headers, version, profiles).await?, [id]));
    }
    let list = List { name: String::new(), columns: PAYMENT_PROFILES, about: Some(id) };
    let read: ReadPage = Box::new(move |_, _, _| {
        let items = payment().map(|payment| payment.profiles.iter().map(Item::of_part).collect());
        ready(items.map(|items| Page { items, next: None, position: None })).boxed()
    });
    answer(request, list, Part::ALL, read).await
}

/// The payment profiles of a customer.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PaymentProfiles {
    /// All profiles, in the order in which they were attached.
    items: Vec<PaymentProfile>,
    /// The default profile. Absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    default_payment_profile_id: Option<PaymentProfileId>,
    /// Whether invoices are paid automatically with the default profile.
    auto_pay: bool,
}

impl From<Payment> for PaymentProfiles {
    fn from(payment: Payment) -> Self {
        let Payment { default_payment_profile_id, auto_pay, profiles } = payment;
        Self { items: profiles, default_payment_profile_id, auto_pay }
    }
}
