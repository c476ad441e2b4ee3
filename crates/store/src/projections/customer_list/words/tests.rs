use super::*;

fn tenant() -> TenantId {
    TenantId(uuid::Uuid::nil())
}

/// The words of a text, without the tag of their tenant.
fn words(text: &str) -> Vec<String> {
    let mut words = Words::of(tenant());
    words.add(text);
    words.words.iter().map(|word| word[8..].to_owned()).collect()
}

#[test]
fn a_text_is_found_by_its_words_and_by_every_end_of_what_is_put_together() {
    assert_eq!(words("Acme, Industries (Stockholm)"), ["acme", "industries", "stockholm"]);
    assert_eq!(words("Ada@Example.com"), ["ada@example.com", "com", "example.com"]);
    assert_eq!(words("O'Neil \\ Söhne"), ["neil", "o'neil", "söhne"]);
    assert_eq!(words("So\u{308}hne"), ["söhne"]);
    assert_eq!(words(" -- … "), [""; 0]);
}

#[test]
fn long_words_are_kept_by_their_beginnings() {
    let [word] = &words(&"å".repeat(100))[..] else { panic!("one word") };
    assert_eq!(*word, "å".repeat(WORD_CHARS_MAX));
    let numbers: Vec<_> = (0..100).map(|number| number.to_string()).collect();
    assert_eq!(words(&numbers.join("-")).len(), ENDS_MAX);
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
    let query = Search::read("Ada@Example.com  o'neil").expect("a search").query(tenant());
    let tag = tag(tenant());
    assert_eq!(query, format!("'{tag}ada@example.com':* & '{tag}o''neil':*"));
    assert_eq!(Search::read("--"), None);
    assert_eq!(Search::read(&"a ".repeat(17)), None);
    assert_eq!(Search::read(&"a".repeat(201)), None);
}
