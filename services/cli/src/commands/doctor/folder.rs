//! Whether a folder is fit to be a data folder: on a disk of this machine, writable, with room.

use std::path::{Path, PathBuf};

use tally_boot::config::ByteSize;

use super::{Finding, Health};

/// Less room than this and the disk is soon full.
const LITTLE_ROOM: u64 = 1_000_000_000;

/// File systems that other machines serve, by the number that the kernel gives them (linux/magic.h and the sources
/// of each). Locks and syncs of a database mean nothing reliable there.
const OF_THE_NETWORK: [(u32, &str); 11] = [
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
/// In memory: gone at the next boot.
const IN_MEMORY: u32 = 0x0102_1994;

pub(super) fn look(folder: &Path) -> Vec<Finding> {
    let Some(there) = nearest(folder) else {
        let said = format!("{} is nowhere", folder.display());
        return vec![Finding::new("data", Health::Bad, said).advice("give a folder whose parent exists")];
    };
    [kind(folder, &there), room(folder, &there), writable(folder, &there)].into_iter().flatten().collect()
}

/// The folder, or the nearest above it that exists: there it would be made.
fn nearest(folder: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(folder).ok()?;
    absolute.ancestors().find(|path| path.is_dir()).map(Path::to_owned)
}

#[cfg(target_os = "linux")]
fn kind(folder: &Path, there: &Path) -> Option<Finding> {
    let about = rustix::fs::statfs(there).ok()?;
    // The number is 32 bits in all of them; the field is as wide as the machine's words.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the upper half holds nothing"
    )]
    let number = about.f_type as u32;
    Some(judge_kind(folder, number))
}

#[cfg(not(target_os = "linux"))]
fn kind(_folder: &Path, _there: &Path) -> Option<Finding> {
    None
}

fn judge_kind(folder: &Path, number: u32) -> Finding {
    let shown = folder.display();
    if let Some((_, name)) = OF_THE_NETWORK.iter().find(|(known, _)| *known == number) {
        return Finding::new("data", Health::Bad, format!("{shown} is on a network file system ({name})"))
            .advice("use a disk of this machine: locks and syncs over the network cannot be trusted with a database");
    }
    if number == IN_MEMORY {
        return Finding::new(
            "data",
            Health::Warning,
            format!("{shown} is in memory, and gone at the next boot"),
        )
        .advice("use a disk, unless nothing has to last");
    }
    Finding::new("data", Health::Ok, format!("{shown} is on a disk of this machine"))
}

fn room(folder: &Path, there: &Path) -> Option<Finding> {
    let about = rustix::fs::statvfs(there).ok()?;
    let free = about.f_bavail.saturating_mul(about.f_frsize);
    let shown = ByteSize(free / 1_000_000 * 1_000_000);
    if free < LITTLE_ROOM {
        let said = format!("only {shown} are free for {}", folder.display());
        return Some(
            Finding::new("room", Health::Warning, said)
                .advice("free some space, or keep jobs for a shorter time"),
        );
    }
    Some(Finding::new("room", Health::Ok, format!("{shown} are free")))
}

fn writable(folder: &Path, there: &Path) -> Option<Finding> {
    let access = rustix::fs::access(there, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK);
    access.is_err().then(|| {
        Finding::new("data", Health::Bad, format!("this user may not write to {}", folder.display()))
            .advice("give the folder to the user that runs the server")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_refused() {
        let folder = Path::new("/data");
        assert_eq!(judge_kind(folder, 0x6969).health, Health::Bad);
        assert_eq!(judge_kind(folder, 0xef53).health, Health::Ok, "ext4");
        assert_eq!(judge_kind(folder, IN_MEMORY).health, Health::Warning);
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_judged_by_its_parent() {
        let parent = tempfile::tempdir().unwrap();
        let findings = look(&parent.path().join("a/b"));
        assert!(findings.iter().any(|finding| finding.check == "room"));
        assert!(findings.iter().all(|finding| finding.health < Health::Bad), "{findings:?}");
    }
}
