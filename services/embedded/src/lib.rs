//! The ports on one data folder: SQLite with group commit, an in-process queue, files.
//!
//! Knows storage and nothing of HTTP or of workloads. One process at a time owns a folder. A change is on disk before
//! its call returns.

mod blob_folder;
mod embedded;
mod engine;
mod error;
mod folder_options;
mod jobs;
mod probe;
mod repair;

pub use embedded::{Embedded, Recovery, open, open_with_progress};
pub use engine::schema::ConversionProgress;
pub use error::OpenError;
pub use folder_options::FolderOptions;
pub use repair::{RepairReport, repair};
