//! `tally count`, and what every command has: help, versions, suggestions, colours, closed pipes.

use std::fs;
use std::process::Stdio;

use tempfile::TempDir;

use crate::program::{Ran, run, run_command, tally};
use crate::site;

fn count_in(folder: &TempDir, args: &[&str]) -> Ran {
    run_command(tally().arg("count").args(args).current_dir(folder.path()), b"")
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

#[test]
fn files_are_counted_in_columns_with_a_total() {
    let files: &[(&str, &[u8])] = &[
        ("a.txt", b"hello brave new world\n"),
        ("b.html", b"<p>two words<nav>not me</nav>"),
        ("empty", b""),
    ];
    let folder = folder(files);
    let ran = count_in(&folder, &["a.txt", "b.html", "empty", "-d", "wc,unicode"]).ended(0);
    let lines: Vec<Vec<&str>> = ran.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["wc", "unicode", "lines", "characters", "file"]);
    assert_eq!(lines[1], ["4", "4", "1", "22", "a.txt"]);
    assert_eq!((&lines[2][..2], lines[2][4]), (&["2", "2"][..], "b.html"));
    assert_eq!(lines[3], ["0", "0", "0", "0", "empty"]);
    assert_eq!((&lines[4][..2], lines[4][4]), (&["6", "6"][..], "total"));
    assert_eq!(ran.stderr, "warning: empty: the document has no words\n");
    let one = count_in(&folder, &["a.txt"]).ended(0);
    assert_eq!(one.stdout.lines().count(), 2, "one file needs no total");
}

#[test]
fn what_cannot_be_read_is_told_and_the_others_go_on() {
    let folder = folder(&[("a.txt", b"two words")]);
    fs::create_dir(folder.path().join("sub")).unwrap();
    let ran = count_in(&folder, &["missing.txt", "a.txt", "sub", "-d", "wc"]).ended(1);
    assert!(ran.stdout.contains("a.txt") && !ran.stdout.contains("missing"), "{ran:?}");
    assert!(ran.stderr.contains("error: missing.txt: No such file or directory\n"), "{ran:?}");
    assert!(ran.stderr.contains("error: sub: is a folder\nhint: "), "{ran:?}");
}

#[test]
fn standard_input_is_counted_when_nothing_or_a_dash_is_given() {
    for args in [&["count", "-o", "json"][..], &["count", "-", "-o", "json"]] {
        let ran = run_command(tally().args(args), "na\u{ef}ve caf\u{e9}s\n".as_bytes()).ended(0).json();
        assert_eq!(ran["files"][0]["result"]["definitions"]["unicode"], 2);
        assert_eq!(ran["total"]["result"]["lines"], 1);
    }
}

#[test]
fn json_has_the_names_of_a_job_and_jsonl_a_line_for_each() {
    let folder = folder(&[("a.txt", b"b a b"), ("c.txt", b"c")]);
    let one = count_in(&folder, &["a.txt", "-o", "json", "--top", "1"]).ended(0).json();
    let file = &one["files"][0];
    let result = &file["result"];
    assert_eq!(
        (&result["words"], &result["unique_words"], &file["source"]["media_type"]),
        (&3.into(), &2.into(), &"text/plain".into())
    );
    assert_eq!(result["regions"], serde_json::json!({"body": 3}));
    assert_eq!(result["top_words"], serde_json::json!([{"word": "b", "count": 2}]));
    let rows = count_in(&folder, &["a.txt", "-o", "json", "--ngrams", "2"]).ended(0).json();
    let expected = serde_json::json!([{"words": "a b", "count": 1}, {"words": "b a", "count": 1}]);
    assert_eq!(rows["files"][0]["result"]["ngrams"], expected);
    let mut names: Vec<_> = count_in(&folder, &["a.txt", "c.txt", "-o", "jsonl"])
        .ended(0)
        .lines()
        .iter()
        .map(|line| line["file"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["a.txt", "c.txt"]);
}

#[test]
fn json_shows_the_headline_that_was_asked_for_and_every_region() {
    let page: &[u8] = b"<!doctype html><title>A title</title><nav>go home</nav><p>three well-known words</p>";
    let folder = folder(&[("a.html", page), ("b.txt", b"a b\n")]);
    let json = |args: &[&str]| count_in(&folder, args).ended(0).json();
    let counted = json(&["a.html", "b.txt", "-d", "wc,office", "-o", "json"]);
    let (file, total) = (&counted["files"][0]["result"], &counted["total"]);
    assert!(file["definition"].as_str().unwrap().starts_with("wc-"), "{file}");
    assert_eq!(file["words"], 3);
    assert_eq!(file["regions"], serde_json::json!({"main": 3, "nav": 2, "title": 2}));
    assert_eq!((&total["files"], &total["result"]["words"]), (&2.into(), &5.into()));
    assert_eq!(total["result"]["regions"], serde_json::json!({"body": 2, "main": 3, "nav": 2, "title": 2}));
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(file), keys(&total["result"]));
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_utf8_is_counted_and_shown_escaped() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = folder(&[("a.txt", b"two words")]);
    let name = OsStr::from_bytes(b"caf\xE9.txt");
    fs::write(folder.path().join(name), "three short words").unwrap();
    let mut command = tally();
    command.args(["count", "-d", "wc", "a.txt"]).arg(name).current_dir(folder.path());
    let ran = run_command(&mut command, b"").ended(0);
    assert!(ran.stdout.contains("caf\\xE9.txt") && ran.stdout.contains("\n 5 "), "{ran:?}");
}

