//! The rules of the house, run as a test: which crate may name which, and how a file looks from outside.
//!
//! Knows manifests and source text only; nothing is compiled or run here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Every crate of ours and the crates of ours that it may name: the drawing in services/README.md as a table.
const ARROWS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("count", &[]),
    ("extract", &[]),
    ("jobs", &["kernel"]),
    ("wordcount", &["kernel", "count", "extract", "jobs"]),
    ("contract", &["kernel", "count", "extract", "jobs", "wordcount"]),
    ("embedded", &["kernel", "jobs"]),
    ("outbound", &["kernel", "jobs", "wordcount"]),
    ("mongo", &["kernel", "jobs"]),
    ("rabbitmq", &["kernel", "jobs"]),
    ("api", &["kernel", "count", "extract", "jobs", "wordcount"]),
    ("web", &["kernel", "count", "extract", "jobs", "wordcount"]),
    ("worker", &["kernel", "extract", "jobs", "wordcount"]),
    ("boot", &["kernel"]),
    (
        "cli",
        &[
            "kernel",
            "count",
            "extract",
            "jobs",
            "wordcount",
            "embedded",
            "mongo",
            "rabbitmq",
            "outbound",
            "api",
            "web",
            "worker",
            "boot",
        ],
    ),
    ("tests", &["cli"]),
];

/// What a crate may name besides in its tests: adapters below it, to be tested with the real thing.
const TEST_ARROWS: &[(&str, &str)] = &[("worker", "outbound"), ("mongo", "wordcount"), ("rabbitmq", "mongo")];

/// The crates that are never shipped: others name them in their tests at most.
const TESTS_ONLY: [&str; 2] = ["contract", "tests"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace").to_owned()
}

fn metadata() -> Metadata {
    let manifest = root().join("Cargo.toml");
    MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .expect("cargo metadata reads the workspace")
}

fn ours(name: &str) -> Option<&str> {
    name.strip_prefix("tally-")
}

