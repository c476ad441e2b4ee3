//! Rust sources as tokens: enough to see what a file imports.

/// What a file consists of, without comments, texts, and modules that only tests have.
pub(super) fn tokens(source: &str) -> Vec<String> {
    without_inline_tests(&lex(source))
}

fn lex(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let mut index = 0;
    while index < chars.len() {
        let c = at(index);
        if c == '/' && at(index + 1) == '/' {
            while index < chars.len() && at(index) != '\n' {
                index += 1;
            }
        } else if c == '/' && at(index + 1) == '*' {
            index = after_block_comment(&chars, index);
        } else if c == '"' {
            index = after_text(&chars, index);
        } else if c == '\'' {
            index = after_quote(&chars, index);
        } else if c.is_alphabetic() || c == '_' {
            let begin = index;
            while at(index).is_alphanumeric() || at(index) == '_' {
                index += 1;
            }
            let word: String = chars[begin..index].iter().collect();
            let raw = ["r", "br", "cr"].contains(&word.as_str());
            if raw && (at(index) == '"' || at(index) == '#' && "\"#".contains(at(index + 1))) {
                index = after_raw_text(&chars, index);
            } else if word == "r" && at(index) == '#' {
                // A raw identifier: the word itself follows.
                index += 1;
            } else if ["b", "c"].contains(&word.as_str()) && "\"'".contains(at(index)) {
                // The text follows.
            } else {
                found.push(word);
            }
        } else if c == ':' && at(index + 1) == ':' {
            found.push("::".to_owned());
            index += 2;
        } else {
            if !c.is_whitespace() {
                found.push(c.to_string());
            }
            index += 1;
        }
    }
    found
}

fn after_block_comment(chars: &[char], mut index: usize) -> usize {
    let mut depth = 0;
    while index < chars.len() {
        match (chars[index], chars.get(index + 1)) {
            ('/', Some('*')) => (depth, index) = (depth + 1, index + 2),
            ('*', Some('/')) => (depth, index) = (depth - 1, index + 2),
            _ => index += 1,
        }
        if depth == 0 {
            break;
        }
    }
    index
}

fn after_text(chars: &[char], begin: usize) -> usize {
    let mut index = begin + 1;
    while index < chars.len() && chars[index] != '"' {
        index += if chars[index] == '\\' { 2 } else { 1 };
    }
    index + 1
}

fn after_raw_text(chars: &[char], begin: usize) -> usize {
    let hashes = chars[begin..].iter().take_while(|c| **c == '#').count();
    let mut index = begin + hashes + 1;
    while index < chars.len() {
        let closes = chars[index] == '"'
            && chars[index + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes;
        index += 1;
        if closes {
            return index + hashes;
        }
    }
    index
}

/// Behind a character, or behind the quote of a lifetime.
fn after_quote(chars: &[char], begin: usize) -> usize {
    if chars.get(begin + 1) == Some(&'\\') {
        let mut index = begin + 3;
        while index < chars.len() && chars[index] != '\'' {
            index += 1;
        }
        return index + 1;
    }
    if chars.get(begin + 2) == Some(&'\'') { begin + 3 } else { begin + 1 }
}

fn without_inline_tests(tokens: &[String]) -> Vec<String> {
    const TESTS: [&str; 8] = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let mut kept = Vec::new();
    let mut index = 0;
    while index < tokens.len() {
        let here = &tokens[index..];
        let tests = here.len() > TESTS.len() + 1
            && here.iter().zip(TESTS).all(|(token, expected)| token == expected)
            && here[TESTS.len() + 1] == "{";
        if tests {
            index += TESTS.len() + 1;
            index = after_braces(tokens, index);
        } else {
            kept.push(tokens[index].clone());
            index += 1;
        }
    }
    kept
}

/// Behind the braces that open here.
pub(super) fn after_braces(tokens: &[String], begin: usize) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(begin) {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// What a `use` imports: a path, and the name that it has in the file.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub(super) path: Vec<String>,
    /// The name; `*` when the path's names are all imported, `_` when it has none.
    pub(super) name: String,
    /// Whether others can import it from here.
    pub(super) public: bool,
    /// The modules in the file around it.
    pub(super) within: Vec<String>,
}

/// A path that isn't in a `use`, and the modules in the file around it.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    pub(super) path: Vec<String>,
    pub(super) within: Vec<String>,
}

