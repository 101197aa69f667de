//! Runs the examples of API.md and compares their output.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;
use tally_tests::server::Launch;
use tempfile::TempDir;

const API: &str = include_str!("../../API.md");
/// Matches any text.
const ANY: &str = "…";
/// Ends the output of a command.
const END: &str = "--- end of the example ---";

/// A command and its expected output.
#[derive(Debug, Default)]
struct Example {
    line: usize,
    command: String,
    output: Vec<String>,
}

/// The commands in blocks marked `console`, in order.
fn examples(markdown: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    let (mut inside, mut goes_on) = (false, false);
    for (number, line) in markdown.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if !inside {
        } else if goes_on {
            let last = found.last_mut().unwrap();
            last.command.push('\n');
            last.command.push_str(line);
            goes_on = line.ends_with('\\');
        } else if let Some(command) = line.strip_prefix("$ ") {
            goes_on = command.ends_with('\\');
            found.push(Example { line: number + 1, command: command.to_owned(), ..Example::default() });
        } else {
            found.last_mut().expect("a block begins with a command").output.push(line.to_owned());
        }
    }
    found
}

/// One shell for all commands, so that they share variables.
struct Shell {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Shell {
    fn start(folder: &TempDir) -> Self {
        let mut child = Command::new("timeout")
            .args(["120", "bash", "--noprofile", "--norc"])
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the examples are for bash");
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    fn run(&mut self, command: &str) -> String {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{{ {command}\n}} 2>&1\nprintf '\\n%s\\n' '{END}'").unwrap();
        let mut text = String::new();
        while !text.ends_with(&format!("\n{END}\n")) {
            let read = self.output.read_line(&mut text).unwrap();
            assert_ne!(read, 0, "the shell ended at: {command}\n{text}");
        }
        text.truncate(text.len() - END.len() - 2);
        text.replace('\r', "")
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ended = self.child.wait();
    }
}

/// Whether a text is the expected one; `…` matches anything.
fn like(expected: &str, found: &str) -> bool {
    let Some((before, after)) = expected.split_once(ANY) else { return expected == found };
    let Some(rest) = found.strip_prefix(before) else { return false };
    let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.any(|at| like(after, &rest[at..]))
}

/// Whether lines are the expected ones; a line `…` matches any lines.
fn lines_like(expected: &[&str], found: &[&str]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((&ANY, rest)) => (0..=found.len()).any(|at| lines_like(rest, &found[at..])),
        Some((first, rest)) => {
            found.split_first().is_some_and(|(line, others)| like(first, line) && lines_like(rest, others))
        }
    }
}

/// Where a value differs from the expected one, if it does.
fn difference(expected: &Value, found: &Value, path: &str) -> Option<String> {
    let differs = || Some(format!("{path}: expected {expected}, found {found}"));
    match (expected, found) {
        (Value::String(any), _) if any == ANY => None,
        (Value::String(expected), Value::String(found)) if like(expected, found) => None,
        (Value::Object(expected), Value::Object(members)) => {
            let named = expected.iter().filter(|(name, _)| *name != ANY);
            let wrong = named.clone().find_map(|(name, value)| match members.get(name) {
                Some(found) => difference(value, found, &format!("{path}/{name}")),
                None => Some(format!("{path}/{name} is missing")),
            });
            let more = members.keys().find(|name| !expected.contains_key(*name));
            wrong.or_else(|| {
                more.filter(|_| !expected.contains_key(ANY))
                    .map(|name| format!("{path}/{name} is not in the example"))
            })
        }
        (Value::Array(wanted), Value::Array(items)) => {
            let open = wanted.last().is_some_and(|last| last == ANY);
            let wanted = &wanted[..wanted.len() - usize::from(open)];
            if items.len() < wanted.len() || (!open && items.len() != wanted.len()) {
                return differs();
            }
            let pairs = wanted.iter().zip(items).enumerate();
            pairs.into_iter().find_map(|(at, (one, other))| difference(one, other, &format!("{path}/{at}")))
        }
        _ if expected == found => None,
        _ => differs(),
    }
}

fn judge(example: &Example, found: &str) -> Option<String> {
    let expected = example.output.join("\n");
    if expected.starts_with(['{', '[']) {
        let expected: Value =
            serde_json::from_str(&expected).expect("what looks like JSON in an example is JSON");
        return match serde_json::from_str(found) {
            Ok(found) => difference(&expected, &found, ""),
            Err(error) => Some(format!("no JSON came ({error})")),
        };
    }
    let expected: Vec<&str> = example.output.iter().map(String::as_str).collect();
    let found: Vec<&str> = found.trim_end_matches('\n').lines().collect();
    (!lines_like(&expected, &found)).then(|| format!("expected\n{}", expected.join("\n")))
}

#[test]
fn api_md_examples_give_their_output() {
    let server = Launch::new().start();
    let examples = examples(API);
    assert!(examples.len() > 15, "only {} examples found: is the convention another one?", examples.len());
    let folder = TempDir::new().unwrap();
    let mut shell = Shell::start(&folder);
    let mut wrong = Vec::new();
    let place = server.address().to_string();
    for example in &examples {
        let found =
            shell.run(&example.command.replace("localhost:8080", &place)).replace(&place, "localhost:8080");
        if let Some(why) = judge(example, &found) {
            wrong.push(format!("API.md:{}: {}\n{why}\nfound\n{found}", example.line, example.command));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} examples do not hold:\n\n{}",
        wrong.len(),
        examples.len(),
        wrong.join("\n\n")
    );
}

#[test]
fn example_comparison_allows_ellipses() {
    assert!(like("a …c", "a b c") && like("…", "") && !like("a…c", "a b"));
    assert!(lines_like(&["a", ANY, "z"], &["a", "b", "c", "z"]) && !lines_like(&["a"], &["a", "b"]));
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let same = |expected: &str, found: &str| difference(&value(expected), &value(found), "").is_none();
    assert!(same(r#"{"a": 1, "…": "…"}"#, r#"{"b": 2, "a": 1}"#));
    assert!(!same(r#"{"a": 1}"#, r#"{"b": 2, "a": 1}"#));
    assert!(!same(r#"{"a": 1, "…": "…"}"#, r#"{"b": 2}"#));
    assert!(same(r#"[1, "…"]"#, "[1, 2, 3]") && same(r#"[1, "…"]"#, "[1]") && !same("[1]", "[1, 2]"));
}
