//! Writing HTML: markup is what this program says, all else is text and escaped.

/// HTML under way.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup. Being part of the program, it can't have come from anywhere else.
    pub(super) fn markup(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// Text, or the value of an attribute in double quotes.
    pub(super) fn text(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
    }

    /// Text in an element, of which `open` and `close` are the tags.
    pub(super) fn within(&mut self, open: &'static str, text: &str, close: &'static str) {
        self.markup(open);
        self.text(text);
        self.markup(close);
    }

    pub(super) fn code(&mut self, text: &str) {
        self.within("<code>", text, "</code>");
    }

    /// A name of a program, which a narrow screen may break where its words end.
    pub(super) fn name(&mut self, name: &str) {
        self.markup("<code>");
        for word in name.split_inclusive(['_', '-']) {
            self.text(word);
            self.markup("<wbr>");
        }
        self.markup("</code>");
    }

    /// A link within the page, to the part called `kind` and `name`.
    pub(super) fn link(&mut self, kind: &'static str, name: &str, text: &str) {
        self.markup("<a href=\"#");
        self.markup(kind);
        self.text(name);
        self.within("\">", text, "</a>");
    }

    /// A heading that links lead to.
    pub(super) fn heading(&mut self, level: Level, id: &str, text: &str) {
        let (open, close) = match level {
            Level::Group => ("<h2 id=\"", "</h2>"),
            Level::Entry => ("<h3 id=\"", "</h3>"),
        };
        self.markup(open);
        self.text(id);
        self.within("\">", text, close);
    }

    /// Paragraphs and lists of a description, in the little of Markdown that descriptions use.
    pub(super) fn prose(&mut self, text: &str) {
        for block in text.split("\n\n") {
            if block.starts_with("- ") {
                self.markup("<ul>");
                for item in block.lines() {
                    self.markup("<li>");
                    self.inline(item.strip_prefix("- ").unwrap_or(item));
                    self.markup("</li>");
                }
                self.markup("</ul>\n");
            } else if !block.is_empty() {
                self.markup("<p>");
                self.inline(block);
                self.markup("</p>\n");
            }
        }
    }

    /// Text in which back quotes make code and double asterisks make it strong.
    pub(super) fn inline(&mut self, text: &str) {
        for (nth, part) in text.split('`').enumerate() {
            if nth % 2 == 1 {
                self.code(part);
                continue;
            }
            for (nth, part) in part.split("**").enumerate() {
                if nth % 2 == 1 {
                    self.within("<strong>", part, "</strong>");
                } else {
                    self.text(part);
                }
            }
        }
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// How deep a heading is.
#[derive(Clone, Copy)]
pub(super) enum Level {
    /// Of several entries.
    Group,
    /// Of one.
    Entry,
}