#[test]
fn explanations_end_with_a_line_end() {
    let folder = folder(&[("a.txt", b"well-known")]);
    assert!(count_in(&folder, &["a.txt", "--why"]).ended(0).stdout.ends_with('\n'));
}

#[test]
fn a_large_text_counted_in_parts_gives_what_it_has() {
    // Words of several shapes, so that parts are cut at many kinds of places; 9 words and 2 lines each time.
    let line = "It's 3.14, d\u{e9}j\u{e0}-vu \u{2014} \u{4f60}\u{597d} caf\u{e9}\u{301}!\nthe end of line\n";
    let times = 80_000;
    let text = line.repeat(times);
    let folder = folder(&[("one", line.as_bytes()), ("large", text.as_bytes())]);
    let read =
        |name: &str| count_in(&folder, &[name, "-o", "json"]).ended(0).json()["files"][0]["result"].clone();
    let (one, large) = (read("one"), read("large"));
    for name in ["lines", "characters", "characters_without_spaces", "graphemes"] {
        assert_eq!(large[name].as_u64().unwrap(), one[name].as_u64().unwrap() * times as u64, "{name}");
    }
    for (name, words) in one["definitions"].as_object().unwrap() {
        let wanted = words.as_u64().unwrap() * times as u64;
        assert_eq!(large["definitions"][name].as_u64(), Some(wanted), "{name}");
    }
    assert_eq!(large["unique_words"], one["unique_words"]);
}

#[test]
fn private_addresses_are_fetched_when_allowed_only() {
    let address = site::of_page("<title>t</title><p>three little words</p>");
    let url = format!("http://{address}/page");
    let refused = run(["count", &url]).ended(1);
    assert!(refused.stderr.contains("--fetch-allow"), "{refused:?}");
    let fetched = run(["count", &url, "--fetch-allow", "127.0.0.0/8", "-o", "json"]).ended(0).json();
    assert_eq!(fetched["files"][0]["result"]["words"], 3);
}

#[test]
fn wrong_usage_is_2_and_suggests() {
    let typo = run(["coutn", "x"]).ended(2);
    assert!(typo.stderr.contains("'count'"), "{typo:?}");
    let flag = run(["count", "--outptu", "json"]).ended(2);
    assert!(flag.stderr.contains("--output"), "{flag:?}");
    let definition = run(["count", "-d", "words"]).ended(2);
    assert!(definition.stderr.contains("use one of wc, unicode"), "{definition:?}");
    assert_eq!(run([]).ended(2).stdout, "");
}

#[test]
fn help_and_version_are_data() {
    let version = run(["--version"]).ended(0);
    assert!(
        version.stdout.starts_with(concat!("tally ", env!("CARGO_PKG_VERSION"), "\nUnicode ")),
        "{version:?}"
    );
    let help = run(["--help"]).ended(0);
    assert!(help.stdout.contains("Exit status:") && help.stderr.is_empty(), "{help:?}");
    assert!(run(["serve", "--help"]).ended(0).stdout.contains("TALLY_LISTEN"));
    assert!(run(["completions", "bash"]).ended(0).stdout.contains("_tally"));
    let page = run(["man"]).ended(0).stdout;
    let head = page.lines().find(|line| line.starts_with(".TH")).unwrap();
    assert!(page.starts_with(".ie") && head.contains(env!("CARGO_PKG_VERSION")), "{head}");
    assert_eq!(page.lines().position(|line| line == ".SH NAME"), Some(3), "{page}");
    assert_eq!(run(["help", "count"]).ended(0).stdout, run(["count", "--help"]).ended(0).stdout);
}

#[test]
fn colours_are_for_those_who_want_them() {
    let escape = '\u{1b}';
    let coloured = run_command(tally().args(["count", "missing"]).env("CLICOLOR_FORCE", "1"), b"").ended(1);
    assert!(coloured.stderr.contains(escape), "{coloured:?}");
    let plain = run_command(tally().args(["count", "missing"]).env("NO_COLOR", "1"), b"").ended(1);
    assert!(!plain.stderr.contains(escape), "{plain:?}");
    assert!(!run(["count", "missing"]).ended(1).stderr.contains(escape), "a pipe gets none");
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    for args in [&["completions", "zsh"][..], &["man"], &["--help"], &["count", "/etc/passwd", "-o", "jsonl"]]
    {
        let mut child = tally().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ran = child.wait_with_output().unwrap();
        assert_eq!(
            (ran.status.code(), String::from_utf8(ran.stderr).unwrap().as_str()),
            (Some(0), ""),
            "{args:?}"
        );
    }
}

#[test]
fn a_full_disk_behind_stdout_is_an_error() {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let ran = tally().args(["completions", "bash"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(
        (ran.status.code(), said.as_str()),
        (Some(1), "error: cannot write the output: No space left on device\n")
    );
}
