//! What pages are built of.

pub(crate) mod flash;
pub(crate) mod page;
pub(crate) mod pager;
mod problem;
pub(crate) mod sentence;
pub(crate) mod states;
pub(crate) mod time;
pub(crate) mod value;

pub(crate) use self::flash::{Flash, with_flash};
pub(crate) use self::page::{Page, Place, form_of, lead_to, once_more};
pub(crate) use self::problem::{as_sentence, problem};
