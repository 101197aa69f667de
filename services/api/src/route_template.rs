//! The template of the route that a path belongs to: few names for metrics, whatever clients ask for.

/// The template, as in `/jobs/{id}`. `None` if no route fits.
pub(crate) fn route_template(path: &str) -> Option<&'static str> {
    let mut parts = path.strip_prefix('/')?.splitn(4, '/');
    Some(match (parts.next()?, parts.next(), parts.next(), parts.next()) {
        ("", None, ..) => "/",
        ("jobs", None, ..) => "/jobs",
        ("jobs", Some(_), None, _) => "/jobs/{id}",
        ("jobs", Some(_), Some("words"), None) => "/jobs/{id}/words",
        ("jobs", Some(_), Some("cancel"), None) => "/jobs/{id}/cancel",
        ("jobs", Some(_), Some("retry"), None) => "/jobs/{id}/retry",
        ("jobs", Some(_), Some("delete"), None) => "/jobs/{id}/delete",
        ("ui", ..) => "/ui",
        ("health", Some("live"), None, _) => "/health/live",
        ("health", Some("ready"), None, _) => "/health/ready",
        ("metrics", None, ..) => "/metrics",
        ("openapi.json", None, ..) => "/openapi.json",
        ("docs", ..) => "/docs",
        ("problems", None, ..) => "/problems",
        ("problems", Some(_), None, _) => "/problems/{name}",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_template_of_a_path() {
        for (path, template) in [
            ("/", Some("/")),
            ("/jobs/0197", Some("/jobs/{id}")),
            ("/jobs/0197/words", Some("/jobs/{id}/words")),
            ("/jobs/0197/events/1", None),
            ("/docs/swagger-ui.css", Some("/docs")),
            ("/wp-admin.php", None),
            ("*", None),
        ] {
            assert_eq!(route_template(path), template, "{path}");
        }
    }
}
