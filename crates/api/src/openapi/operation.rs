//! One operation, put together member by member.

use serde_json::{Map, Value, json};

use super::parameters::parameter;
use super::responses::{HEAD_PROBLEMS, problem};

/// An operation of a path.
pub(super) struct Operation {
    members: Map<String, Value>,
    parameters: Vec<Value>,
    responses: Map<String, Value>,
}

impl Operation {
    /// An operation that can be answered with the problems of any request's head, so far.
    pub(super) fn new(id: &str, tag: &str, summary: &str) -> Self {
        let mut members = Map::new();
        members.insert("operationId".to_owned(), id.into());
        members.insert("tags".to_owned(), json!([tag]));
        // A summary is a title, and titles have no full stop.
        members.insert("summary".to_owned(), summary.trim_end_matches('.').into());
        Self { members, parameters: Vec::new(), responses: Map::new() }.problems(&HEAD_PROBLEMS)
    }

    pub(super) fn description(mut self, description: &str) -> Self {
        self.members.insert("description".to_owned(), description.into());
        self
    }

    /// No key is needed.
    pub(super) fn open(mut self) -> Self {
        self.members.insert("security".to_owned(), json!([]));
        self
    }

    pub(super) fn parameters(mut self, names: &[&str]) -> Self {
        self.parameters.extend(names.iter().copied().map(parameter));
        self
    }

    pub(super) fn body(self, content_type: &str, schema: &Value, example: Value) -> Self {
        let mut content = json!({"schema": schema});
        if !example.is_null() {
            content["example"] = example;
        }
        self.body_content(content_type, &content)
    }

    pub(super) fn body_content(mut self, content_type: &str, content: &Value) -> Self {
        let body = json!({"required": true, "content": {content_type: content}});
        self.members.insert("requestBody".to_owned(), body);
        self
    }

    /// A body that may be left out.
    pub(super) fn optional_body(self, content_type: &str, schema: &Value, example: Value) -> Self {
        let mut operation = self.body(content_type, schema, example);
        if let Some(body) = operation.members.get_mut("requestBody") {
            body["required"] = false.into();
        }
        operation
    }

    pub(super) fn response(mut self, status: u16, response: Value) -> Self {
        self.responses.insert(status.to_string(), response);
        self
    }

    pub(super) fn problems(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            self.responses.insert(status.to_string(), problem(*status));
        }
        self
    }

    pub(super) fn build(mut self) -> Value {
        if !self.parameters.is_empty() {
            self.members.insert("parameters".to_owned(), Value::Array(self.parameters));
        }
        self.members.insert("responses".to_owned(), Value::Object(self.responses));
        Value::Object(self.members)
    }
}

/// `update-profile` as an operation's id: `updateProfile`.
pub(super) fn camel_case(kebab: &str) -> String {
    let mut camel = String::with_capacity(kebab.len());
    for (nth, word) in kebab.split('-').enumerate() {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if nth > 0 => camel.push(first.to_ascii_uppercase()),
            Some(first) => camel.push(first),
            None => {}
        }
        camel.push_str(letters.as_str());
    }
    camel
}
