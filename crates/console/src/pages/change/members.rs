//! Members of a customer's document, read and written by their pointers.

use serde_json::{Map, Value};

/// The member at a pointer, if it is there and not null.
pub(super) fn at<'a>(state: &'a Value, pointer: &str) -> Option<&'a Value> {
    state.pointer(pointer).filter(|value| !value.is_null())
}

/// The text there; empty if there is none.
pub(super) fn text<'a>(state: &'a Value, pointer: &str) -> &'a str {
    at(state, pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The items there.
pub(super) fn items<'a>(state: &'a Value, pointer: &str) -> &'a [Value] {
    at(state, pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The customer's name.
pub(super) fn name(state: &Value) -> &str {
    match text(state, "/profile/name") {
        "" => "without a name",
        name => name,
    }
}

pub(super) fn is_archived(state: &Value) -> bool {
    text(state, "/status") == "archived"
}

/// Sets the member at a pointer, with the objects on the way.
pub(super) fn put(body: &mut Value, pointer: &str, value: Value) {
    let parts = pointer.split('/').skip(1);
    let mut place = body;
    for part in parts {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Some(members) = place.as_object_mut() else { return };
        place = members.entry(part).or_insert(Value::Null);
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_member_is_put_where_its_pointer_says() {
        let mut body = json!({});
        put(&mut body, "/address/city", json!("Bern"));
        put(&mut body, "/address/line2", Value::Null);
        put(&mut body, "/email", json!("a@b.example"));
        let expected =
            json!({ "address": { "city": "Bern", "line2": null }, "email": "a@b.example" });
        assert_eq!(body, expected);
    }
}
