//! What operators ask and do, `/admin`: each module has the routes of the path that it is called after.

pub(crate) mod audit;
pub(crate) mod projections;
