//! Logging to stderr: text on a terminal, JSON lines elsewhere.
//!
//! By default it shows warnings, and one line for each step of the process's life.

use std::fmt;
use std::io::{self, IsTerminal};
use std::str::FromStr;

use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Registry, fmt as log_lines};

/// The target of the lines about the process's life (started, draining, stopped). The default level shows them, except
/// on a terminal, where the process prints its own sentences.
pub const LIFECYCLE: &str = "tally::lifecycle";

/// Libraries that log broken connections as errors, though Tally handles them and logs them itself. Their lines are shown
/// from `debug` on, or if the filter names the library.
const NOISY_LIBRARIES: [&str; 2] = ["lapin", "mongodb"];

/// What is logged: a level, or levels by module as in `warn,tally_api=debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// `hide_lifecycle`: the process prints its own sentences instead.
    fn targets(&self, hide_lifecycle: bool) -> Targets {
        let mut directives = self.0.clone();
        // A level alone keeps the lifecycle lines, unless it is `off`.
        if self.0 != "off" && !hide_lifecycle && !self.0.contains(LIFECYCLE) {
            directives += &format!(",{LIFECYCLE}=info");
        }
        for library in
            NOISY_LIBRARIES.into_iter().filter(|library| self.is_quiet() && !self.0.contains(library))
        {
            directives += &format!(",{library}=off");
        }
        parse_targets(&directives).expect("the text was parsed before, and the added directives are valid")
    }

    /// Whether no module is logged at `debug` or `trace`.
    fn is_quiet(&self) -> bool {
        !self.0.split(',').any(|directive| matches!(directive.trim(), "debug" | "trace"))
    }
}

impl FromStr for LogFilter {
    type Err = InvalidLogFilter;

    fn from_str(text: &str) -> Result<Self, InvalidLogFilter> {
        parse_targets(text)?;
        // `Targets` takes any word as a module name, so a misspelled level would silence everything.
        let bare = text.split(',').filter(|directive| !directive.contains(['=', ':', '[']));
        let levels = ["off", "error", "warn", "info", "debug", "trace"];
        if bare.into_iter().all(|word| levels.contains(&word.trim()) || word.starts_with("tally")) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidLogFilter)
        }
    }
}

/// Not `EnvFilter`: its filters by spans and fields, which Tally does not offer, need a regular expression engine.
fn parse_targets(text: &str) -> Result<Targets, InvalidLogFilter> {
    let directives: Vec<_> = text.split(',').map(str::trim).collect();
    directives.join(",").parse().map_err(|_| InvalidLogFilter)
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use error, warn, info, debug, trace or off, or levels by module as in warn,tally_api=debug")]
pub struct InvalidLogFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    Text,
    /// One JSON object per line.
    Json,
}

/// Starts logging. Call it before the first task; a second call has no effect.
pub fn start(filter: &LogFilter, format: LogFormat) {
    let terminal = io::stderr().is_terminal();
    let (json, hide_lifecycle) = match format {
        LogFormat::Auto => (!terminal, terminal),
        LogFormat::Text => (false, false),
        LogFormat::Json => (true, false),
    };
    let registry = Registry::default().with(filter.targets(hide_lifecycle));
    let lines = log_lines::layer().with_writer(io::stderr);
    // Fails if a logger is set already, as in tests; that logger stays.
    let _ = if json {
        registry.with(lines.json().flatten_event(true).with_current_span(false)).try_init()
    } else if terminal {
        registry.with(lines.compact().with_target(false)).try_init()
    } else {
        registry.with(lines.compact().with_target(false).with_ansi(false)).try_init()
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_levels_and_modules_and_rejects_misspelled_levels() {
        for good in ["warn", "off", "warn,tally_api=debug", "info,hyper::proto=trace", "tally_jobs"] {
            assert_eq!(good.parse::<LogFilter>().map(|filter| filter.to_string()), Ok(good.to_owned()));
        }
        for bad in ["wran", "loud", "tally_api=loud", "warn,verbose"] {
            assert_eq!(bad.parse::<LogFilter>(), Err(InvalidLogFilter), "{bad}");
        }
    }

    #[test]
    fn shows_lifecycle_lines_unless_logging_is_off() {
        let shown = |text: &str| text.parse::<LogFilter>().unwrap().targets(false).to_string();
        assert!(shown("warn").contains("tally::lifecycle=info"));
        assert!(!shown("off").contains("lifecycle"));
        assert!(!"warn".parse::<LogFilter>().unwrap().targets(true).to_string().contains("lifecycle"));
        assert!(shown("warn,tally::lifecycle=error").contains("tally::lifecycle=error"));
    }

    #[test]
    fn shows_noisy_libraries_at_debug_or_if_named() {
        let shown = |text: &str| text.parse::<LogFilter>().unwrap().targets(false).to_string();
        for quiet in ["warn", "info", "warn,tally_api=debug"] {
            assert!(shown(quiet).contains("lapin=off"), "{quiet}");
        }
        assert!(!shown("debug").contains("lapin"));
        assert!(shown("warn,lapin=info").contains("lapin=info"));
    }
}