/// What a file's tokens say.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) imports: Vec<Import>,
    /// Paths of at least two parts, and single names as paths of one.
    pub(super) mentions: Vec<Mention>,
    /// Names that items have.
    pub(super) items: Vec<String>,
}

impl Source {
    pub(super) fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let mut source = Self::default();
        let mut within: Vec<(String, usize)> = Vec::new();
        let mut depth = 0;
        let mut index = 0;
        while index < tokens.len() {
            let token = tokens[index].as_str();
            let next = tokens.get(index + 1).map_or("", String::as_str);
            let inside = || within.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            match token {
                "use" if !next.starts_with('<') => {
                    let public = is_public(&tokens[..index]);
                    let mut parsed = Vec::new();
                    index = read_tree(&tokens, index + 1, &[], &mut parsed);
                    source.imports.extend(parsed.into_iter().map(|(path, name)| Import {
                        path,
                        name,
                        public,
                        within: inside(),
                    }));
                    continue;
                }
                "mod" if tokens.get(index + 2).is_some_and(|brace| brace == "{") => {
                    within.push((next.to_owned(), depth));
                    index += 2;
                    continue;
                }
                "mod" => index += 1,
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    if within.last().is_some_and(|(_, outer)| *outer == depth) {
                        within.pop();
                    }
                }
                "fn" | "struct" | "enum" | "trait" | "const" | "static" | "type" | "union"
                | "macro_rules" => {
                    let name =
                        if next == "!" { tokens.get(index + 2) } else { tokens.get(index + 1) };
                    source.items.extend(name.cloned());
                }
                word if is_word(word) => {
                    let preceded = index > 0 && ["::", "."].contains(&tokens[index - 1].as_str());
                    if !preceded {
                        let path = read_path(&tokens, index);
                        source.mentions.push(Mention { path, within: inside() });
                    }
                }
                _ => {}
            }
            index += 1;
        }
        source
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Whether `pub`, or `pub(…)`, comes last.
fn is_public(before: &[String]) -> bool {
    match before.last().map(String::as_str) {
        Some("pub") => true,
        Some(")") => {
            let open = before.iter().rposition(|token| token == "(");
            open.is_some_and(|open| open > 0 && before[open - 1] == "pub")
        }
        _ => false,
    }
}

fn read_path(tokens: &[String], begin: usize) -> Vec<String> {
    let mut path = vec![tokens[begin].clone()];
    let mut index = begin + 1;
    while tokens.get(index).is_some_and(|token| token == "::")
        && tokens.get(index + 1).is_some_and(|token| is_word(token))
    {
        path.push(tokens[index + 1].clone());
        index += 2;
    }
    path
}

/// Reads a tree of imports, and answers where it ends.
fn read_tree(
    tokens: &[String],
    mut index: usize,
    prefix: &[String],
    found: &mut Vec<(Vec<String>, String)>,
) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(index).map_or(";", String::as_str) {
            "::" => index += 1,
            "{" => {
                index += 1;
                while tokens.get(index).is_some_and(|token| token != "}") {
                    index = read_tree(tokens, index, &path, found);
                    if tokens.get(index).is_some_and(|token| token == ",") {
                        index += 1;
                    }
                }
                return index + 1;
            }
            "*" => {
                found.push((path, "*".to_owned()));
                return index + 1;
            }
            "as" => {
                found.push((path, tokens[index + 1].clone()));
                return index + 2;
            }
            word if is_word(word) => {
                // `self` in braces is the path before them.
                if word != "self" || path.is_empty() {
                    path.push(word.to_owned());
                }
                index += 1;
            }
            _ => {
                let name = path.last().cloned().unwrap_or_default();
                found.push((path, name));
                return index;
            }
        }
    }
}
