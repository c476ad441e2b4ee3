use super::*;
use crate::places::in_request;

const LINES: &[Member] =
    &[Member::new("name", "/first_name"), Member::new("primary", "/is_primary").or(Empty::False)];
const ADDRESS: &[Member] = &[Member::new("street", "/line1"), Member::new("town", "/city")];
const TABLE: &[Member] = &[
    Member::shown("id", "/id").as_a(Form::Id("cust_")),
    Member::new("title", "/profile/title").or(Empty::Text),
    Member::new("place", "/profile/address").as_a(Form::Group(ADDRESS)),
    Member::new("people", "/profile/contact_persons").as_a(Form::Each(LINES)).or(Empty::List),
    Member::new("state", "/status").as_a(Form::Word(&[("published", "active")])),
    Member::new("parent", "/parent_customer_id").as_a(Form::Id("cust_")),
    Member::new("rate", "/rate").as_a(Form::Decimal),
    Member::taken("secret", "/metadata"),
];

fn body(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("{value} is no object") };
    object
}

#[test]
fn what_a_request_says_is_put_where_our_document_has_it() {
    let id = "0192b3a4-c5d6-7e8f-9012-3456789abcde".parse().expect("an id");
    let sent = body(json!({
        "id": "theirs to ignore",
        "title": "Dr",
        "place": {"town": "Bern", "planet": "Earth"},
        "people": [{"name": "Ada", "primary": true}, {"name": "Bo", "primary": null}],
        "state": "published",
        "parent": show_id("cust_", id),
        "rate": 12.5,
        "unknown": 1,
    }));
    let taken = take(TABLE, Blank::Null, &sent).expect("a document");
    let document = json!({
        "profile": {
            "title": "Dr",
            "address": {"city": "Bern"},
            "contact_persons": [{"first_name": "Ada", "is_primary": true}, {"first_name": "Bo"}],
        },
        "status": "active",
        "parent_customer_id": id,
        "rate": "12.5",
    });
    assert_eq!(Value::Object(taken), document);
}

#[test]
fn a_number_becomes_the_decimal_text_that_was_sent() {
    for (sent, text) in
        [(json!(12.5), "12.5"), (json!(20), "20"), (json!(20.0), "20"), (json!(1e-6), "0.000001")]
    {
        let taken = take(TABLE, Blank::Null, &body(json!({"rate": sent}))).expect("a document");
        assert_eq!(Value::Object(taken), json!({"rate": text}));
    }
}

#[test]
fn a_blank_clears_as_the_surface_has_it() {
    let sent = body(json!({"title": null, "place": null, "state": ""}));
    let taken = take(TABLE, Blank::Null, &body(json!({"title": null, "place": null})));
    let cleared = json!({"profile": {"title": null, "address": {"line1": null, "city": null}}});
    assert_eq!(Value::Object(taken.expect("a document")), cleared);
    let taken = take(TABLE, Blank::EmptyText, &sent).expect("a document");
    assert_eq!(Value::Object(taken), json!({"status": null}));
}

#[test]
fn a_value_of_another_shape_is_refused_at_its_place_in_the_request() {
    let sent = body(json!({
        "place": "Bern",
        "people": [{"name": "Ada"}, 7],
        "state": "deleted",
        "parent": "cust_1",
        "rate": "12.5",
    }));
    let found = take(TABLE, Blank::Null, &sent).expect_err("violations");
    let places: Vec<_> = found.iter().map(|violation| violation.pointer.as_str()).collect();
    assert_eq!(places, ["/place", "/people/1", "/state", "/parent", "/rate"]);
}

