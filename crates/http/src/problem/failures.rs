//! Failures of bodies, rules, the store and read models as problems.

use axum::extract::rejection::{PathRejection, QueryRejection};
use domain::check::{Flaw, Violation};
use domain::{customer, tenant};
use store::projections::rebuild::RebuildError;
use store::{ChangedSince, Expected, Refused, STATE_BYTES_MAX, StoreError};

use super::{Code, FieldError, Problem, status};

/// All that is wrong with a body. Malformed JSON is a 400, values that aren't allowed are a 422.
impl From<Vec<Violation>> for Problem {
    fn from(violations: Vec<Violation>) -> Self {
        let malformed = violations.iter().any(|violation| violation.flaw == Flaw::Malformed);
        let code = if malformed { Code::MalformedBody } else { Code::InvalidBody };
        let detail = match violations.as_slice() {
            [one] if one.pointer.is_empty() => format!("the body {}", one.detail),
            [one] => format!("{} {}", one.pointer, one.detail),
            many => format!("{} values are not allowed", many.len()),
        };
        let errors = violations.into_iter().map(|violation| FieldError {
            pointer: violation.pointer,
            detail: violation.detail.into_owned(),
            ..FieldError::default()
        });
        Self { errors: errors.collect(), ..Self::new(code, detail) }
    }
}

impl From<Violation> for Problem {
    fn from(violation: Violation) -> Self {
        vec![violation].into()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::of_store(&error)
    }
}

impl Problem {
    /// 409: these fields of an event have changed since.
    fn changed_since(fields: Vec<ChangedSince>) -> Self {
        let error = |ChangedSince { field, versions }: ChangedSince| {
            let by: Vec<_> = versions.iter().map(i64::to_string).collect();
            let detail = match by.as_slice() {
                [] => "has changed since".to_owned(),
                [one] => format!("was changed by version {one}"),
                several => format!("was changed by the versions {}", several.join(", ")),
            };
            FieldError { pointer: field, detail, versions }
        };
        let errors = fields.into_iter().map(error).collect();
        Self { errors, ..customer::Refusal::ChangedSince.into() }
    }

    /// A failure of the store, which may be one that several requests share.
    pub fn of_store(error: &StoreError) -> Self {
        match error {
            StoreError::Busy => Self::too_many_commands(),
            StoreError::TooManyKeys => Self::too_many_idempotency_keys(),
            StoreError::PartitionBusy => Code::Busy.into(),
            StoreError::ReadersBusy => {
                Self::new(Code::Overloaded, "all connections for this kind of read are in use")
            }
            StoreError::ShareUsed => Self::too_many_requests(),
            StoreError::TooCostly { limit } => Self::too_costly(*limit),
            StoreError::Stopping => Code::Stopping.into(),
            StoreError::Unavailable(outage) => {
                let cause = outage.cause();
                let error: &dyn std::error::Error = outage;
                if cause.needs_operator() {
                    tracing::error!(error, "the database can't serve: an operator must act");
                } else {
                    tracing::warn!(error, "the database is not available");
                }
                Self::new(Code::Unavailable, cause.describe())
            }
            StoreError::Refused(_) | StoreError::Unreadable { .. } | StoreError::Unfit(_) => {
                // The one place that logs an internal error; callers learn nothing about it.
                let error: &dyn std::error::Error = error;
                tracing::error!(error, "a request failed");
                Self::internal()
            }
        }
    }
}

impl From<RebuildError> for Problem {
    fn from(error: RebuildError) -> Self {
        match error {
            RebuildError::Unknown(_) => Self::unknown_projection(),
            RebuildError::Underway(_) => Code::RebuildUnderway.into(),
            RebuildError::NothingRetired(_) => Code::NothingRetired.into(),
            RebuildError::Store(error) => error.into(),
            // What ends a rebuild ends it after the request.
            RebuildError::Cancelled(_) | RebuildError::Incomplete { .. } => {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "a request failed");
                Self::internal()
            }
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unknown => Self::unknown_customer(),
            Refused::VersionMismatch { what, current, expected } => {
                let said = said(&expected);
                let detail = format!("The {what} is at version {current}; {said}.");
                Self::new(Code::VersionMismatch, detail)
            }
            Refused::KeyReused => Code::IdempotencyKeyReused.into(),
            Refused::TooLarge { bytes } => Self::new(
                Code::TooLarge,
                format!(
                    "the customer or tenant would have {bytes} bytes as JSON; it may have at most \
                     {STATE_BYTES_MAX}"
                ),
            ),
            Refused::Customer { refusal, detail: Some(detail), .. } => {
                Self { detail, ..refusal.into() }
            }
            Refused::Customer { refusal, detail: None, .. } => refusal.into(),
            Refused::Tenant { refusal, .. } | Refused::Unattributed(refusal) => refusal.into(),
            Refused::ChangedSince { fields, .. } => Self::changed_since(fields),
        }
    }
}

/// What a request said of the version.
fn said(expected: &Expected) -> String {
    match expected {
        Expected::Version(version) => format!("If-Match said {version}"),
        Expected::OneOf(versions) if versions.is_empty() => {
            "If-Match has no tag of a version, and weak tags never match".to_owned()
        }
        Expected::OneOf(versions) => {
            let versions: Vec<_> = versions.iter().map(ToString::to_string).collect();
            format!("If-Match said {}", versions.join(", "))
        }
        Expected::Absent => "If-None-Match said that it must not exist".to_owned(),
        Expected::Any | Expected::Exists => "the request said another one".to_owned(),
    }
}

impl From<customer::Refusal> for Problem {
    fn from(refusal: customer::Refusal) -> Self {
        Self::of_status(status::of_customer(refusal), refusal.code(), refusal.to_string())
    }
}

impl From<tenant::Refusal> for Problem {
    fn from(refusal: tenant::Refusal) -> Self {
        Self::of_status(status::of_tenant(refusal), refusal.code(), refusal.to_string())
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Code::InvalidPath.into()
    }
}

impl From<QueryRejection> for Problem {
    fn from(_: QueryRejection) -> Self {
        Code::InvalidQuery.into()
    }
}
