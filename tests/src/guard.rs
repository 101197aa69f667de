//! Stops what a test program started when that program ends, even after a crash.
//!
//! Processes that tests share are in statics, which are never dropped. A small shell waits until the pipe that only
//! the test program holds is closed. Then it kills the listed processes by their ids and removes the listed folders.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Each line names a process or a folder. An exited process is removed from the list, because its id may be reused.
const SCRIPT: &str = r#"
while read -r word what; do
  case $word in
    started) running="$running $what " ;;
    ended) running=$(printf %s "$running" | sed "s/ $what / /") ;;
    folder) folders="$folders $what" ;;
  esac
done
for one in $running; do kill -9 "$one"; done
rm -rf $folders || rm -rf $folders
"#;

/// Lists a started process.
pub fn started(pid: i32) {
    tell(&format!("started {pid}"));
}

/// Removes an exited process from the list.
pub fn ended(pid: i32) {
    tell(&format!("ended {pid}"));
}

/// Lists a folder to remove. Its path must not contain spaces.
pub fn folder(path: &Path) {
    tell(&format!("folder {}", path.display()));
}

fn tell(line: &str) {
    static SHELL: OnceLock<Mutex<Child>> = OnceLock::new();
    let shell = SHELL.get_or_init(|| {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Mutex::new(command.spawn().expect("there is a shell"))
    });
    let mut shell = shell.lock().unwrap_or_else(PoisonError::into_inner);
    let pipe = shell.stdin.as_mut().expect("it is piped");
    writeln!(pipe, "{line}").expect("the shell listens");
}
