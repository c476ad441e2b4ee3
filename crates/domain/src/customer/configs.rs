//! What billing and revenue configurations have in common: they are added, and archived some day.

use super::billing::{ARCHIVED_CONFIGS_KEPT, BillingConfig, RevenueConfig};
use crate::ids::{BillingConfigId, RevenueConfigId};
use crate::time::Timestamp;

/// A configuration of either kind.
pub(super) trait Archivable: Clone + PartialEq {
    /// What identifies it.
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

/// Adds `config`; one that was archived under the same id comes back in its place.
pub(super) fn add<C: Archivable>(configs: &mut Vec<C>, config: C) {
    configs.retain(|known| known.id() != config.id());
    configs.push(config);
}

/// Archives, and forgets the longest archived beyond what the state keeps.
pub(super) fn archive<C: Archivable>(configs: &mut Vec<C>, id: C::Id, at: Timestamp) {
    if let Some(index) = configs.iter().position(|config| config.id() == id) {
        // To the end, so that those archived first come first among the archived.
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
