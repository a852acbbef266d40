//! What the scheduler's state is kept in: columns of roots, records beside them, lists through them.

mod cold;
mod column;
mod edge;
mod free_set;
mod list;
mod row;
mod store;
mod wheel;

pub(crate) use cold::{Care, Cold, Extra, JoinRecord, ScopeRecord};
pub(crate) use column::CHUNK;
pub(crate) use edge::{Edge, Waiting};
pub(crate) use list::{Link, List, Node};
pub(crate) use row::{Flags, Kind, Resume, Row, Stage};
pub(crate) use store::{Full, Record, Store};
pub(crate) use wheel::{Purpose, Wheel};

/// "No index" in a link, a list or a record.
pub(crate) const NONE: u32 = u32::MAX;
