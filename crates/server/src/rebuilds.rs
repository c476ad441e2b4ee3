//! Rebuilds that a service goes on with: those asked for over HTTP, and those whose runner was killed.

use std::error::Error;
use std::time::Duration;

use http::App;
use store::projections::rebuild::{RebuildError, Rebuilt, resume};
use store::projections::{Status, logic_version};
use store::{Options, Store, StoreError};

/// Between two looks for rebuilds that nobody is at.
const LOOK_INTERVAL: Duration = Duration::from_secs(3);

/// Goes on with rebuilds that nobody is at, one after the other, for ever. It can be dropped at any
/// time: whoever looks next goes on.
pub async fn keep(app: App, store: Store, options: Options) {
    loop {
        match look(&store, &options).await {
            Ok(ended) => ended.into_iter().for_each(tell),
            Err(error) => {
                let error: &dyn Error = &error;
                tracing::warn!(error, "rebuilds can't be looked for");
            }
        }
        // Sooner when one was asked for here.
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

fn tell(ended: Result<Rebuilt, RebuildError>) {
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
            tracing::error!(error, "a rebuild was given up");
        }
    }
}

/// Warns of read models that this version doesn't bring up to date.
pub async fn warn_of_outdated(store: &Store) {
    let found = match store.projections().await {
        Ok(found) => found,
        Err(error) => {
            let error: &dyn Error = &error;
            tracing::warn!(
                error,
                "read models can't be looked at; is the login a member of dossier_projector?"
            );
            return;
        }
    };
    for live in found.into_iter().filter(|status| status.state == "live") {
        let Status { name, generation, logic_version: made_by, .. } = live;
        // One that this version doesn't have is a later version's, which follows it.
        let Some(logic) = logic_version(&name).filter(|logic| *logic != made_by) else { continue };
        tracing::warn!(
            projection = name,
            generation,
            "{name} was made by logic {made_by}, and this version has logic {logic}: it isn't brought \
             up to date until it is rebuilt: dossier rebuild {name}"
        );
    }
}
