//! What a process can be: everything on one machine, or the API or a worker of a cluster.

#[cfg(feature = "cluster")]
pub(crate) mod api;
mod greeting;
mod holder;
#[cfg(feature = "cluster")]
pub(crate) mod probe;
mod process;
pub(crate) mod refusal;
mod rounds;
pub(crate) mod serve;
#[cfg(not(feature = "cluster"))]
pub(crate) mod standalone;
#[cfg(feature = "cluster")]
pub(crate) mod worker;
