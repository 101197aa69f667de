//! The ports of the jobs on MongoDB.
