//! A strict parser of Prometheus' text format 0.0.4. It accepts what `promtool check metrics` accepts without a remark.

use std::collections::{BTreeMap, BTreeSet};

/// The labels of a sample, in order.
pub(super) type Labels = BTreeMap<String, String>;

/// A metric with all its samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Family {
    /// `counter`, `gauge` or `histogram`.
    pub(super) kind: String,
    /// The text of `# HELP`.
    pub(super) help: String,
    /// Name, labels and value of each sample.
    pub(super) samples: Vec<(String, Labels, f64)>,
}

/// Parses a scrape into its metrics by name. The error is the first line that breaks a rule of the format, or a convention that `promtool` checks.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, Family>, String> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current: Option<String> = None;
    if !text.ends_with('\n') {
        return Err("the last line has no line feed".to_owned());
    }
    for line in text.lines().filter(|line| !line.is_empty()) {
        let at = |why: &str| format!("{why}: {line}");
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').ok_or_else(|| at("no help"))?;
            if help.trim().is_empty() || families.contains_key(name) {
                return Err(at("an empty or second HELP, or samples of one metric apart"));
            }
            families.insert(name.to_owned(), Family { help: help.to_owned(), ..Family::default() });
            current = Some(name.to_owned());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').ok_or_else(|| at("no type"))?;
            let family = families.get_mut(name).filter(|_| current.as_deref() == Some(name));
            let family = family.ok_or_else(|| at("TYPE without HELP before it"))?;
            if !family.kind.is_empty() || !["counter", "gauge", "histogram"].contains(&kind) {
                return Err(at("a second or unknown TYPE"));
            }
            kind.clone_into(&mut family.kind);
        } else if line.starts_with('#') {
            return Err(at("a comment"));
        } else {
            let (name, labels, value) = sample(line).ok_or_else(|| at("not a sample"))?;
            let metric = current.as_deref().ok_or_else(|| at("a sample without HELP"))?;
            let family = families.get_mut(metric).ok_or_else(|| at("a sample without HELP"))?;
            let suffixes: &[&str] = match family.kind.as_str() {
                "histogram" => &["_bucket", "_sum", "_count"],
                "" => return Err(at("a sample without TYPE")),
                _ => &[""],
            };
            if !suffixes.iter().any(|suffix| name == format!("{metric}{suffix}")) {
                return Err(at("a sample of another metric"));
            }
            family.samples.push((name, labels, value));
        }
    }
    for (name, family) in &families {
        check(name, family).map_err(|why| format!("{name}: {why}"))?;
    }
    Ok(families)
}

/// The conventions of names, and the rules of values.
fn check(name: &str, family: &Family) -> Result<(), String> {
    let counter = family.kind == "counter";
    if counter != name.ends_with("_total") {
        return Err("only counters end in _total, and all of them do".to_owned());
    }
    if name.chars().any(|c| c.is_ascii_uppercase()) || name.contains("milliseconds") {
        return Err("the name is not in snake case, or not in a base unit".to_owned());
    }
    let mut seen = BTreeSet::new();
    for (sample, labels, value) in &family.samples {
        if !seen.insert((sample, labels)) {
            return Err(format!("twice: {sample} {labels:?}"));
        }
        if counter && (value.is_nan() || *value < 0.0) {
            return Err(format!("a counter of {value}"));
        }
    }
    if family.samples.is_empty() {
        return Err("no samples".to_owned());
    }
    if family.kind == "histogram" { check_histogram(name, family) } else { Ok(()) }
}

