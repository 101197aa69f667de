//! Logs, on stderr: for people on a terminal, as JSON lines everywhere else.
//!
//! Quiet unless asked: warnings, and one line for each step in the life of the process.

use std::fmt;
use std::io::{self, IsTerminal};
use std::str::FromStr;

use tracing_subscriber::EnvFilter;

/// The target of the lines about the life of the process (started, draining, stopped), shown at the default level
/// where no terminal is: there the process greets in its own words.
pub const LIFECYCLE: &str = "tally::lifecycle";

/// Libraries that report as an error what we deal with: a connection that broke. Our own sentences tell what it means, once;
/// theirs are shown from `debug` on, or when they are named.
const WORDY: [&str; 2] = ["lapin", "mongodb"];

/// What is logged: a level, or levels by module as in `warn,tally_api=debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// The filter; `told` when somebody on a terminal is told of the lifecycle in other words.
    fn filter(&self, told: bool) -> EnvFilter {
        let mut directives = self.0.clone();
        // A bare level says nothing about the lifecycle, so it keeps its lines unless the level is `off`.
        if self.0 != "off" && !told && !self.0.contains(LIFECYCLE) {
            directives += &format!(",{LIFECYCLE}=info");
        }
        for library in WORDY.into_iter().filter(|library| self.is_quiet() && !self.0.contains(library)) {
            directives += &format!(",{library}=off");
        }
        EnvFilter::new(directives)
    }

    /// Whether nobody asked for the details.
    fn is_quiet(&self) -> bool {
        !self.0.split(',').any(|directive| matches!(directive.trim(), "debug" | "trace"))
    }
}

impl FromStr for LogFilter {
    type Err = BadFilter;

    fn from_str(text: &str) -> Result<Self, BadFilter> {
        EnvFilter::try_new(text).map_err(|_| BadFilter)?;
        // The filter takes any bare word as the name of a module, so a mistyped level would silence everything.
        let bare = text.split(',').filter(|directive| !directive.contains(['=', ':', '[']));
        let levels = ["off", "error", "warn", "info", "debug", "trace"];
        if bare.into_iter().all(|word| levels.contains(&word.trim()) || word.starts_with("tally")) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadFilter)
        }
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// It is not a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("use error, warn, info, debug, trace or off, or levels by module as in warn,tally_api=debug")]
pub struct BadFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// Text.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts to log. Called once, before the first task; a second call changes nothing.
pub fn start(filter: &LogFilter, format: LogFormat) {
    let terminal = io::stderr().is_terminal();
    let (json, told) = match format {
        LogFormat::Auto => (!terminal, terminal),
        LogFormat::Text => (false, false),
        LogFormat::Json => (true, false),
    };
    let lines = tracing_subscriber::fmt().with_writer(io::stderr).with_env_filter(filter.filter(told));
    // A second start is a test's; the first one's logger stays.
    let _ = if json {
        lines.json().flatten_event(true).with_current_span(false).try_init()
    } else if terminal {
        lines.compact().with_target(false).try_init()
    } else {
        lines.compact().with_target(false).with_ansi(false).try_init()
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_modules_are_taken_and_typing_errors_are_not() {
        for good in ["warn", "off", "warn,tally_api=debug", "info,hyper::proto=trace", "tally_jobs"] {
            assert_eq!(good.parse::<LogFilter>().map(|filter| filter.to_string()), Ok(good.to_owned()));
        }
        for bad in ["wran", "loud", "tally_api=loud", "warn,verbose"] {
            assert_eq!(bad.parse::<LogFilter>(), Err(BadFilter), "{bad}");
        }
    }

    #[test]
    fn lifecycle_lines_are_shown_unless_everything_is_off() {
        let shown = |text: &str| text.parse::<LogFilter>().unwrap().filter(false).to_string();
        assert!(shown("warn").contains("tally::lifecycle=info"));
        assert!(!shown("off").contains("lifecycle"));
        assert!(!"warn".parse::<LogFilter>().unwrap().filter(true).to_string().contains("lifecycle"));
        assert!(shown("warn,tally::lifecycle=error").contains("tally::lifecycle=error"));
    }

    #[test]
    fn libraries_are_heard_when_details_are_asked_for_or_they_are_named() {
        let shown = |text: &str| text.parse::<LogFilter>().unwrap().filter(false).to_string();
        for quiet in ["warn", "info", "warn,tally_api=debug"] {
            assert!(shown(quiet).contains("lapin=off"), "{quiet}");
        }
        assert!(!shown("debug").contains("lapin"));
        assert!(shown("warn,lapin=info").contains("lapin=info"));
    }
}
