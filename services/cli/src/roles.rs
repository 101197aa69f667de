//! The roles of a process: a server on one machine, or the API or a worker of a cluster.

#[cfg(feature = "cluster")]
pub(crate) mod api;
mod banner;
mod pages;
mod port_owner;
#[cfg(feature = "cluster")]
pub(crate) mod probe;
mod process;
pub(crate) mod serve;
#[cfg(not(feature = "cluster"))]
pub(crate) mod standalone;
pub(crate) mod startup_error;
mod tasks;
#[cfg(feature = "cluster")]
pub(crate) mod worker;
