//! Failures of bodies, rules, the store and read models as problems.

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::StatusCode;
use domain::check::{Flaw, Violation};
use domain::{customer, tenant};
use store::projections::rebuild::RebuildError;
use store::{Refused, STATE_BYTES_MAX, StoreError};

use super::{FieldError, IDEMPOTENCY_KEY_REUSED, Problem, status};

/// All that is wrong with a body. Malformed JSON is a 400, values that aren't allowed are a 422.
impl From<Vec<Violation>> for Problem {
    fn from(violations: Vec<Violation>) -> Self {
        let malformed = violations.iter().any(|violation| violation.flaw == Flaw::Malformed);
        let (status, code) = if malformed {
            (StatusCode::BAD_REQUEST, "malformed_body")
        } else {
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid_body")
        };
        let detail = match violations.as_slice() {
            [one] if one.pointer.is_empty() => format!("the body {}", one.detail),
            [one] => format!("{} {}", one.pointer, one.detail),
            many => format!("{} values are not as they must be", many.len()),
        };
        let errors = violations.into_iter().map(|violation| FieldError {
            pointer: violation.pointer,
            detail: violation.detail.into_owned(),
        });
        Self { errors: errors.collect(), ..Self::new(status, code, detail) }
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
    /// A failure of the store, which may be one that several requests share.
    pub fn of_store(error: &StoreError) -> Self {
        match error {
            StoreError::Busy => Self::too_many_commands(),
            StoreError::TooManyKeys => Self::too_many_idempotency_keys(),
            StoreError::PartitionBusy => Self::unavailable("busy", "too many commands are waiting"),
            StoreError::ReadersBusy => {
                Self::unavailable("overloaded", "all connections for this kind of read are in use")
            }
            StoreError::ShareUsed => Self::too_many_requests(),
            StoreError::TooCostly { limit } => Self::too_costly(*limit),
            StoreError::Stopping => Self::unavailable("stopping", "this instance is stopping"),
            StoreError::Unavailable(outage) => {
                let cause = outage.cause();
                let error: &dyn std::error::Error = outage;
                if cause.needs_operator() {
                    tracing::error!(error, "the database can't serve: an operator must act");
                } else {
                    tracing::warn!(error, "the database is not available");
                }
                Self::unavailable("unavailable", cause.describe())
            }
            StoreError::Refused(_) | StoreError::Unreadable { .. } | StoreError::Unfit(_) => {
                // The one place that logs a fault of ours; callers learn nothing about it.
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
            RebuildError::Underway(_) => Self::new(
                StatusCode::CONFLICT,
                "rebuild_underway",
                "a rebuild or a rollback of this read model is under way",
            ),
            RebuildError::NothingRetired(_) => Self::new(
                StatusCode::CONFLICT,
                "nothing_retired",
                "there is no earlier generation that this version could go on with",
            ),
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
            Refused::VersionMismatch => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "version_mismatch",
                "it is not at the version that the request names; read it again",
            ),
            Refused::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                IDEMPOTENCY_KEY_REUSED,
                "this Idempotency-Key was used for another request",
            ),
            Refused::TooLarge { bytes } => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "too_large",
                format!(
                    "the customer or tenant would have {bytes} bytes as JSON; it may have at most \
                     {STATE_BYTES_MAX}"
                ),
            ),
            Refused::Customer { refusal, .. } => refusal.into(),
            Refused::Tenant { refusal, .. } => refusal.into(),
        }
    }
}

impl From<customer::Refusal> for Problem {
    fn from(refusal: customer::Refusal) -> Self {
        Self::new(status::of_customer(refusal), refusal.code(), refusal.to_string())
    }
}

impl From<tenant::Refusal> for Problem {
    fn from(refusal: tenant::Refusal) -> Self {
        Self::new(status::of_tenant(refusal), refusal.code(), refusal.to_string())
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::bad_request("invalid_path", "the path can't be read")
    }
}

impl From<QueryRejection> for Problem {
    fn from(_: QueryRejection) -> Self {
        Self::bad_request(
            "invalid_query",
            "the query has a parameter that isn't known or can't be read",
        )
    }
}
