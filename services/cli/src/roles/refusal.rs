//! Why a server does not start: one sentence, one hint, one exit status each.

use std::error::Error;
use std::io;
use std::net::SocketAddr;

#[cfg(feature = "cluster")]
use tally_boot::config::sections::IncompleteClusterConfig;
use tally_embedded::OpenError;
#[cfg(feature = "cluster")]
use tally_mongo::{FormatError, MigrateError};
use tally_outbound::OutboundError;

use super::holder;
use crate::exit::Exit;
use crate::trouble::{Trouble, reason};
#[cfg(feature = "cluster")]
use crate::wire::ClusterError;

/// Nothing asks clients who they are yet, so only this machine may be one.
pub(super) fn open_to_all(listen: SocketAddr) -> Trouble {
    Trouble::new(
        Exit::Usage,
        format!("{listen} can be reached from other machines, and whoever reaches it may do everything"),
    )
    .hint("listen on 127.0.0.1 behind a proxy that knows its users, or accept it with --insecure")
}

/// The port cannot be had.
pub(super) fn of_port(listen: SocketAddr, error: &io::Error) -> Trouble {
    let port = listen.port();
    if error.kind() == io::ErrorKind::AddrInUse {
        let holder = holder::of_port(port).map(|who| format!(" by {who}")).unwrap_or_default();
        return Trouble::new(Exit::Unavailable, format!("port {port} is taken{holder}"))
            .hint(format!("take a free one with --listen {}", SocketAddr::new(listen.ip(), 0)));
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            Trouble::new(Exit::NoPermission, format!("this user may not listen on port {port}"))
                .hint("ports below 1024 belong to root; take 8080 and let a proxy listen on the other")
        }
        io::ErrorKind::AddrNotAvailable => {
            Trouble::new(Exit::Unavailable, format!("this machine has no address {}", listen.ip()))
                .hint("listen on one of its own, as 127.0.0.1:8080")
        }
        _ => Trouble::new(Exit::Unavailable, format!("cannot listen on {listen}: {}", reason(error))),
    }
}

/// The way out cannot be had.
pub(super) fn of_outbound(error: &OutboundError) -> Trouble {
    Trouble::new(Exit::Configuration, told(error))
}

/// The boxes of a cluster cannot be made; only a wrong address is a reason for that.
#[cfg(feature = "cluster")]
pub(crate) fn of_cluster(error: &ClusterError) -> Trouble {
    Trouble::new(Exit::Configuration, told(error))
}

/// The jobs in the database have another format.
#[cfg(feature = "cluster")]
pub(crate) fn of_format(error: &FormatError) -> Trouble {
    with_advice(Exit::BadData, &error.to_string())
}

/// `tally migrate` stopped.
#[cfg(feature = "cluster")]
pub(crate) fn of_migration(error: &MigrateError) -> Trouble {
    let again = "what was converted stays converted; run the same again to continue";
    match error {
        MigrateError::Address(error) => Trouble::new(Exit::Configuration, told(error)),
        MigrateError::Format(error) => of_format(error),
        MigrateError::Job { .. } => Trouble::new(Exit::BadData, told(error))
            .hint("report it: it is a defect of Tally, or the document is damaged"),
        MigrateError::Database(_) => Trouble::new(Exit::Unavailable, told(error))
            .hint("check MONGODB_URI: its host, user and password")
            .hint(again),
        MigrateError::Fault(_) => Trouble::new(Exit::Storage, told(error)).hint(again),
    }
}

/// One address of a cluster is missing, or both.
#[cfg(feature = "cluster")]
pub(super) fn of_half_a_cluster(role: &str, half: IncompleteClusterConfig) -> Trouble {
    Trouble::new(Exit::Configuration, format!("{role} needs a store and a broker: {half}"))
        .hint("set both, as MONGODB_URI=mongodb://host:27017/tally and AMQP_URL=amqp://host:5672/%2f")
        .hint("for one machine without either: tally serve")
}

/// The data folder cannot be had.
pub(crate) fn of_folder(error: &OpenError) -> Trouble {
    let exit = match error {
        OpenError::NotWritable { .. } => Exit::CannotCreate,
        OpenError::Locked { .. } => Exit::Locked,
        OpenError::NewerVersion { .. } | OpenError::Corrupt { .. } => Exit::BadData,
        OpenError::DiskFull { .. } | OpenError::Database { .. } => Exit::Storage,
    };
    with_advice(exit, &told(error))
}

/// A text of the shape "what; what to do".
fn with_advice(exit: Exit, text: &str) -> Trouble {
    match text.split_once("; ") {
        Some((what, advice)) => Trouble::new(exit, what).hint(advice),
        None => Trouble::new(exit, text),
    }
}

/// An error with its cause.
fn told(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error} ({cause})"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_status_and_its_advice() {
        let folder = std::path::PathBuf::from("/data");
        let locked = of_folder(&OpenError::Locked { folder: folder.clone() });
        assert_eq!(locked.exit(), Exit::Locked);
        assert_eq!(locked.said(), "the data folder /data is in use by another tally process");
        assert_eq!(locked.hints(), ["stop that one, or give this one a folder of its own"]);
        assert_eq!(of_folder(&OpenError::DiskFull { folder }).exit(), Exit::Storage);
        let port = of_port("127.0.0.1:80".parse().unwrap(), &io::ErrorKind::PermissionDenied.into());
        assert_eq!(port.exit(), Exit::NoPermission);
    }
}
