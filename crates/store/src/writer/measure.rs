//! What is measured of commands. Labels are names of this program, so there are few.

use super::submission::{Answer, Queued};

/// Counts the commands of an answered submission, and how long they took.
pub(super) fn answered(queued: &Queued, answer: &Answer) {
    count(queued, answer.result.as_str());
}

/// Counts the commands of a submission that the database could not store.
pub(super) fn failed(queued: &Queued) {
    count(queued, "failed");
}

/// Counts the commands of a submission for which a queue has no room.
pub(super) fn turned_away(queued: &Queued, queue: &'static str) {
    for command in queued.command_names() {
        let labels = [("command", command), ("queue", queue)];
        metrics::counter!("dossier_commands_turned_away_total", &labels).increment(1);
    }
}

fn count(queued: &Queued, result: &'static str) {
    let took = queued.since.elapsed();
    for command in queued.command_names() {
        let labels = [("command", command), ("result", result)];
        metrics::counter!("dossier_commands_total", &labels).increment(1);
        metrics::histogram!("dossier_command_seconds", "command" => command).record(took);
    }
}