#[test]
fn a_document_is_shown_with_every_member_and_nothing_that_is_only_sent() {
    let shown = show(TABLE, &json!({"status": "active", "rate": "0.125", "metadata": {"a": "b"}}));
    let nothing = json!({
        "id": null, "title": "", "place": null, "people": [], "state": "published", "parent": null,
        "rate": 0.125,
    });
    assert_eq!(Value::Object(shown), nothing);
    let document = json!({
        "id": "0192b3a4-c5d6-7e8f-9012-3456789abcde",
        "profile": {"address": {"city": "Bern"}, "contact_persons": [{"first_name": "Ada"}]},
    });
    let shown = Value::Object(show(TABLE, &document));
    assert_eq!(shown["place"], json!({"street": null, "town": "Bern"}));
    assert_eq!(shown["people"], json!([{"name": "Ada", "primary": false}]));
    assert_eq!(shown["id"].as_str().map(str::len), Some(31));
}

#[test]
fn errors_in_the_document_have_the_pointer_of_the_request() {
    for (ours, theirs) in [
        ("/profile/title", "/title"),
        ("/profile/address/city", "/place/town"),
        ("/profile/address", "/place"),
        ("/profile/contact_persons", "/people"),
        ("/profile/contact_persons/3/first_name", "/people/3/name"),
        ("/metadata/plan", "/secret/plan"),
        ("/profile/titles", "/profile/titles"),
        ("/id", "/id"),
    ] {
        let found = vec![Violation { pointer: ours.to_owned(), ..Violation::invalid("is wrong") }];
        let placed = in_request(TABLE, found);
        assert_eq!(placed.first().map(|violation| &*violation.pointer), Some(theirs));
    }
}

#[test]
fn a_blank_in_an_item_says_nothing_and_a_code_is_taken_in_either_case() {
    const TABLE: &[Member] = &[
        Member::new("people", "/people").as_a(Form::Each(LINES)),
        Member::new("currency", "/currency").as_a(Form::Code),
        Member::new("zone", "/zone").or(Empty::Word("UTC")),
    ];
    let people = json!([{"name": "Ada", "primary": ""}]);
    let sent = body(json!({"people": people, "currency": "chf", "zone": ""}));
    let taken = take(TABLE, Blank::EmptyText, &sent).expect("a document");
    let document = json!({"people": [{"first_name": "Ada"}], "currency": "CHF", "zone": null});
    assert_eq!(Value::Object(taken), document);
    let shown = json!({
        "people": [{"name": "Ada", "primary": false}], "currency": "CHF", "zone": "UTC",
    });
    assert_eq!(Value::Object(show(TABLE, &document)), shown);
}

#[test]
fn a_time_is_shown_with_the_decimals_that_the_vendor_shows() {
    const TABLE: &[Member] = &[
        Member::shown("time", "/at").as_a(Form::Time),
        Member::shown("second", "/at").as_a(Form::Second),
        Member::shown("day", "/at").as_a(Form::Day),
    ];
    for (at, time) in [
        ("2023-11-07T05:31:56.000000Z", "2023-11-07T05:31:56Z"),
        ("2023-11-07T05:31:56.120000Z", "2023-11-07T05:31:56.12Z"),
        ("2023-11-07T05:31:56Z", "2023-11-07T05:31:56Z"),
    ] {
        let shown = Value::Object(show(TABLE, &json!({"at": at})));
        let expected = json!({"time": time, "second": "2023-11-07T05:31:56Z", "day": "2023-11-07"});
        assert_eq!(shown, expected);
    }
}

#[test]
fn texts_by_their_keys_are_taken_alone_and_other_values_shown_as_json() {
    const TABLE: &[Member] = &[Member::new("metadata", "/metadata").as_a(Form::Texts)];
    let document = json!({"metadata": {"a": "b c", "n": 1.5, "o": {"x": [true]}}});
    let shown = Value::Object(show(TABLE, &document));
    assert_eq!(shown, json!({"metadata": {"a": "b c", "n": "1.5", "o": "{\"x\":[true]}"}}));
    let taken = take(TABLE, Blank::EmptyText, &body(shown.clone())).expect("a document");
    assert_eq!(Value::Object(taken), shown);
    let found = take(TABLE, Blank::EmptyText, &body(document)).expect_err("violations");
    assert_eq!(found.first().map(|violation| &*violation.pointer), Some("/metadata/n"));
}
