//! What operators do about read models.

use serde_json::{Value, json};

use super::about::OPERATORS;
use super::examples;
use super::operation::Operation;
use super::parameters::{PART, PROJECTION};
use super::parts::schema;
use super::responses::json_response;

/// What any of these can be answered with, beside success and what any request can.
const PROBLEMS: [u16; 5] = [401, 403, 429, 500, 503];

/// The paths, each with its method.
pub(super) fn paths() -> [(&'static str, &'static str, Operation); 9] {
    [
        ("/admin/audit", "get", list_actions()),
        ("/admin/projections", "get", list()),
        ("/admin/projections/{name}", "get", get()),
        ("/admin/projections/{name}/rebuild", "post", rebuild()),
        ("/admin/projections/{name}/rebuild/cancel", "post", cancel()),
        ("/admin/projections/{name}/rollback", "post", rollback()),
        ("/admin/projections/{name}/prune", "post", prune()),
        ("/admin/projections/{name}/parked", "get", list_parked()),
        ("/admin/projections/{name}/unpark", "post", unpark()),
    ]
}

fn operation(id: &str, summary: &str) -> Operation {
    Operation::new(id, OPERATORS, summary).problems(&PROBLEMS).parameters(&["XRequestId"])
}

fn of_one(id: &str, summary: &str) -> Operation {
    operation(id, summary).parameters(&[PROJECTION]).problems(&[404])
}

fn shown(description: &str) -> Value {
    json_response(description, "Projection", &[], examples::projection())
}

fn list_actions() -> Operation {
    let page = json_response("One page.", "ActionsPage", &[], examples::actions());
    operation("listActions", "Lists operators' actions on read models, newest first")
        .description("Actions over HTTP and on the command line. They are recorded before they run, so refused actions are included. Actions on keys and tenants are in the audit of the tenant.")
        .parameters(&PART)
        .response(200, page)
}

fn list() -> Operation {
    let all = json!({"items": [examples::projection()]});
    operation("listProjections", "Lists read models and their lag")
        .response(200, json_response("All read models.", "Projections", &[], all))
}

fn get() -> Operation {
    of_one("getProjection", "Reads the state of a read model")
        .response(200, shown("The read model."))
}

fn rebuild() -> Operation {
    of_one("rebuildProjection", "Rebuilds a read model")
        .description("Starts a rebuild, which continues after the answer on any instance. If that instance ends, another one continues. Meanwhile the live generation serves reads and follows the log. At the end both are compared, and the new generation goes live even if they differ.")
        .optional_body("application/json", &schema("RebuildBody"), json!({"workers": 2}))
        .response(202, shown("The rebuild has started. `phase` and `load` show its progress."))
        .problems(&[409, 413, 415, 422])
}

fn cancel() -> Operation {
    of_one("cancelRebuild", "Cancels a running rebuild or rollback")
        .description("The live generation stays. If nothing is running, nothing changes.")
        .response(200, shown("No rebuild or rollback is running."))
}

fn rollback() -> Operation {
    of_one("rollProjectionBack", "Goes back to the previous generation")
        .description("Starts a rollback, which continues after the answer: the earlier generation first applies the events since its retirement.")
        .response(202, shown("The rollback has started. `phase` shows its progress."))
        .problems(&[409])
}

fn prune() -> Operation {
    of_one("pruneProjection", "Drops retired and cancelled generations")
        .description("After that, a rollback is no longer possible.")
        .response(200, shown("They are dropped."))
}

fn list_parked() -> Operation {
    let page = json_response("One page.", "ParkedPage", &[], examples::parked());
    of_one("listParked", "Lists parked customers of a read model")
        .description(
            "A customer is parked if a read model could not apply one of its events. Events of other customers are still applied. Sorted by generation and customer.",
        )
        .parameters(&PART)
        .response(200, page)
}

fn unpark() -> Operation {
    let tried =
        json_response("The result of each generation.", "Unparked", &[], examples::unparked());
    of_one("unpark", "Retries a parked customer")
        .description("Applies its events from the first that failed. If an event fails again, the customer is parked again.")
        .body("application/json", &schema("UnparkBody"), examples::unpark())
        .response(200, tried)
        .problems(&[413, 415, 422])
}
