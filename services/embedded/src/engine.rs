//! The machinery below the ports: the folder, the database file, its one writer and its readers.
//!
//! Knows files and SQL, and of the rooms only which commands their writes come in.

pub mod database;
pub mod desk;
pub mod fault;
pub mod folder;
pub mod log;
pub mod readers;
pub mod schema;
pub mod writer;
