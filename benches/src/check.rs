//! Whether this service has done what it says that it has.

use std::sync::atomic::Ordering;

use sqlx::query_scalar;
use store::Role;
use store::log::verify_partition;

use crate::ours::Ours;
use crate::work::Done;

/// Checks that the log has as many events as commands were acknowledged, and that its chain is
/// whole.
pub(crate) async fn check(ours: &Ours) -> Done<String> {
    let mut connection = store::connect(&ours.database, Role::Projector).await?;
    let events: i64 =
        query_scalar("select count(*) from events").fetch_one(&mut connection).await?;
    let acknowledged = ours.acknowledged.load(Ordering::Relaxed);
    if u64::try_from(events)? != acknowledged {
        let wrong = format!("{acknowledged} commands were acknowledged; the log has {events}");
        return Err(wrong.into());
    }
    for tenant in &ours.tenants {
        let verified = verify_partition(&mut connection, tenant.partition, &[]).await?;
        if let Some(damage) = verified.listed.first() {
            return Err(damage.to_string().into());
        }
    }
    Ok(format!("{acknowledged} commands acknowledged, {events} events in the log, chain whole"))
}
