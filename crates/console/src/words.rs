//! Fields, surfaces and events in the words of people.

pub(crate) mod fields;
pub(crate) mod labels;
pub(crate) mod matched;
pub(crate) mod moments;
pub(crate) mod sentence;
pub(crate) mod surfaces;
pub(crate) mod values;
