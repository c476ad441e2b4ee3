//! What operators do about read models.

use serde_json::{Value, json};

use super::about::OPERATORS;
use super::examples;
use super::operation::Operation;
use super::parameters::{PART, PROJECTION};
use super::responses::json_response;
use super::schemas::schema;

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
    let page = json_response("Some of them.", "ActionsPage", &[], examples::actions());
    operation("listActions", "Lists what operators did about read models, the newest first")
        .description("Over HTTP and at the command line. Recorded before it was tried, so what was refused is there, too. Keys and tenants are in the audit of their tenant.")
        .parameters(&PART)
        .response(200, page)
}

fn list() -> Operation {
    let all = json!({"items": [examples::projection()]});
    operation("listProjections", "Lists read models, and how far each is behind the log")
        .response(200, json_response("All of them.", "Projections", &[], all))
}

fn get() -> Operation {
    of_one("getProjection", "Reads how a read model does").response(200, shown("The read model."))
}

fn rebuild() -> Operation {
    of_one("rebuildProjection", "Rebuilds a read model beside the live one")
        .description("It is begun and goes on after the answer, in whichever instance takes it up; if that ends, in another. The live one is read and follows the log meanwhile. At the end the two are compared, and the new one takes the other's place whether they are equal or not.")
        .optional_body("application/json", &schema("RebuildBody"), json!({"workers": 2}))
        .response(202, shown("It is begun: `phase` and `load` say how far it is."))
        .problems(&[409, 413, 415, 422])
}

fn cancel() -> Operation {
    of_one("cancelRebuild", "Ends the rebuild or rollback that is under way")
        .description("The live one stays. When none is under way nothing changes.")
        .response(200, shown("None is under way now."))
}

fn rollback() -> Operation {
    of_one("rollProjectionBack", "Puts the generation before the live one back in its place")
        .description("It is begun and goes on after the answer: the earlier generation first follows what has happened since.")
        .response(202, shown("It is begun: `phase` says how far it is."))
        .problems(&[409])
}

fn prune() -> Operation {
    of_one("pruneProjection", "Drops retired and cancelled generations")
        .description("After that there is nothing to roll back to.")
        .response(200, shown("They are dropped."))
}

fn list_parked() -> Operation {
    let page = json_response("Some of them.", "ParkedPage", &[], examples::parked());
    of_one("listParked", "Lists the customers whose events a read model can't apply")
        .description(
            "By generation and customer. Events of other customers are applied all the same.",
        )
        .parameters(&PART)
        .response(200, page)
}

fn unpark() -> Operation {
    let tried = json_response("It was tried.", "Unparked", &[], examples::unparked());
    of_one("unpark", "Lets a parked customer go on from where it stopped")
        .description("Its events are applied from the first that wasn't. One that can't be applied parks it again.")
        .body("application/json", &schema("UnparkBody"), examples::unpark())
        .response(200, tried)
        .problems(&[413, 415, 422])
}
