//! Rebuilds that a service continues: those requested over HTTP, and those whose process ended.

use std::error::Error;
use std::time::Duration;

use http::App;
use store::projections::Status;
use store::projections::rebuild::{RebuildError, Rebuilt, resume};
use store::{Options, Store, StoreError};

/// How often abandoned rebuilds are looked for.
const LOOK_INTERVAL: Duration = Duration::from_secs(3);

/// Continues abandoned rebuilds, one after the other. If this is aborted, another instance continues them.
pub(crate) async fn resume_abandoned(app: App, store: Store, options: Options) {
    loop {
        match look(&store, &options).await {
            Ok(ended) => ended.into_iter().for_each(report),
            Err(error) => {
                let error: &dyn Error = &error;
                tracing::warn!(error, "looking for abandoned rebuilds failed");
            }
        }
        // Sooner when one is requested here.
        let _ = tokio::time::timeout(LOOK_INTERVAL, app.rebuild_requested()).await;
    }
}

async fn look(
    store: &Store,
    options: &Options,
) -> Result<Vec<Result<Rebuilt, RebuildError>>, StoreError> {
    let found = store.projections().await?;
    let wanted = |status: &Status| {
        status.state == "building"
            || status.state == "live" && status.lag_events > options.far_behind
    };
    if !found.iter().any(wanted) {
        return Ok(Vec::new());
    }
    resume(options).await
}

fn report(ended: Result<Rebuilt, RebuildError>) {
    match ended {
        Ok(Rebuilt { projection, generation, comparison }) => {
            let differing = comparison.differing;
            tracing::info!(
                projection,
                generation,
                differing,
                "generation {generation} of {projection} is live"
            );
        }
        Err(RebuildError::Cancelled(projection)) => {
            tracing::info!(projection, "the rebuild of {projection} was cancelled");
        }
        Err(error) => {
            let error: &dyn Error = &error;
            tracing::error!(error, "a rebuild failed");
        }
    }
}

/// Warns of read models that this version doesn't keep up to date.
pub(crate) async fn warn_of_outdated(store: &Store) {
    let found = match store.projections().await {
        Ok(found) => found,
        Err(error) => {
            let error: &dyn Error = &error;
            tracing::warn!(
                error,
                "reading the state of read models failed; is the login a member of dossier_projector?"
            );
            return;
        }
    };
    for live in found.into_iter().filter(|status| status.state == "live") {
        let Status { name, generation, logic_version: made_by, .. } = live;
        // A read model that this version doesn't have belongs to a later version, which follows it.
        let logic = store.known_projections().logic_version(&name);
        let Some(logic) = logic.filter(|logic| *logic != made_by) else { continue };
        tracing::warn!(
            projection = name,
            generation,
            "{name} was made by logic {made_by}, but this version has logic {logic}: it falls behind \
             until it is rebuilt with `dossier rebuild {name}`"
        );
    }
}
