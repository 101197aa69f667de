//! Errors that keep a server from starting. Each has a sentence, a hint and an exit status.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

#[cfg(feature = "cluster")]
use tally_boot::config::sections::IncompleteClusterConfig;
use tally_embedded::OpenError;
#[cfg(feature = "cluster")]
use tally_mongo::{FormatError, MigrateError};
use tally_outbound::OutboundError;

use super::port_owner;
use crate::command_error::{CommandError, reason};
#[cfg(feature = "cluster")]
use crate::composition::ClusterError;
use crate::exit::Exit;

/// The address is reachable from other machines. There is no authentication, so the default is this machine only.
pub(super) fn of_public_address(listen: SocketAddr) -> CommandError {
    CommandError::new(
        Exit::Usage,
        format!("{listen} can be reached from other machines, and every client may do everything"),
    )
    .hint("listen on 127.0.0.1 behind a proxy that authenticates users, or accept it with --insecure")
}

pub(super) fn of_port(listen: SocketAddr, error: &io::Error) -> CommandError {
    let port = listen.port();
    if error.kind() == io::ErrorKind::AddrInUse {
        let owner = port_owner::find(port).map(|owner| format!(" by {owner}")).unwrap_or_default();
        return CommandError::new(Exit::Unavailable, format!("port {port} is taken{owner}"))
            .hint(format!("take a free one with --listen {}", SocketAddr::new(listen.ip(), 0)));
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            CommandError::new(Exit::NoPermission, format!("this user may not listen on port {port}"))
                .hint("ports below 1024 need root; use 8080, and let a proxy listen on the other")
        }
        io::ErrorKind::AddrNotAvailable => {
            CommandError::new(Exit::Unavailable, format!("this machine has no address {}", listen.ip()))
                .hint("listen on one that it has, such as 127.0.0.1:8080")
        }
        _ => CommandError::new(Exit::Unavailable, format!("cannot listen on {listen}: {}", reason(error))),
    }
}

/// The HTTP client for pages cannot be set up.
pub(super) fn of_outbound(error: &OutboundError) -> CommandError {
    CommandError::new(Exit::Configuration, with_cause(error))
}

#[cfg(feature = "cluster")]
pub(crate) fn of_cluster(error: &ClusterError) -> CommandError {
    CommandError::new(Exit::Configuration, with_cause(error))
}

/// The jobs in the database have another format.
#[cfg(feature = "cluster")]
pub(crate) fn of_format(error: &FormatError) -> CommandError {
    with_advice(Exit::BadData, &error.to_string())
}

/// `tally migrate` stopped.
#[cfg(feature = "cluster")]
pub(crate) fn of_migration(error: &MigrateError) -> CommandError {
    let again = "what was converted stays converted; run the same again to continue";
    match error {
        MigrateError::Address(error) => CommandError::new(Exit::Configuration, with_cause(error)),
        MigrateError::Format(error) => of_format(error),
        MigrateError::Job { .. } => CommandError::new(Exit::BadData, with_cause(error))
            .hint("report it: it is a defect of Tally, or the document is damaged"),
        MigrateError::Database(_) => CommandError::new(Exit::Unavailable, with_cause(error))
            .hint("check MONGODB_URI: its host, user and password")
            .hint(again),
        MigrateError::Fault(_) => CommandError::new(Exit::Storage, with_cause(error)).hint(again),
    }
}

/// One or both addresses of the cluster are missing.
#[cfg(feature = "cluster")]
pub(super) fn of_incomplete_cluster(role: &str, error: IncompleteClusterConfig) -> CommandError {
    CommandError::new(Exit::Configuration, format!("{role} needs a store and a broker: {error}"))
        .hint("set both, as MONGODB_URI=mongodb://host:27017/tally and AMQP_URL=amqp://host:5672/%2f")
        .hint("for one machine without either: tally serve")
}

pub(crate) fn of_folder(error: &OpenError) -> CommandError {
    let exit = match error {
        OpenError::NotWritable { .. } => Exit::CannotCreate,
        OpenError::Locked { .. } => Exit::Locked,
        OpenError::NewerVersion { .. }
        | OpenError::Corrupt { .. }
        | OpenError::DatabaseLost { .. }
        | OpenError::LogDamaged { .. } => Exit::BadData,
        OpenError::DiskFull { .. } | OpenError::Database { .. } => Exit::Storage,
    };
    with_advice(exit, &with_cause(error))
}

/// Splits a text of the form "what is wrong; what to do".
fn with_advice(exit: Exit, text: &str) -> CommandError {
    match text.split_once("; ") {
        Some((what, advice)) => CommandError::new(exit, what).hint(advice),
        None => CommandError::new(exit, text),
    }
}

fn with_cause(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error} ({cause})"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_an_exit_status_and_a_hint() {
        let folder = std::path::PathBuf::from("/data");
        let locked = of_folder(&OpenError::Locked { folder: folder.clone() });
        assert_eq!(locked.exit(), Exit::Locked);
        assert_eq!(locked.message(), "the data folder /data is in use by another tally process");
        assert_eq!(locked.hints(), ["stop that one, or give this one a folder of its own"]);
        assert_eq!(of_folder(&OpenError::DiskFull { folder }).exit(), Exit::Storage);
        let port = of_port("127.0.0.1:80".parse().unwrap(), &io::ErrorKind::PermissionDenied.into());
        assert_eq!(port.exit(), Exit::NoPermission);
    }
}
