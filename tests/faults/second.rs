//! One data folder has one process.

use std::time::Duration;

use tally_tests::PATIENCE_S;
use tally_tests::process::Process;
use tally_tests::server::Launch;
use tempfile::TempDir;

/// BSD's EX_TEMPFAIL: another process has it, later it may be free.
const LOCKED: i32 = 75;

#[test]
fn a_second_process_on_the_folder_leaves_with_a_sentence_and_the_first_goes_on() {
    let server = Launch::new().start();
    let before = server.count_text("before the second came");
    let log = TempDir::new().unwrap();
    let second = Process::start(&mut Launch::new().command(server.data()), &log.path().join("log"));
    let status = second.wait(Duration::from_secs(PATIENCE_S)).expect("the second process does not stay");
    let said = second.log();
    assert_eq!(status.code(), Some(LOCKED), "{said}");
    assert!(said.contains(&server.data().display().to_string()), "it names the folder: {said}");
    assert!(said.lines().count() <= 4 && !said.contains("panicked"), "it says it shortly: {said}");
    assert_eq!(server.job(&tally_tests::client::id_of(&before)), before);
    assert_eq!(server.count_text("and after it")["result"]["words"], 3);
}

#[test]
fn the_folder_is_free_at_once_after_a_kill() {
    let mut server = Launch::new().start();
    for _ in 0..5 {
        server.kill();
        server.start_again();
    }
    assert_eq!(server.count_text("still there")["result"]["words"], 2);
}

#[test]
fn a_port_that_is_taken_is_told() {
    let server = Launch::new().start();
    let folder = TempDir::new().unwrap();
    let mut command = Launch::new().command(&folder.path().join("data"));
    // The later flag would be a usage error, so the command line is written anew.
    let program = command.get_program().to_owned();
    command = std::process::Command::new(program);
    command
        .args(["serve", "--listen", &server.address().to_string(), "--data"])
        .arg(folder.path().join("data"));
    let second = Process::start(&mut command, &folder.path().join("log"));
    let status = second.wait(Duration::from_secs(PATIENCE_S)).expect("it does not stay");
    let said = second.log();
    assert_eq!(status.code(), Some(69), "{said}");
    assert!(said.contains(&server.address().port().to_string()), "it names the port: {said}");
}
