//! The group of a customer: those above it, and all below the topmost.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::auth::Caller;
use http::extract::{NoParameters, Path};
use http::read_audit::shows;
use http::{App, Problem, reference};
use schemars::JsonSchema;
use serde::Serialize;
use store::{CustomerTree, TreeNode};
use uuid::Uuid;

/// `GET /v1/customers/{ref}/tree`
pub(crate) async fn get_tree(
    State(app): State<App>,
    caller: Caller,
    Path(reference): Path<String>,
    _: NoParameters,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let customer = reference::id_of(&app, tenant, &reference).await?;
    let found = app.store.customer_tree(tenant, customer).await?;
    let tree = Tree::of(customer.0, &found);
    let shown = found.nodes.iter().map(|node| node.id);
    Ok(shows(Json(tree).into_response(), shown))
}

/// A group of customers, from the topmost down.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Tree<'a> {
    /// The customer whose group it is.
    customer_id: Uuid,
    /// The customers: the topmost, and below each customer those below it, sorted by id.
    nodes: Vec<Node<'a>>,
    /// Whether these are all. A group is shown up to 1,000 customers, first those on the way from the topmost to
    /// `customer_id`, then level by level.
    complete: bool,
}

/// A customer of a group.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TreeNode")]
struct Node<'a> {
    /// The customer's id.
    id: Uuid,
    /// Its parent. Absent for the topmost.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_customer_id: Option<Uuid>,
    /// How many customers are above it.
    #[schemars(range(min = 0))]
    depth: i32,
    /// Its name, as lists have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// Its external id.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<&'a str>,
    /// `active` or `archived`.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    /// `true` if it has children that are not shown: `/v1/customers/{ref}/children` lists them. Absent otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more_children: bool,
}

impl<'a> Tree<'a> {
    fn of(customer_id: Uuid, found: &'a CustomerTree) -> Self {
        let nodes = found.nodes.iter().map(Node::of).collect();
        Self { customer_id, nodes, complete: found.complete }
    }
}

impl<'a> Node<'a> {
    fn of(node: &'a TreeNode) -> Self {
        Self {
            id: node.id,
            parent_customer_id: node.parent,
            depth: node.depth,
            name: node.name.as_deref(),
            external_id: node.external_id.as_deref(),
            status: node.status.as_deref(),
            more_children: node.more_children,
        }
    }
}
