//! Finds the process that listens on a port. Works on Linux, for processes that this user may inspect.

use std::fs;
use std::path::Path;

/// The program that listens on `port`, as `nginx (process 4711)`.
pub(super) fn find(port: u16) -> Option<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let inode = tables.iter().find_map(|table| listener(&fs::read_to_string(table).ok()?, port))?;
    let wanted = format!("socket:[{inode}]");
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let id = process.file_name().to_str()?.parse::<u32>().ok()?;
        has_socket(&process.path(), &wanted).then(|| {
            let name = fs::read_to_string(process.path().join("comm")).unwrap_or_default();
            format!("{} (process {id})", name.trim())
        })
    })
}

/// The inode of the socket that listens on `port`, from a table of the kernel (proc(5), `/proc/net/tcp`).
fn listener(table: &str, port: u16) -> Option<String> {
    const LISTENS: &str = "0A";
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let local = u16::from_str_radix(fields.get(1)?.rsplit(':').next()?, 16).ok()?;
        (local == port && *fields.get(3)? == LISTENS)
            .then(|| fields.get(9).map(|inode| (*inode).to_owned()))
            .flatten()
    })
}

fn has_socket(process: &Path, socket: &str) -> bool {
    let Ok(files) = fs::read_dir(process.join("fd")) else { return false };
    files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|target| target.as_os_str() == socket))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn finds_the_listening_socket_in_the_kernels_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
                     0: 0100007F:1F90 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 111 1\n   \
                     1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1\n";
        assert_eq!(listener(table, 8080).as_deref(), Some("222"));
        assert_eq!(listener(table, 8081), None);
    }

    #[test]
    fn finds_this_process_for_its_own_port() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let owner = find(taken.local_addr().unwrap().port()).unwrap();
        assert!(owner.ends_with(&format!("(process {})", std::process::id())), "{owner}");
    }
}
