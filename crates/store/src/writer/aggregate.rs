//! What the writer needs of an aggregate, and the one loop that decides its commands.

use cqrs_es::Aggregate;
use domain::customer::{self, Customer};
use domain::tenant::{self, Tenant};

use super::event_row::NewEvent;
use super::submission::{ChangedSince, Refused};
use crate::error::StoreError;

/// An aggregate whose rules are a pure function.
///
/// [`Aggregate::handle`] calls the same function. It is async and copies each event, which a batch of
/// commands in memory doesn't need.
pub(super) trait Decide: Aggregate<Command: Clone> + Clone {
    /// The events that `command` leads to.
    fn decide(
        &self,
        context: &Self::Services,
        command: Self::Command,
    ) -> Result<Vec<Self::Event>, Self::Error>;

    /// The refusal of a submission's command, with its number from 0, in this state and context.
    fn refused(
        &self,
        context: &Self::Services,
        command: (usize, &Self::Command),
        refusal: Self::Error,
    ) -> Refused;
}

impl Decide for Customer {
    fn decide(
        &self,
        context: &Self::Services,
        command: customer::Command,
    ) -> Result<Vec<customer::Event>, customer::Refusal> {
        customer::decide(self, context, command)
    }

    fn refused(
        &self,
        context: &Self::Services,
        (nth, command): (usize, &customer::Command),
        refusal: customer::Refusal,
    ) -> Refused {
        let event = context.past.as_deref().zip(context.undone.as_deref());
        if let Some((before, after)) = event.filter(|_| refusal == customer::Refusal::ChangedSince)
        {
            let fields = customer::changed_since(self, before, after).into_iter();
            let fields = fields.map(|field| ChangedSince { field, versions: Vec::new() });
            return Refused::ChangedSince { command: nth, fields: fields.collect() };
        }
        let detail = refusal.detail(self, context, command);
        Refused::Customer { command: nth, refusal, detail }
    }
}

impl Decide for Tenant {
    fn decide(
        &self,
        context: &Self::Services,
        command: tenant::Command,
    ) -> Result<Vec<tenant::Event>, tenant::Refusal> {
        tenant::decide(self, context, command)
    }

    fn refused(
        &self,
        _: &Self::Services,
        (nth, _): (usize, &tenant::Command),
        refusal: tenant::Refusal,
    ) -> Refused {
        Refused::Tenant { command: nth, refusal }
    }
}

/// The new state with the events that lead to it, or the refusal of one of the commands.
pub(super) type Decision<A> = Result<(A, Vec<NewEvent>), Refused>;

/// Decides `commands` in order, each on the state that the one before it leads to.
///
/// `context` gives what a command's rules need, or nothing when that must be loaded first; then the
/// answer is nothing. `decided` sees the state after each command.
pub(super) fn decide_all<A: Decide>(
    mut state: A,
    commands: &[A::Command],
    mut context: impl FnMut(&A, &A::Command) -> Option<A::Services>,
    mut decided: impl FnMut(&A),
) -> Result<Option<Decision<A>>, StoreError> {
    let mut events = Vec::new();
    for (nth, command) in commands.iter().enumerate() {
        let Some(context) = context(&state, command) else { return Ok(None) };
        match state.decide(&context, command.clone()) {
            Ok(happened) => {
                for event in happened {
                    events.push(NewEvent::of(&event)?);
                    state.apply(event);
                }
                decided(&state);
            }
            Err(refusal) => {
                return Ok(Some(Err(state.refused(&context, (nth, command), refusal))));
            }
        }
    }
    Ok(Some(Ok((state, events))))
}
