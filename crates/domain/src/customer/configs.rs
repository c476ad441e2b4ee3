//! Billing and revenue configurations alike: adding and archiving.

use super::billing::{ARCHIVED_CONFIGS_KEPT, BillingConfig, RevenueConfig};
use crate::ids::{BillingConfigId, RevenueConfigId};
use crate::time::Timestamp;

/// A configuration of either kind.
pub(super) trait Archivable: Clone + PartialEq {
    /// The type of its id.
    type Id: Copy + PartialEq;

    fn id(&self) -> Self::Id;
    fn archived_at(&self) -> Option<Timestamp>;
    fn archive(&mut self, at: Timestamp);
}

macro_rules! archivable {
    ($($config:ident by $id:ident;)*) => {
        $(impl Archivable for $config {
            type Id = $id;

            fn id(&self) -> $id {
                self.id
            }

            fn archived_at(&self) -> Option<Timestamp> {
                self.archived_at
            }

            fn archive(&mut self, at: Timestamp) {
                self.archived_at = Some(at);
            }
        })*
    };
}

archivable! {
    BillingConfig by BillingConfigId;
    RevenueConfig by RevenueConfigId;
}

/// The configurations in use.
pub(super) fn active<C: Archivable>(configs: &[C]) -> impl Iterator<Item = &C> {
    configs.iter().filter(|config| config.archived_at().is_none())
}

/// Adds `config`. It replaces an archived one with the same id.
pub(super) fn add<C: Archivable>(configs: &mut Vec<C>, config: C) {
    configs.retain(|known| known.id() != config.id());
    configs.push(config);
}

/// Archives a configuration. If too many are archived, forgets the one archived first.
pub(super) fn archive<C: Archivable>(configs: &mut Vec<C>, id: C::Id, at: Timestamp) {
    if let Some(index) = configs.iter().position(|config| config.id() == id) {
        // Moved to the end, so that archived ones stay in the order of archiving.
        let mut config = configs.remove(index);
        config.archive(at);
        configs.push(config);
    }
    if configs.len().saturating_sub(active(configs).count()) > ARCHIVED_CONFIGS_KEPT
        && let Some(oldest) = configs.iter().position(|config| config.archived_at().is_some())
    {
        configs.remove(oldest);
    }
}
