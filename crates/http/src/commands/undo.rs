//! What a refusal to undo an event says of the versions after it.

use std::collections::BTreeMap;

use domain::CustomerId;
use domain::customer::{Command, Customer, changed_since};
use store::{Current, Outcome, Refused, Render, TenantRef};

use crate::app::App;
use crate::problem::Problem;

/// For some of several commands, by number from 0: the versions that changed each field since.
pub(super) type Versions = BTreeMap<usize, BTreeMap<String, Vec<i64>>>;

/// The versions that changed what these commands would undo, as far as the customer stands in their way now.
pub(super) async fn versions(
    app: &App,
    tenant: TenantRef,
    now: &Current,
    commands: &[Command],
    past: &BTreeMap<u64, Customer>,
) -> Result<Versions, Problem> {
    let mut found = Versions::new();
    for (nth, command) in commands.iter().enumerate() {
        let (Some(version), Some(before)) = (command.undone_version(), command.past_version())
        else {
            continue;
        };
        let (Some(before), Some(after)) = (past.get(&before), past.get(&version)) else { continue };
        let fields = changed_since(&now.read()?, before, after);
        if !fields.is_empty() {
            let customer = CustomerId(now.id);
            let version = i64::try_from(version).unwrap_or(i64::MAX);
            let known = app.store.changed_after(tenant, (customer, version), now.version, fields);
            found.insert(nth, known.await?);
        }
    }
    Ok(found)
}

/// The same answers; a refusal to undo an event names these versions.
pub(super) fn naming(render: Render, versions: Versions) -> Render {
    Box::new(move |outcome| {
        let Outcome::Refused(Refused::ChangedSince { command, fields }) = outcome else {
            return render(outcome);
        };
        let (command, mut fields) = (*command, fields.clone());
        for changed in &mut fields {
            let known = versions.get(&command).and_then(|known| known.get(&changed.field));
            changed.versions = known.cloned().unwrap_or_default();
        }
        render(&Outcome::Refused(Refused::ChangedSince { command, fields }))
    })
}
