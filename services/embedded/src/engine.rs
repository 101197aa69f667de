//! The storage engine below the ports: the folder, the database file, its single writer and its readers.
//!
//! Knows files and SQL, and of jobs only the commands that the writer runs.

pub mod commit_guard;
pub mod commit_mark;
pub mod data_folder;
pub mod database;
pub mod fault;
pub mod folder_watch;
pub mod reader_pool;
pub mod schema;
pub mod wal_check;
pub mod wal_checkpointer;
pub mod wal_file;
pub mod write_batcher;
pub mod writer;
