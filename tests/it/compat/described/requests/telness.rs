//! Requests to Connect's endpoints.

use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case(
        "POST /customers",
        "/customers",
        r#"{
            "referenceId": "x{n}", "customerType": "BUSINESS", "name": "Acme", "identity": "556677",
            "preferredLocale": "sv-SE", "contactPersonUserId": "u-1",
            "contact": {"email": "ada@acme.example", "msisdn": "+46701234567"},
            "users": [{"userId": "u-1", "name": "Ada", "role": "ADMIN"}],
            "shipping": {"name": "Acme", "msisdn": "+46701234568", "instructions": "Ring",
            "address": {"street1": "Road 1", "street2": "c/o Ada", "city": "Malmö", "zip": "211 22",
                "country": "SE", "state": "Skåne", "region": "Syd", "attention": "Accounts"}},
            "metadata": {"plan": "gold"},
            "billing": {"method": "EMAIL_INVOICE", "email": "b@acme.example", "currency": "SEK",
            "address": {"street1": "Road 1", "street2": "c/o Ada", "city": "Malmö", "zip": "211 22",
                "country": "SE", "state": "Skåne", "region": "Syd", "attention": "Accounts"},
            "defaultPaymentProfileId": null, "autoPay": false}
        }"#,
    ),
    case("GET /customers/{customerId}", "/customers/{uuid}", ""),
    case(
        "PUT /customers/{customerId}",
        "/customers/{uuid}",
        r#"{
            "referenceId": "x{n}", "customerType": "BUSINESS", "name": "Acme", "identity": "556677",
            "preferredLocale": "sv-SE", "contactPersonUserId": "u-1",
            "contact": {"email": "ada@acme.example", "msisdn": "+46701234567"},
            "users": [{"userId": "u-1", "name": "Ada", "role": "ADMIN"}],
            "shipping": {"name": "Acme", "msisdn": "+46701234568", "instructions": "Ring",
            "address": {"street1": "Road 1", "street2": "c/o Ada", "city": "Malmö", "zip": "211 22",
                "country": "SE", "state": "Skåne", "region": "Syd", "attention": "Accounts"}},
            "metadata": {"plan": "gold"},
            "billing": {"method": "EMAIL_INVOICE", "email": "b@acme.example", "currency": "SEK",
            "address": {"street1": "Road 1", "street2": "c/o Ada", "city": "Malmö", "zip": "211 22",
                "country": "SE", "state": "Skåne", "region": "Syd", "attention": "Accounts"},
            "defaultPaymentProfileId": "card", "autoPay": true}
        }"#,
    ),
    case(
        "PATCH /customers/{customerId}",
        "/customers/{uuid}",
        r#"{
            "referenceId": "x{n}", "customerType": "BUSINESS", "name": "Acme", "identity": "556677",
            "preferredLocale": "sv-SE", "contactPersonUserId": "u-1",
            "contact": {"email": "ada@acme.example", "msisdn": "+46701234567"},
            "users": [{"userId": "u-1", "name": "Ada", "role": "ADMIN"}],
            "shipping": {"name": "Acme", "msisdn": "+46701234568", "instructions": "Ring",
            "address": {"street1": "Road 1", "street2": "c/o Ada", "city": "Malmö", "zip": "211 22",
                "country": "SE", "state": "Skåne", "region": "Syd", "attention": "Accounts"}},
            "metadata": {"plan": "gold"},
            "billing": {"method": "EMAIL_INVOICE", "email": "b@acme.example", "currency": "SEK",
            "address": {"street1": "Road 1", "street2": "c/o Ada", "city": "Malmö", "zip": "211 22",
                "country": "SE", "state": "Skåne", "region": "Syd", "attention": "Accounts"},
            "defaultPaymentProfileId": "card", "autoPay": true}
        }"#,
    ),
    case(
        "PUT /customers/{customerId}/billing",
        "/customers/{uuid}/billing",
        r#"{
            "method": "EMAIL_INVOICE", "email": "b@acme.example", "currency": "SEK",
            "address": {"street1": "Road 1", "street2": "c/o Ada", "city": "Malmö", "zip": "211 22",
                "country": "SE", "state": "Skåne", "region": "Syd", "attention": "Accounts"},
            "defaultPaymentProfileId": "card", "autoPay": true
        }"#,
    ),
    case("GET /payment-profiles", "/payment-profiles?customerId={uuid}", ""),
    case("GET /customers/{customerId}/payment-profiles", "/customers/{uuid}/payment-profiles", ""),
];
