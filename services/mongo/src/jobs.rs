//! The ports of the jobs room over one collection.
//!
//! The room decides what may become of a record; here it is read, compared and swapped, many at a time.

pub mod aside;
pub mod catalogue;
pub mod claims;
pub mod cursor;
pub mod ends;
pub mod finds;
pub mod handing;
pub mod histogram;
pub mod inserts;
pub mod list;
pub mod offers;
pub mod overdue;
pub mod room;
pub mod statements;
pub mod store;
pub mod swaps;
pub mod sweep;
