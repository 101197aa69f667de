//! Options of a process: from flags, environment, file and defaults, in this order of precedence.
//!
//! An option has one name in all of them: `--fetch-allow`, `TALLY_FETCH_ALLOW`, `fetch_allow = …`. Each option is
//! declared once, in a section for clap. Help, file and `config show` read that declaration.

mod file;
mod layers;
mod quantity;
pub mod sections;

pub use file::ConfigFileError;
pub use layers::{ConfigError, EffectiveOption, LayeredConfig, OptionOrigin, parse};
pub use quantity::{ByteSize, HumanDuration, InvalidQuantity};
