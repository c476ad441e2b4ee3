use super::*;

fn tenant() -> TenantId {
    TenantId(uuid::Uuid::nil())
}

#[test]
fn the_words_of_a_customer_have_the_tag_of_its_tenant() {
    let mut words = Words::of(tenant());
    words.add("Straße 東京");
    let tag = tag(tenant());
    let expected = ["strasse", "京", "東京"].map(|word| format!("{tag}{word}"));
    assert_eq!(words.into_list(), expected);
}

#[test]
fn no_customer_has_more_words_than_there_is_room_for() {
    let mut words = Words::of(tenant());
    for number in 0..200_000 {
        words.add(&format!("{number}-{number}"));
    }
    let bytes: usize = words.into_list().iter().map(String::len).sum();
    assert!(bytes <= WORDS_BYTES_MAX && bytes > WORDS_BYTES_MAX - 64, "{bytes} bytes");
}

#[test]
fn a_search_needs_a_word_and_not_too_many() {
    let query = Search::read("Ada@Example.com  o'neil ADA@example.com").expect("a search");
    let tag = tag(tenant());
    assert_eq!(query.query(tenant()), format!("'{tag}ada@example.com':* & '{tag}o''neil':*"));
    assert_eq!(Search::read("--"), None);
    assert_eq!(Search::read(&"a ".repeat(17)), None);
    assert_eq!(Search::read(&"a".repeat(201)), None);
    assert!(Search::read(&"a - ".repeat(16)).is_some());
    assert!(Search::read(&"東京".repeat(100)).is_some());
}
