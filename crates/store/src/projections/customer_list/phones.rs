//! Telephone numbers as keys, so that a number is found however it is written.

#[cfg(test)]
mod tests;

/// The zeros at which digits of several scripts begin: European, Arabic, Persian, Devanagari, full-width.
const ZEROS: [char; 5] = ['0', '\u{660}', '\u{6f0}', '\u{966}', '\u{ff10}'];

/// The key of a telephone number: its digits, without the prefix of international calls, the zero that is only
/// dialled within a country, and an extension. A text without digits is its own key.
pub(super) fn phone_key(number: &str) -> String {
    let number = number.trim();
    let international = number.starts_with('+') || number.starts_with("00");
    let written = if international { number.replace("(0)", "") } else { number.to_owned() };
    let mut digits = String::new();
    for character in written.chars() {
        match digit(character) {
            Some(digit) => digits.push(digit),
            // An extension begins: "ext. 12", "x12", "#12", ";ext=12".
            None if !digits.is_empty()
                && (character.is_alphabetic() || "#;,".contains(character)) =>
            {
                break;
            }
            None => {}
        }
    }
    if digits.is_empty() {
        return number.to_owned();
    }
    match digits.strip_prefix("00").filter(|rest| !rest.is_empty()) {
        Some(rest) => rest.to_owned(),
        None => digits,
    }
}

/// A digit of any script as a European one.
fn digit(character: char) -> Option<char> {
    let value = ZEROS.into_iter().find_map(|zero| {
        let value = u32::from(character).checked_sub(u32::from(zero))?;
        (value < 10).then_some(value)
    });
    char::from_digit(value?, 10)
}
