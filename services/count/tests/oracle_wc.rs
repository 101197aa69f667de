//! Compares the `wc` definition with GNU `wc -w`.
//!
//! Only GNU coreutils 9.1 with glibc 2.36 counts exactly like this definition. With any other `wc`, the
//! comparison prints a note and stops. `known_texts_equal_coreutils_9_1` has counts of that version.

use std::io::Write;
use std::process::{Command, Stdio};

use tally_count::{Definition, Options, count};

fn ours(text: &str) -> u64 {
    count(text, &Options::default()).words.get(Definition::Wc)
}

/// The count of `wc -w`; `None` if there is no `wc`.
fn theirs(text: &str) -> Option<u64> {
    let mut wc = Command::new("wc")
        .arg("-w")
        .env("LC_ALL", "C.UTF-8")
        .env_remove("POSIXLY_CORRECT")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = wc.stdin.take()?;
    let output = std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(text.as_bytes()));
        wc.wait_with_output()
    });
    String::from_utf8(output.ok()?.stdout).ok()?.trim().parse().ok()
}

/// Whether the machine's `wc` is that of coreutils 9.1 with the character classes of glibc 2.36.
fn is_the_oracle() -> bool {
    let version = Command::new("wc").arg("--version").output();
    let is_9_1 = version.is_ok_and(|out| out.stdout.starts_with(b"wc (GNU coreutils) 9.1\n"));
    let classes = Command::new("ldd").arg("--version").output();
    let is_2_36 = classes.is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains(" 2.36\n"));
    if !(is_9_1 && is_2_36) {
        let _ = writeln!(std::io::stderr(), "not compared: no wc of coreutils 9.1 with glibc 2.36");
    }
    is_9_1 && is_2_36
}

#[test]
fn known_texts_equal_coreutils_9_1() {
    for (text, words) in [
        ("a\u{a0}b", 2),
        ("a\u{2007}b\u{202f}c\u{2060}d", 4),
        ("a\u{3000}b\u{2003}c\u{1680}d\u{205f}e", 5),
        ("a\u{85}b\u{2028}c\u{2029}d\u{200b}e\u{feff}f", 1),
        ("\u{85} \u{2028} \u{378} \u{1} \u{7f}", 0),
        ("\u{301} \u{200b} \u{e000} \u{feff}", 4),
        ("a\u{b}b\u{c}c\rd\te", 5),
    ] {
        assert_eq!(ours(text), words, "{text:?}");
        assert!(!is_the_oracle() || theirs(text) == Some(words), "{text:?}: {:?}", theirs(text));
    }
}

#[test]
fn every_character_equals_wc_inside_and_outside_a_word() {
    if !is_the_oracle() {
        return;
    }
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    for group in all.chunks(1 << 12) {
        let inside: String = group.iter().map(|c| format!(" a{c}b ")).collect();
        let outside: String = group.iter().map(|c| format!(" {c} ")).collect();
        assert_eq!(Some(ours(&inside)), theirs(&inside), "inside, from {:?}", group[0]);
        assert_eq!(Some(ours(&outside)), theirs(&outside), "outside, from {:?}", group[0]);
    }
}

#[test]
fn random_texts_equal_wc() {
    if !is_the_oracle() {
        return;
    }
    let mut random = 88_172_645_463_325_252_u64;
    for round in 0..40 {
        let text: String = (0..20_000)
            .filter_map(|_| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let below = [0x80, 0x250, 0x3100, 0x11_0000][(random >> 40) as usize % 4];
                char::from_u32((random % below) as u32)
            })
            .collect();
        assert_eq!(Some(ours(&text)), theirs(&text), "round {round}");
    }
}
