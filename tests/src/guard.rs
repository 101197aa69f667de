//! Ends what a test program started when that program ends, however it ends.
//!
//! Processes that many tests share live in statics, which are never dropped. A small shell waits for the end of a pipe
//! that only the program holds; then it kills the processes that are still noted, by their numbers, and removes their
//! folders.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Numbers and folders come line by line; a number that ended is taken out again, since it may be somebody else's later.
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

/// A process was started.
pub fn started(pid: i32) {
    tell(&format!("started {pid}"));
}

/// Its end was seen.
pub fn ended(pid: i32) {
    tell(&format!("ended {pid}"));
}

/// A folder is to go with the program. Its path must hold no space.
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
