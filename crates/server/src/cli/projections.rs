//! `dossier projections`.

use clap::Subcommand;
use uuid::Uuid;

/// What to do with read models.
#[derive(Debug, Subcommand)]
pub enum ProjectionsCommand {
    /// List generations: their lag behind the log, their state, the progress of a rebuild
    List,
    /// List parked customers, whose events a read model can't apply, and the reasons
    Parked {
        /// The read model; all by default
        projection: Option<String>,
    },
    /// Apply the remaining events of parked customers; exit code 1 if one is parked again
    Unpark {
        /// The read model
        projection: String,
        /// The id of the customer's tenant
        #[arg(long, value_name = "UUID", requires = "customer", required_unless_present = "all")]
        tenant: Option<Uuid>,
        /// The id of the customer
        #[arg(long, value_name = "UUID", requires = "tenant")]
        customer: Option<Uuid>,
        /// All customers that are parked in the read model
        #[arg(long, conflicts_with_all = ["tenant", "customer"])]
        all: bool,
    },
    /// Replace the live generation with the one before it, once that has caught up
    Rollback {
        /// The read model
        projection: String,
    },
    /// Drop retired and cancelled generations. A rollback is impossible afterwards
    Prune {
        /// The read model; all by default
        projection: Option<String>,
    },
    /// Cancel the rebuild or rollback in progress. The live generation stays
    Cancel {
        /// The read model
        projection: String,
    },
}