/// Buckets grow, the last one has everything, and there are a sum and a count.
fn check_histogram(name: &str, family: &Family) -> Result<(), String> {
    let mut buckets: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
    let (mut counts, mut sums) = (BTreeMap::new(), BTreeMap::new());
    for (sample, labels, value) in &family.samples {
        let mut labels = labels.clone();
        if *sample == format!("{name}_bucket") {
            let le = labels.remove("le").ok_or("a bucket without le")?;
            let le = number(&le).ok_or("le is not a number")?;
            buckets.entry(labels).or_default().push((le, *value));
        } else if *sample == format!("{name}_count") {
            counts.insert(labels, *value);
        } else {
            sums.insert(labels, *value);
        }
    }
    for (labels, buckets) in &buckets {
        if !buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1) {
            return Err(format!("buckets don't grow: {labels:?}"));
        }
        let last = buckets.last().copied();
        if last.is_none_or(|(le, _)| le != f64::INFINITY)
            || last.map(|(_, count)| count) != counts.get(labels).copied()
        {
            return Err(format!("the last bucket isn't the count: {labels:?}"));
        }
    }
    let same = buckets.keys().eq(counts.keys()) && buckets.keys().eq(sums.keys());
    if same { Ok(()) } else { Err("a sum, a count or buckets are missing".to_owned()) }
}

/// `name{label="value",…} value`.
fn sample(line: &str) -> Option<(String, Labels, f64)> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Labels::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, value) = rest.split_once("=\"")?;
            let (value, after) = text(value)?;
            let fresh = labels.insert(label.to_owned(), value).is_none();
            if !fresh || !is_name(label) || label.contains(':') || label.starts_with("__") {
                return None;
            }
            rest = after;
            match rest.split_at_checked(1)? {
                (",", after) => rest = after,
                ("}", after) => {
                    rest = after;
                    break;
                }
                _ => return None,
            }
        }
    }
    let value = number(rest.strip_prefix(' ')?)?;
    is_name(name).then(|| (name.to_owned(), labels, value))
}

/// A quoted text from after its quote: the text, and what follows it.
fn text(quoted: &str) -> Option<(String, &str)> {
    let mut found = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((found, quoted.get(at + 1..)?)),
            '\\' => found.push(match letters.next()?.1 {
                'n' => '\n',
                escaped @ ('\\' | '"') => escaped,
                _ => return None,
            }),
            letter => found.push(letter),
        }
    }
    None
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        // Go reads neither `inf` nor `infinity` in other letters, nor blanks.
        text if text.contains(|c: char| c.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == ':')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}

const GOOD: &str = "# HELP a_total A.\n# TYPE a_total counter\na_total{x=\"1\\\"\"} 3\n\n\
                    # HELP s_seconds S.\n# TYPE s_seconds histogram\n\
                    s_seconds_bucket{le=\"0.1\"} 1\ns_seconds_bucket{le=\"+Inf\"} 2\n\
                    s_seconds_sum 0.5\ns_seconds_count 2\n";

#[test]
fn good_text_is_read_and_each_broken_rule_is_found() {
    let found = parse(GOOD).expect("good text");
    assert_eq!(found["a_total"].samples[0].1["x"], "1\"");
    assert_eq!(found["s_seconds"].samples.len(), 4);
    for (from, to) in [
        ("# HELP a_total A.\n", ""),
        ("# TYPE a_total counter\n", ""),
        ("a_total", "a"),
        ("a_total{", "b_total{"),
        ("} 3", "} three"),
        ("} 3", "} 3\na_total{x=\"1\\\"\"} 3"),
        ("} 3", "} -3"),
        ("x=\"1\\\"\"", "x=1"),
        ("x=\"1\\\"\"", "x=\"1\\q\""),
        ("# HELP s_seconds S.", "# HELP s_seconds  "),
        ("le=\"+Inf\"} 2", "le=\"+Inf\"} 0"),
        ("le=\"+Inf\"} 2", "le=\"9\"} 2"),
        ("s_seconds_sum 0.5\n", ""),
        ("s_seconds_count 2\n", "s_seconds_count 3\n"),
    ] {
        let broken = GOOD.replace(from, to);
        assert!(broken != GOOD && parse(&broken).is_err(), "accepted: {broken}");
    }
}
