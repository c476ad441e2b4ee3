//! Where a mistake in our document is in a vendor's request.

use domain::check::Violation;

use crate::members::{Content, Member};

/// What is wrong in a document that was taken from a request, with its places in that request.
pub(crate) fn in_request(members: &[Member], found: Vec<Violation>) -> Vec<Violation> {
    let found = found.into_iter().map(|violation| {
        let pointer = place(members, &violation.pointer);
        Violation { pointer: pointer.unwrap_or(violation.pointer), ..violation }
    });
    found.collect()
}

/// Where what is wrong at `pointer` of our document is in a request; nothing when it isn't there.
pub(crate) fn place(members: &[Member], pointer: &str) -> Option<String> {
    members.iter().filter(|member| member.goes(true)).find_map(|member| {
        let rest = pointer.strip_prefix(member.ours)?;
        if !rest.is_empty() && !rest.starts_with('/') {
            return None;
        }
        let inner = match member.form.content() {
            Content::Members(members) if !rest.is_empty() => place(members, rest)?,
            Content::Items(members) => {
                place_of_item(members, rest).unwrap_or_else(|| rest.to_owned())
            }
            Content::Members(_) | Content::Plain => rest.to_owned(),
        };
        Some(format!("/{}{inner}", member.theirs))
    })
}

fn place_of_item(members: &[Member], rest: &str) -> Option<String> {
    let (index, rest) = rest.strip_prefix('/')?.split_once('/')?;
    place(members, &format!("/{rest}")).map(|place| format!("/{index}{place}"))
}
