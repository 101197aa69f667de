//! The job ports over one collection.
//!
//! The engine decides the next state of a record. This module reads records and replaces them by compare-and-swap, in
//! batches.

pub mod attachments;
pub mod backlog_limit;
pub mod catalogue;
pub mod claims;
pub mod compare_and_swap;
pub mod completions;
pub mod cursor;
pub mod find_by_id;
pub mod inserts;
pub mod list;
pub mod outbox_watermark;
pub mod overdue;
pub mod publish_marks;
pub mod quarantine;
pub mod store;
pub mod sweep;
pub mod update_statements;
