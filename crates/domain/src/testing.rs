//! Given, when, then for the tests of both aggregates, through the test framework of cqrs-es.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;
use serde_json::{Value, json};

/// What an aggregate with this history decides on a command.
pub(crate) fn decide<A: Aggregate>(
    given: Vec<A::Event>,
    context: A::Services,
    command: A::Command,
) -> Result<Vec<A::Event>, A::Error> {
    complete(TestFramework::<A>::with(context).given(given).when_async(command)).inspect_result()
}

/// Given these stored events, when this command arrives in this context, then these events are
/// stored, or the command is refused.
#[track_caller]
pub(crate) fn check<A>(
    given: &[Value],
    context: A::Services,
    when: A::Command,
    then: Result<&[Value], A::Error>,
) where
    A: Aggregate,
    A::Error: PartialEq,
{
    let history = given.iter().cloned().map(read).collect();
    let decided = decide::<A>(history, context, when).map(|events| {
        events.iter().map(|event| serde_json::to_value(event).expect("JSON")).collect()
    });
    assert_eq!(decided, then.map(<[Value]>::to_vec), "given {given:#?}");
}

/// An event as it is stored.
pub(crate) fn stored(name: &str, data: Value) -> Value {
    let mut event = json!({ "type": name });
    event["data"] = data;
    event
}

/// Reads a stored event.
pub(crate) fn read<E: serde::de::DeserializeOwned>(event: Value) -> E {
    serde_json::from_value(event).expect("an event")
}

/// A UUID for each number.
pub(crate) fn numbered(n: usize) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

/// The output of a future that never waits. Deciding never does.
pub(crate) fn complete<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits for something"),
    }
}
