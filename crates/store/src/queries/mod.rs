//! Queries of current state and read models, each under row-level security.

mod audit;
mod billing_configurations;
mod current;
mod customers;
mod feed;
mod integration_links;
mod names;
mod page;
mod reads;
mod scope;
mod search;
mod tree;

pub use audit::{AuditConditions, AuditQuery};
pub(crate) use audit::{audit, event_at};
pub(crate) use billing_configurations::billing_configurations;
pub use billing_configurations::{BillingConfiguration, BillingQuery};
pub(crate) use current::{current, customer, tenant};
pub use customers::{Between, CustomerQuery, Sort};
pub(crate) use customers::{children, count, customers, listed};
pub(crate) use feed::feed;
pub use feed::{FeedPart, FeedQuery};
pub(crate) use integration_links::integration_links;
pub use integration_links::{IntegrationLink, LinkQuery};
pub use names::CustomerNames;
pub(crate) use names::names;
pub use page::{After, PAGE_BYTES_MAX, Page, View};
pub(crate) use page::{Part, head, hold, one_more, page_bytes, position, position_of};
pub(crate) use reads::reads;
pub use reads::{ReadAuditEntry, ReadQuery};
pub(crate) use scope::as_tenant;
pub(crate) use search::search;
pub use search::{Condition, CustomerSearch, FoundCustomers, SearchValue, Test};
pub(crate) use tree::tree;
pub use tree::{CustomerTree, TREE_MAX, TreeNode};
