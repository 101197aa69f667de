//! Checks a data folder: on a disk of this machine, writable, with free space.

use std::path::{Path, PathBuf};

use tally_boot::config::ByteSize;

use super::{Finding, Health};

/// Less free space, in bytes, is a warning.
const LOW_SPACE: u64 = 1_000_000_000;

/// Network file systems by their magic number (linux/magic.h and the sources of each). A database cannot rely on their
/// locks and syncs.
const NETWORK_FILE_SYSTEMS: [(u32, &str); 11] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB2"),
    (0x00c3_6400, "Ceph"),
    (0x0bd0_0bd0, "Lustre"),
    (0x5346_414f, "AFS"),
    (0x0102_1997, "9P"),
    (0x786f_4256, "VirtualBox shared folder"),
    (0xbacb_acbc, "VMware shared folder"),
    (0x564c, "NCP"),
];
/// tmpfs: lost at the next boot.
const IN_MEMORY: u32 = 0x0102_1994;

pub(super) fn check(folder: &Path) -> Vec<Finding> {
    let Some(existing) = nearest(folder) else {
        let message = format!("{} has no parent folder", folder.display());
        return vec![Finding::new("data", Health::Bad, message).advice("give a folder whose parent exists")];
    };
    [file_system(folder, &existing), free_space(folder, &existing), writable(folder, &existing)]
        .into_iter()
        .flatten()
        .collect()
}

/// The folder or its nearest existing ancestor, where it would be created.
fn nearest(folder: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(folder).ok()?;
    absolute.ancestors().find(|path| path.is_dir()).map(Path::to_owned)
}

#[cfg(target_os = "linux")]
fn file_system(folder: &Path, existing: &Path) -> Option<Finding> {
    let stat = rustix::fs::statfs(existing).ok()?;
    // The number has 32 bits; the field is as wide as the machine's words.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the upper half is zero")]
    let number = stat.f_type as u32;
    Some(check_file_system(folder, number))
}

#[cfg(not(target_os = "linux"))]
fn file_system(_folder: &Path, _existing: &Path) -> Option<Finding> {
    None
}

fn check_file_system(folder: &Path, number: u32) -> Finding {
    let shown = folder.display();
    if let Some((_, name)) = NETWORK_FILE_SYSTEMS.iter().find(|(known, _)| *known == number) {
        return Finding::new("data", Health::Bad, format!("{shown} is on a network file system ({name})"))
            .advice("use a disk of this machine: locks and syncs over the network cannot be trusted with a database");
    }
    if number == IN_MEMORY {
        return Finding::new(
            "data",
            Health::Warning,
            format!("{shown} is in memory, and lost at the next boot"),
        )
        .advice("use a disk, unless the jobs may be lost");
    }
    Finding::new("data", Health::Ok, format!("{shown} is on a disk of this machine"))
}

fn free_space(folder: &Path, existing: &Path) -> Option<Finding> {
    let stat = rustix::fs::statvfs(existing).ok()?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let shown = ByteSize(free / 1_000_000 * 1_000_000);
    if free < LOW_SPACE {
        let message = format!("only {shown} are free for {}", folder.display());
        return Some(
            Finding::new("room", Health::Warning, message)
                .advice("free some space, or keep jobs for a shorter time"),
        );
    }
    Some(Finding::new("room", Health::Ok, format!("{shown} are free")))
}

fn writable(folder: &Path, existing: &Path) -> Option<Finding> {
    let access = rustix::fs::access(existing, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK);
    access.is_err().then(|| {
        Finding::new("data", Health::Bad, format!("this user may not write to {}", folder.display()))
            .advice("give the folder to the user that runs the server")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_bad() {
        let folder = Path::new("/data");
        assert_eq!(check_file_system(folder, 0x6969).health, Health::Bad);
        assert_eq!(check_file_system(folder, 0xef53).health, Health::Ok, "ext4");
        assert_eq!(check_file_system(folder, IN_MEMORY).health, Health::Warning);
    }

    #[test]
    fn checks_the_parent_of_a_folder_that_does_not_exist_yet() {
        let parent = tempfile::tempdir().unwrap();
        let findings = check(&parent.path().join("a/b"));
        assert!(findings.iter().any(|finding| finding.check == "room"));
        assert!(findings.iter().all(|finding| finding.health < Health::Bad), "{findings:?}");
    }
}