#[test]
fn arrows_point_down_only() {
    let allowed: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for package in metadata().packages {
        let from = ours(&package.name).expect("every package is named tally-<folder>").to_owned();
        let Some(may) = allowed.get(from.as_str()) else {
            wrong.push(format!("{from} is not in the table of arrows"));
            continue;
        };
        for dependency in &package.dependencies {
            let Some(to) = ours(&dependency.name) else { continue };
            let in_tests = dependency.kind == DependencyKind::Development
                && (TESTS_ONLY.contains(&to) || TEST_ARROWS.contains(&(from.as_str(), to)));
            if !may.contains(&to) && !in_tests {
                wrong.push(format!("{from} names {to}"));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that the house does not have: {wrong:#?}");
}

#[test]
fn every_folder_is_the_crate_of_its_name_and_none_is_published() {
    for package in metadata().packages {
        let folder = package.manifest_path.parent().and_then(|path| path.file_name()).expect("a folder");
        assert_eq!(ours(&package.name), Some(folder), "package names follow folders");
        assert_eq!(package.publish.as_deref(), Some(&[][..]), "{} says publish = false", package.name);
    }
}

/// Every Rust file of ours, from the root.
fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder of ours can be read") {
            let path = entry.expect("its entries as well").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                walk(&path, found);
            } else if name.ends_with(".rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("services"), &mut found);
    walk(&root().join("tests"), &mut found);
    assert!(found.len() > 60, "only {} source files found: the walk is broken", found.len());
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

#[test]
fn every_file_opens_with_its_job() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|path| !fs::read_to_string(path).expect("source is text").trim_start().starts_with("//!"))
        .map(|path| shown(&path))
        .collect();
    assert!(silent.is_empty(), "files that do not say what they are for: {silent:#?}");
}

#[test]
fn names_say_the_job() {
    const EMPTY_NAMES: [&str; 4] = ["util", "utils", "common", "misc"];
    let named: Vec<_> = sources()
        .into_iter()
        .filter(|path| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let folder =
                path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
            EMPTY_NAMES.contains(&stem.as_str())
                || EMPTY_NAMES.contains(&folder.as_str())
                || stem.starts_with("new_")
                || stem.starts_with("v2_")
        })
        .map(|path| shown(&path))
        .collect();
    assert!(named.is_empty(), "names that say nothing: {named:#?}");
}

#[test]
fn no_file_is_an_orphan() {
    let targets = targets();
    let mut orphans = Vec::new();
    for path in sources() {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = path.parent().expect("a file lies in a folder");
        if targets.contains(&path) {
            continue;
        }
        let declaration = [format!("mod {stem};"), format!("mod {stem} {{")];
        let parents = parents_of(folder, &stem);
        let declared = parents.iter().filter_map(|parent| fs::read_to_string(parent).ok()).any(|text| {
            text.lines()
                .any(|line| declaration.iter().any(|mod_line| line.trim_start().contains(mod_line.as_str())))
        });
        if !declared {
            orphans.push(shown(&path));
        }
    }
    assert!(orphans.is_empty(), "files that no module names: {orphans:#?}");
}

/// The files that cargo starts from.
fn targets() -> BTreeSet<PathBuf> {
    let targets = metadata().packages.into_iter().flat_map(|package| package.targets);
    targets.map(|target| target.src_path.into_std_path_buf()).collect()
}

/// The files that may declare the module `stem` of this folder.
fn parents_of(folder: &Path, stem: &str) -> Vec<PathBuf> {
    let mut parents: Vec<_> = ["lib.rs", "main.rs", "mod.rs"].map(|name| folder.join(name)).into();
    if stem == "mod" {
        parents.clear();
    }
    parents.push(folder.with_extension("rs"));
    parents
}

#[test]
fn tests_are_not_switched_off_and_checks_not_silenced() {
    // Written in two parts, so that this file does not find itself.
    let forbidden =
        [concat!("#[ign", "ore"), concat!("#[all", "ow("), concat!("#![all", "ow("), concat!("unsafe ", "{")];
    let mut found = Vec::new();
    for path in sources() {
        let text = fs::read_to_string(&path).expect("source is text");
        for (number, line) in text.lines().enumerate() {
            if forbidden.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{}: {}", shown(&path), number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "use #[expect(.., reason = \"..\")], and mend what fails: {found:#?}");
}

#[test]
fn every_workspace_dependency_says_what_it_is_for() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest is there");
    let dependencies = manifest
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    let silent: Vec<_> = dependencies
        .filter(|line| {
            !line.is_empty() && !line.starts_with('#') && !line.starts_with("tally-") && !line.contains(" # ")
        })
        .collect();
    assert!(silent.is_empty(), "dependencies without a reason: {silent:#?}");
}

#[test]
fn every_metric_has_its_line_in_the_operators_page() {
    let read =
        |name: &str| fs::read_to_string(root().join("services/cli/src/observe").join(name)).expect(name);
    let source = read("metrics.rs");
    let page = fs::read_to_string(root().join("services/OPERATIONS.md")).expect("OPERATIONS.md");
    let mut names = Vec::new();
    for (call, unit) in [("register(to,", ""), ("seconds(", "_seconds")] {
        for (at, _) in source.match_indices(&format!(" {call}")) {
            let name = source[at..].split('"').nth(1).expect("a metric is registered by its name");
            names.push(format!("tally_{name}{unit}"));
        }
    }
    let cluster = read("cluster_metrics.rs");
    for (at, _) in cluster.match_indices("put(&mut to, \"").chain(cluster.match_indices("        count(\"")) {
        let name = cluster[at..].split('"').nth(1).expect("a metric is shown by its name");
        names.push(format!("tally_{name}"));
    }
    assert!(names.len() > 25, "the metrics were not found: {names:?}");
    let missing: Vec<_> = names.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "metrics without a line in services/OPERATIONS.md: {missing:?}");
}
