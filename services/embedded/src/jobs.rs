//! The ports of the job engine: store, catalogue, queue and archive, over one writer and one state in memory.
//!
//! The engine decides how a record may change; this module only compares and swaps rows.

pub mod change_applier;
pub mod cursor;
pub mod deferred_tickets;
pub mod folder_archive;
pub mod folder_catalogue;
pub mod folder_store;
pub mod in_process_queue;
pub mod job_listing;
pub mod pending_job_cache;
pub mod queue_state;
pub mod recover;
pub mod store_change;
pub mod stored_job;
