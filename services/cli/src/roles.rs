//! What a process can be. One role so far: everything on one machine.

pub(crate) mod serve;
