//! API.md documents every route, option, parameter, field and problem type.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use tally_jobs::option_spec::{OptionKind, OptionSpec};
use tally_jobs::options::JobOptions;
use tally_wordcount::CountOptions;

fn reference() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../API.md");
    std::fs::read_to_string(path).unwrap()
}

fn described() -> Value {
    serde_json::from_str(&tally_api::openapi_json()).unwrap()
}

#[test]
fn the_reference_has_exactly_the_routes() {
    let (reference, described) = (reference(), described());
    let mut routes = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            routes.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    for route in &routes {
        assert!(reference.contains(&format!("`{route}`")), "API.md lacks {route}");
    }
    for quoted in reference.split('`').skip(1).step_by(2) {
        let is_route = ["GET /", "POST /", "DELETE /", "PUT /"].iter().any(|start| quoted.starts_with(start));
        assert!(!is_route || routes.contains(quoted), "API.md tells of {quoted}");
    }
}

#[test]
fn the_reference_has_each_problem_type_once() {
    let reference = reference();
    let known: BTreeSet<_> = tally_api::problem_types().map(|(slug, _)| slug.to_owned()).collect();
    let rows = reference.lines().filter_map(|line| line.strip_prefix("| `/problems/")?.split_once('`'));
    let response: Vec<_> = rows.map(|(slug, _)| slug.to_owned()).collect();
    assert_eq!(response.iter().cloned().collect::<BTreeSet<_>>(), known);
    assert_eq!(response.len(), known.len(), "one row each");
    for kind in tally_api::ProblemKind::ALL {
        let row = format!("| `{}` | {} |", kind.type_path(), kind.status().as_u16());
        assert!(reference.contains(&row), "{row}");
    }
}

#[test]
fn the_reference_has_every_option_and_parameter() {
    let (reference, described) = (reference(), described());
    for methods in described["paths"].as_object().unwrap().values() {
        for operation in methods.as_object().unwrap().values() {
            for parameter in operation["parameters"].as_array().unwrap() {
                let name = parameter["name"].as_str().unwrap();
                let response =
                    reference.contains(&format!("`{name}")) || reference.contains(&format!("{{{name}}}"));
                assert!(response, "API.md lacks the parameter {name}");
            }
        }
    }
}

#[test]
fn the_reference_has_the_values_and_the_default_of_each_option() {
    let reference = reference();
    CountOptions::TABLE.iter().for_each(|row| check_option(&reference, row));
    JobOptions::TABLE.iter().for_each(|row| check_option(&reference, row));
}

fn check_option<O: Default>(reference: &str, row: &OptionSpec<O>) {
    let start = format!("| `{}` | ", row.name);
    let line = reference.lines().find_map(|line| line.strip_prefix(&start));
    let mut cells = line.unwrap_or_else(|| panic!("API.md lacks the option {}", row.name)).split(" | ");
    // Digits are grouped by spaces.
    let mut cell = || cells.next().unwrap().split_whitespace().collect::<String>();
    let (values, default) = (cell(), cell());
    let documented: Vec<String> = match &row.kind {
        OptionKind::Flag => ["`true`", "`false`"].map(str::to_owned).to_vec(),
        OptionKind::Name(names) | OptionKind::Names(names) => {
            names().iter().map(|name| format!("`{name}`")).collect()
        }
        OptionKind::Integer { bounds, .. } | OptionKind::Milliseconds(bounds) => {
            vec![format!("{}to{}", bounds.start(), bounds.end())]
        }
        OptionKind::Text { .. } | OptionKind::Labels(_) => Vec::new(),
    };
    for value in documented {
        assert!(values.contains(&value), "API.md lacks {value} of {}", row.name);
    }
    let of_table = match (row.get)(&O::default()) {
        Value::Null | Value::Object(_) => return,
        Value::String(text) => format!("`{text}`"),
        Value::Bool(flag) => format!("`{flag}`"),
        number => number.to_string(),
    };
    assert!(default.starts_with(&of_table), "API.md has another default of {}", row.name);
}

#[test]
fn the_reference_has_every_field_of_a_job() {
    let (reference, described) = (reference(), described());
    let shapes = &described["components"]["schemas"];
    for (shape, prefix) in [("Job", ""), ("Source", "source."), ("Result", "result."), ("Problem", "")] {
        for field in shapes[shape]["properties"].as_object().unwrap().keys() {
            let response = reference.contains(&format!("`{prefix}{field}`"))
                || reference.contains(&format!("`{prefix}{field}."));
            assert!(response, "API.md lacks {prefix}{field}");
        }
    }
}
