//! Requests for lists and their answers: a page as JSON, or the whole list in another format.

mod answer;
mod csv;
mod declare;
mod export;
mod item;
mod request;

pub use self::answer::{answer, answer_page};
pub use self::csv::header as csv_header;
pub use self::declare::{Columns, ListItem, columns_of, member};
pub use self::item::{Item, shown};
pub use self::request::{List, ListRequest, ReadPage};
