//! The exit statuses of `tally`: part of its contract with scripts.
//!
//! From 64 on they follow BSD's sysexits.h, so that service managers can distinguish a wrong configuration from an
//! outage.

use std::process::ExitCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Ok = 0,
    Error = 1,
    Usage = 2,
    JobFailed = 3,
    Denied = 4,
    NotFound = 5,
    StillRunning = 6,
    BadData = 65,
    Unavailable = 69,
    Defect = 70,
    CannotCreate = 73,
    Storage = 74,
    Locked = 75,
    NoPermission = 77,
    Configuration = 78,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The table in the help of `tally`.
pub(crate) const COMMANDS_HELP: &str = "\
Exit status:
  0    done
  1    an error, printed on stderr; of several inputs, those that could be read were counted
  2    wrong usage
  3    a job that was waited for failed or was cancelled
  4    not allowed
  5    no such job
  6    the wait ended before the job; the job continues
  65   the stored jobs are damaged, or of another format
  69   the server cannot be reached, or accepts no jobs now; of doctor: also the store or the broker
  130  interrupted";

/// The table in the help of `tally serve`.
pub(crate) const SERVE_HELP: &str = "\
Exit status:
  0    drained and stopped
  2    wrong usage
  65   the data folder is of a newer version, or damaged
  69   the port is taken
  70   a part of the server failed; the log says which
  73   the data folder cannot be created or written
  74   the disk is full or failing
  75   another process uses the data folder
  77   not allowed to listen on this port
  78   the configuration file is wrong
  130  interrupted twice: stopped at once";

/// The table in the help of `tally-api` and `tally-worker`.
pub(crate) const CLUSTER_HELP: &str = "\
Exit status:
  0    drained and stopped
  2    wrong usage
  65   the jobs in the database are of another format
  69   the port is taken; of health: not ready, or nothing answers
  70   a part of the process failed; the log says which
  77   not allowed to listen on this port
  78   the configuration is wrong: the file, an address, or one of two addresses is missing
  130  interrupted twice: stopped at once";
