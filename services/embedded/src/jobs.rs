//! The ports of the jobs room: the store, the catalogue and the queue, over one writer and one memory.
//!
//! The room decides what may become of a record; here it is only compared and swapped.

pub mod apply;
pub mod archive;
pub mod board;
pub mod catalogue;
pub mod change;
pub mod codec;
pub mod cursor;
pub mod deferred;
pub mod list;
pub mod queue;
pub mod record;
pub mod recover;
pub mod shelf;
pub mod store;
