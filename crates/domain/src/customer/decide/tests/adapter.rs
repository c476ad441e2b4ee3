//! The same rules through the test kit of cqrs-es.

use cqrs_es::test::TestFramework;
use serde_json::json;

use crate::customer::testing::{command, context, event, registered};
use crate::customer::{Customer, Refusal};

#[test]
fn the_framework_decides_as_we_do() {
    TestFramework::<Customer>::with(context())
        .given(vec![event(registered())])
        .when(command("update-profile", json!({ "name": "Grace" })))
        .then_expect_events(vec![event(
            json!({ "type": "ProfileUpdated", "data": { "name": "Grace" } }),
        )]);
    TestFramework::<Customer>::with(context())
        .given_no_previous_events()
        .when(command("archive-customer", json!({})))
        .then_expect_error(Refusal::CustomerUnknown);
}
