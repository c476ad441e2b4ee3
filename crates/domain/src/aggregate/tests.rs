//! A store of cqrs-es that keeps snapshots holds the same state as the log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use cqrs_es::persist::{
    PersistedEventRepository, PersistedEventStore, PersistenceError, ReplayStream, SerializedEvent,
    SerializedSnapshot,
};
use cqrs_es::{Aggregate, CqrsFramework};
use serde_json::{Value, json};

use crate::customer::testing::{ADA, command, context, event};
use crate::customer::{Customer, Event};
use crate::tenant::{self, Tenant};
use crate::testing::complete;

/// One stream in memory, with its latest snapshot.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Stream>>);

#[derive(Default)]
struct Stream {
    events: Vec<SerializedEvent>,
    /// State, events in it, number of the snapshot.
    snapshot: Option<(Value, usize, usize)>,
}

impl PersistedEventRepository for Memory {
    async fn get_events<A: Aggregate>(
        &self,
        _: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        Ok(self.0.lock().expect("the stream").events.clone())
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        _: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let stream = self.0.lock().expect("the stream");
        Ok(stream.events.iter().skip(last_sequence).cloned().collect())
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        let stream = self.0.lock().expect("the stream");
        Ok(stream.snapshot.clone().map(|(aggregate, current_sequence, current_snapshot)| {
            let aggregate_id = aggregate_id.to_owned();
            SerializedSnapshot { aggregate_id, aggregate, current_sequence, current_snapshot }
        }))
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        let mut stream = self.0.lock().expect("the stream");
        stream.events.extend_from_slice(events);
        if let Some((_, aggregate, number)) = snapshot {
            stream.snapshot = Some((aggregate, stream.events.len(), number));
        }
        Ok(())
    }

    async fn stream_events<A: Aggregate>(&self, _: &str) -> Result<ReplayStream, PersistenceError> {
        Err(PersistenceError::OptimisticLockError)
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        Err(PersistenceError::OptimisticLockError)
    }
}

/// Runs the commands against a store that takes a snapshot after each event, and returns the events
/// and the last snapshot.
fn run<A>(context: A::Services, commands: Vec<A::Command>) -> (Vec<SerializedEvent>, Value)
where
    A: Aggregate,
{
    let memory = Memory::default();
    let store = PersistedEventStore::<_, A>::new_snapshot_store(memory.clone(), 1);
    let framework = CqrsFramework::new(store, vec![], context);
    for command in commands {
        let executed = framework.execute_with_metadata(ADA, command, HashMap::new());
        complete(executed).expect("an accepted command");
    }
    let stream = std::mem::take(&mut *memory.0.lock().expect("the stream"));
    let (snapshot, sequence, _) = stream.snapshot.expect("a snapshot");
    assert_eq!(sequence, stream.events.len());
    (stream.events, snapshot)
}

/// The framework applies each event to the aggregate that `EventSink::write` gets, and a store that
/// keeps snapshots applies it to its own aggregate once more. If `handle` gave its own aggregate to
/// the sink, this customer would have the payment profile twice.
#[test]
fn a_snapshot_of_a_customer_contains_each_event_once() {
    let commands = vec![
        command("register-customer", json!({ "id": ADA, "profile": { "name": "Ada" } })),
        command("attach-payment-profile", json!({ "id": "card", "status": "ACTIVE" })),
        command("set-default-payment-profile", json!({ "payment_profile_id": "card" })),
        command("detach-payment-profile", json!({ "id": "card" })),
        command("attach-payment-profile", json!({ "id": "account", "status": "ACTIVE" })),
    ];
    let (events, snapshot) = run::<Customer>(context(), commands);
    let profiles = json!([{ "id": "account", "status": "ACTIVE" }]);
    assert_eq!(snapshot["payment"], json!({ "auto_pay": false, "profiles": profiles }));
    let payloads = events.iter().map(|stored| event(stored.payload.clone()));
    let state = payloads.fold(Customer::default(), Customer::evolve);
    assert_eq!(snapshot, serde_json::to_value(state).expect("JSON"));

    let names: Vec<_> = events.iter().map(|stored| &*stored.event_type).collect();
    let expected = [
        "CustomerRegistered",
        "PaymentProfileAttached",
        "DefaultPaymentProfileSet",
        "DefaultPaymentProfileSet",
        "PaymentProfileDetached",
        "PaymentProfileAttached",
    ];
    assert_eq!(names, expected);
    assert!(events.iter().all(|stored| stored.event_version == Event::VERSION));
}

#[test]
fn a_snapshot_of_a_tenant_contains_each_event_once() {
    let read = |name, body| {
        tenant::Command::read(name, body).expect("a known command").expect("a valid body")
    };
    let commands = vec![
        read("create-tenant", json!({ "name": "Acme" })),
        read("rename-tenant", json!({ "name": "Bolt" })),
    ];
    let now = crate::customer::testing::now();
    let (events, snapshot) = run::<Tenant>(tenant::DecisionContext { now }, commands);
    assert_eq!(snapshot, json!({ "status": "active", "name": "Bolt" }));
    let names: Vec<_> = events.iter().map(|stored| &*stored.event_type).collect();
    assert_eq!(names, ["TenantCreated", "TenantRenamed"]);
    assert!(events.iter().all(|stored| stored.event_version == tenant::Event::VERSION));
}
