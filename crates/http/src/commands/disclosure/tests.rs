use serde_json::json;

use super::*;

const WHOLE: &str = concat!(
    r#"{"id":"00000000-0000-4000-8000-000000000001","version":2,"position":"7.9","events":["#,
    r#"{"version":2,"position":"7.9","recorded_at":"2026-01-02T03:04:05.000006Z","#,
    r#""event":{"type":"ProfileUpdated","data":{"name":"Ada \u00e9","b":1.50}}}]"#,
);

fn narrow(rest: &str, view: View) -> String {
    narrowed(&format!("{WHOLE}{rest}}}"), view).expect("an answer")
}

#[test]
fn without_state_an_answer_is_the_same_text_but_for_the_state() {
    let dry = r#","dry_run":true"#;
    let state = r#","dry_run":true,"state":{"id":"x","profile":{"name":"Ada"}}"#;
    assert_eq!(narrow(state, View::WithoutState), format!("{WHOLE}{dry}}}"));
    assert_eq!(
        narrow(r#","dry_run":true,"state":null"#, View::WithoutState),
        narrow(dry, View::WithoutState)
    );
    assert_eq!(narrow("", View::WithoutState), format!("{WHOLE}}}"));
}

#[test]
fn without_values_events_have_their_names_and_no_data() {
    let names = narrow(r#","dry_run":true,"state":{"a":1}"#, View::WithoutValues);
    assert!(names.contains(r#""event":{"type":"ProfileUpdated"}}]"#), "{names}");
    assert!(!names.contains("Ada") && !names.contains("state"), "{names}");
}

#[test]
fn what_is_no_answer_is_not_shown() {
    for text in ["", "{}", "[]", r#"{"data":{"name":"Ada"}}"#] {
        assert!(narrowed(text, View::WithoutState).is_err(), "{text}");
    }
}

#[test]
fn without_values_a_problem_names_the_command_and_no_field() {
    let problem = |errors: Value| json!({"code": "changed_since", "errors": errors}).to_string();
    let (field, command) = (json!({"pointer": "/profile/name"}), json!({"pointer": "/commands/1"}));
    let shown = without_fields(problem(json!([command, field]))).expect("a problem");
    assert_eq!(shown, problem(json!([command])));
    let shown = without_fields(problem(json!([field]))).expect("a problem");
    assert_eq!(shown, json!({"code": "changed_since"}).to_string());
    let other = json!({"code": "other", "errors": [field]}).to_string();
    assert_eq!(without_fields(other.clone()).ok(), Some(other));
}
