//! What a process can be: everything on one machine, or the API or a worker of a cluster.

pub(crate) mod api;
mod greeting;
mod holder;
pub(crate) mod probe;
mod process;
pub(crate) mod refusal;
mod rounds;
pub(crate) mod serve;
pub(crate) mod worker;
