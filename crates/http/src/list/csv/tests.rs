use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

const COLUMNS: [&str; 3] = ["a", "b", "c"];

fn columns() -> Vec<String> {
    COLUMNS.map(str::to_owned).to_vec()
}

fn lines_of(items: &[Value]) -> Vec<u8> {
    let item = |value: &Value| Item { document: value.to_string(), customer: None };
    lines(&columns(), &items.iter().map(item).collect::<Vec<_>>()).expect("lines")
}

/// What a reader of RFC 4180 finds below the header. Without that line, a reader would take U+FEFF at
/// the start of the first cell for the mark of a file's encoding.
fn parsed(lines: &[u8]) -> Vec<Vec<String>> {
    let file = [header(&columns()).expect("a line"), lines.to_vec()].concat();
    let reader = csv::Reader::from_reader(&*file);
    let records = reader.into_records().map(|record| record.expect("a record"));
    records.map(|record| record.iter().map(str::to_owned).collect()).collect()
}

/// Signs that start a formula, as they can be typed on keyboards all over the world.
const SIGNS: &str = "=+-@＝＋－＠﹢﹣﹦﹫−";
/// Blanks, and what is not seen at all.
const BLANKS: &str = " \t\r\n\0\u{b}\u{c}\u{85}\u{a0}\u{2003}\u{2028}\u{202f}\u{3000}\u{200b}\u{200d}\u{2060}\u{feff}";

/// What the documents call a formula: a sign behind blanks and apostrophes, or a control character
/// at the very start.
fn spreadsheet_takes_for_a_formula(cell: &str) -> bool {
    let rest = cell.trim_start_matches(|c: char| {
        c == '\''
            || BLANKS.contains(c)
            || c.is_whitespace()
            || c.is_control()
            || c == '\u{ad}'
            || c == '\u{200c}'
    });
    cell.starts_with(['\t', '\r', '\n', '\0']) || rest.starts_with(|c| SIGNS.contains(c))
}

/// The text that a cell stands for, as the documents say it is found.
fn meant(cell: &str) -> &str {
    let formula = spreadsheet_takes_for_a_formula(cell.trim_start_matches('\''));
    cell.strip_prefix('\'').filter(|_| formula).unwrap_or(cell)
}

#[test]
fn lines_end_as_the_rfc_has_it_and_what_would_break_them_is_quoted() {
    let item = json!({"a": "x,y", "b": "say \"hi\"", "c": "two\nlines", "unknown": 1});
    assert_eq!(lines_of(&[item]), b"\"x,y\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n");
    assert_eq!(header(&columns()).expect("a line"), b"a,b,c\r\n");
    assert_eq!(lines_of(&[json!({}), json!({"b": null})]), b",,\r\n,,\r\n");
}

#[test]
fn a_member_of_a_record_has_a_cell_of_its_own() {
    let columns = ["id", "at.city", "at.zip.code", "at.zip.kind", "note"].map(str::to_owned);
    let item = |value: Value| Item { document: value.to_string(), customer: None };
    let items = [
        item(json!({"id": 1, "at": {"city": "Bern", "zip": {"code": "=3"}}, "note": "x"})),
        item(json!({"id": 2, "at": {"zip": {"kind": "a", "code": "b"}}})),
        item(json!({"id": 3, "at": null})),
    ];
    let lines = lines(&columns, &items).expect("lines");
    let lines = String::from_utf8(lines).expect("text");
    assert_eq!(lines, "1,Bern,'=3,,x\r\n2,,b,a,\r\n3,,,,\r\n");
}

#[test]
fn what_is_no_text_is_written_as_json() {
    let item = json!({"a": true, "b": 7, "c": {"x": [1, "é"]}});
    assert_eq!(parsed(&lines_of(&[item])), [["true", "7", r#"{"x":[1,"é"]}"#]]);
}

#[test]
fn no_cell_is_a_formula() {
    let item = json!({"a": "=1+1", "b": "'=1", "c": "'s-Hertogenbosch"});
    assert_eq!(lines_of(&[item]), b"'=1+1,''=1,'s-Hertogenbosch\r\n");
    let item = json!({"a": "\ttab", "b": -7, "c": "@SUM(A1:A9)"});
    assert_eq!(parsed(&lines_of(&[item])), [["'\ttab", "'-7", "'@SUM(A1:A9)"]]);
}

#[test]
fn signs_of_other_widths_and_signs_behind_blanks_are_no_formulas_either() {
    for sign in SIGNS.chars() {
        for before in [""].into_iter().map(str::to_owned).chain(BLANKS.chars().map(String::from)) {
            for before in [before.clone(), format!("{before} "), format!("{before}'")] {
                let value = format!("{before}{sign}1+1");
                let item = json!({"a": "x", "b": value, "c": format!("x{value}")});
                let cells = parsed(&lines_of(&[item]));
                assert_eq!(cells, [["x".to_owned(), format!("'{value}"), format!("x{value}")]]);
                assert_eq!(meant(&cells[0][1]), value);
            }
        }
    }
}

#[test]
fn a_byte_order_mark_in_a_cell_is_text() {
    let item = json!({"a": "\u{feff}", "b": "\u{feff}x"});
    assert_eq!(parsed(&lines_of(&[item])), [["\u{feff}", "\u{feff}x", ""]]);
}

fn value() -> impl Strategy<Value = Value> {
    let awkward = "['=+\\-@＝＋－＠−\u{a0}\u{3000}\u{200b}\u{feff}\t\r\n\0\",;a é]{0,6}";
    prop_oneof![
        awkward.prop_map(Value::from),
        ".*".prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        prop::collection::vec(awkward, 0..3).prop_map(Value::from),
    ]
}

fn items() -> impl Strategy<Value = Vec<Value>> {
    let item = prop::collection::btree_map(prop::sample::select(&COLUMNS[..]), value(), 0..4);
    let item = item.prop_map(|members| {
        let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
        Value::Object(members.collect::<Map<_, _>>())
    });
    prop::collection::vec(item, 0..6)
}

proptest! {
    #[test]
    fn whatever_is_listed_no_cell_is_a_formula_and_each_gives_its_value_back(items in items()) {
        let found = parsed(&lines_of(&items));
        prop_assert_eq!(found.len(), items.len());
        for (line, item) in found.iter().zip(&items) {
            prop_assert_eq!(line.len(), COLUMNS.len());
            for (cell, column) in line.iter().zip(COLUMNS) {
                let formula = spreadsheet_takes_for_a_formula(cell);
                prop_assert!(!formula || cell.starts_with('\''), "{:?}", cell);
                let text = match item.get(column) {
                    None | Some(Value::Null) => String::new(),
                    Some(Value::String(text)) => text.clone(),
                    Some(other) => other.to_string(),
                };
                prop_assert_eq!(meant(cell), text);
            }
        }
    }
}
