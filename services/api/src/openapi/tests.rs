//! Compares the description with the routes and options.

use std::collections::BTreeSet;

use super::*;

fn described() -> Value {
    serde_json::from_str(&openapi_json()).unwrap()
}

/// Every `$ref` in a document.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.insert(reference.clone());
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_resolves() {
    let described = described();
    let mut found = BTreeSet::new();
    references(&described, &mut found);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(described.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn every_path_is_a_route_and_every_route_is_described() {
    let described = described();
    let paths: BTreeSet<_> = described["paths"].as_object().unwrap().keys().cloned().collect();
    for path in &paths {
        let example = path.replace("{id}", "0197").replace("{name}", "gone");
        assert_eq!(crate::route_template::route_template(&example), Some(path.as_str()));
    }
    assert_eq!(paths.len(), 14);
}

#[test]
fn the_page_can_submit_at_once() {
    let described = described();
    let content = described["paths"]["/jobs"]["post"]["requestBody"]["content"].as_object().unwrap();
    assert_eq!(content.keys().next().unwrap(), "application/json", "the page shows the first type first");
    assert_eq!(content["application/json"]["example"], json!({"text": "hello brave new world", "wait": 5}));
    assert_eq!(content["application/pdf"]["schema"]["format"], "binary");
    let form = &described["components"]["schemas"]["FormFile"];
    assert_eq!(content["multipart/form-data"]["schema"]["$ref"], "#/components/schemas/FormFile");
    assert_eq!(form["properties"]["file"]["format"], "binary");
    for (name, option) in form["properties"].as_object().unwrap() {
        assert!(option.get("example").is_none(), "{name} would be prefilled");
    }
}

#[test]
fn every_option_of_a_submit_is_described() {
    let described = described();
    for name in crate::intake::option_names().filter(|name| *name != "webhook") {
        for shape in ["SubmitUrl", "SubmitText", "FormText", "FormUrl", "FormFile"] {
            let schema = &described["components"]["schemas"][shape]["properties"][name];
            assert!(schema.is_object(), "{shape} lacks {name}");
        }
        let parameters = described["paths"]["/jobs"]["post"]["parameters"].as_array().unwrap();
        assert!(parameters.iter().any(|parameter| parameter["name"] == name), "{name}");
    }
}
