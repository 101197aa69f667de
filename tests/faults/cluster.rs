//! The same promises in a cluster: APIs, workers, a store and a broker, each of which may die, freeze, forget, or be cut
//! off, between any two steps of a job's life.
//!
//! All tests share one cluster, one after the other; each begins with everything whole.

mod bad_days;
mod campaign;
mod deaths;
mod doctor;
mod migrating;
mod moving;
mod oddities;
mod outages;
mod restarts;
mod shared_cluster;
mod steps;
mod storm;
