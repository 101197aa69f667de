//! Options of a process: from its flags, the environment, a file and defaults, in this order of precedence.
//!
//! An option has one name in all three: `--fetch-allow`, `TALLY_FETCH_ALLOW`, `fetch_allow = …`. Options are declared
//! once, as sections for clap; help, file and `config show` are all read from there.

mod file;
mod layers;
mod quantity;
pub mod sections;

pub use file::FileError;
pub use layers::{ConfigError, Effective, Layered, Origin, parse};
pub use quantity::{BadQuantity, ByteSize, Span};
