//! The web pages: counting by a plain form, the result with its bridge, acting on jobs, hostile names.

use serde_json::json;
use tally_tests::client::id_of;
use tally_tests::message::{Answer, Request};
use tally_tests::multipart::Form;
use tally_tests::server::Server;

fn browse(server: &Server, path: &str) -> Answer {
    server.send(&Request::get(path).header("Accept", "text/html,*/*;q=0.8"))
}

fn post_form(server: &Server, path: &str, form: Form) -> Answer {
    let request = Request::post(path).header("Accept", "text/html,*/*;q=0.8");
    server.send(&request.body(&Form::content_type(), form.finish()))
}

/// What a browser sends when only one field of the form was filled in.
fn filled_in(text: &str, url: &str) -> Form {
    let form = Form::new().field("why", "true").field("text", text);
    let form = form.part("Content-Disposition: form-data; name=\"file\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n", b"");
    form.field("url", url).field("definition", "").field("language", "").field("label", "")
}

#[test]
fn a_form_counts_a_text_and_leads_to_its_result() {
    let server = Server::start();
    let page = browse(&server, "/").expect(200);
    assert!(page.text().contains("enctype=\"multipart/form-data\""), "{}", page.text());
    let answer = post_form(&server, "/jobs", filled_in("a well-known fact", "")).expect(303);
    let result = browse(&server, answer.header("location").unwrap()).expect(200).text();
    for part in
        ["Why two numbers differ", "<mark dir=\"auto\">well-known</mark>", "Every definition", "Succeeded"]
    {
        assert!(result.contains(part), "{part}: {result}");
    }
}

#[test]
fn a_form_without_any_source_is_refused_with_a_page() {
    let server = Server::start();
    let answer = post_form(&server, "/jobs", filled_in("", "")).expect(422);
    assert!(answer.header("content-type").unwrap().starts_with("text/html"));
    let answer = post_form(&server, "/jobs", filled_in("a text", "https://example.com/")).expect(422);
    assert!(answer.text().contains("exactly one"), "{}", answer.text());
}

#[test]
fn plain_forms_act_on_a_job() {
    let server = Server::start();
    let id = id_of(&server.count_text("some words"));
    let accept = |path: &str| server.send(&Request::post(path).header("Accept", "text/html"));
    let refused = accept(&format!("/jobs/{id}/retry")).expect(409);
    assert!(refused.text().contains("only a failed or cancelled job"), "{}", refused.text());
    let deleted = accept(&format!("/jobs/{id}/delete")).expect(303);
    assert_eq!(deleted.header("location"), Some("/ui/jobs"));
    assert!(browse(&server, &format!("/ui/jobs/{id}")).expect(410).text().contains("This job is gone"));
    assert!(browse(&server, "/ui/jobs/nonsense").expect(404).text().contains("no such job"));
}

#[test]
fn words_are_downloaded_in_the_form_that_the_link_names() {
    let server = Server::start();
    let id = id_of(&server.count_text("one two two"));
    let csv = browse(&server, &format!("/jobs/{id}/words?format=csv")).expect(200);
    assert!(csv.text().starts_with("word,count\r\ntwo,2"), "{}", csv.text());
    let _ = server.get(&format!("/jobs/{id}/words?format=xml")).problem(422);
}

#[test]
fn every_page_is_shown_under_a_strict_policy_and_asks_no_other_server() {
    let server = Server::start();
    let id = id_of(&server.count_text("some words"));
    for path in ["/", "/ui", "/ui/jobs", "/ui/errors", "/ui/nothing", &format!("/ui/jobs/{id}")] {
        let page = browse(&server, path);
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
        let html = page.text();
        assert!(html.len() < 30_000, "{path} has {} bytes", html.len());
        assert!(!html.contains("style=\"") && !html.contains("<style"), "{path}");
        for attribute in ["src=\"", "href=\"", "action=\""] {
            for part in html.split(attribute).skip(1) {
                let target = part.split('"').next().unwrap();
                assert!(
                    target.starts_with(['/', '#', '?']) && !target.starts_with("//"),
                    "{path} leads to {target}"
                );
                if target.starts_with("/ui/assets/") {
                    let asset = server.get(target).expect(200);
                    assert!(asset.header("cache-control").unwrap().contains("immutable"));
                }
            }
        }
    }
}

#[test]
fn hostile_names_labels_and_filters_are_text() {
    let server = Server::start();
    let hostile = "<script>alert(1)</script>.txt";
    let form = Form::new().field("label", "x:<img src=x>").file(hostile, "text/plain", b"<b>one</b> two");
    let answer = post_form(&server, "/jobs", form).expect(303);
    let filters = "/ui/jobs?q=%3Cscript%3Ealert(1)&state=%3Cscript%3E&since=%22%3E%3Cscript%3E";
    for path in [answer.header("location").unwrap(), "/ui/jobs", "/", filters] {
        let html = browse(&server, path).text();
        assert!(!html.contains("<script>") && !html.contains("<img"), "{path}: {html}");
    }
    let refused = browse(&server, filters).expect(422).text();
    assert!(refused.contains("it must be queued, running"), "{refused}");
    assert!(
        browse(&server, "/ui/jobs?cursor=nonsense").expect(422).text().contains("not a page of the list")
    );
}

#[test]
fn errors_are_grouped_by_type_and_host() {
    let server = Server::start();
    for path in ["a", "b"] {
        let _ = server.count_url(&format!("http://10.0.0.1/{path}"));
    }
    let html = browse(&server, "/ui/errors").expect(200).text();
    assert!(html.contains(" failed jobs, by type and host") && html.contains(" at 10.0.0.1"), "{html}");
    assert!(html.contains("/ui/jobs?state=failed&amp;host=10.0.0.1"), "{html}");
}

#[test]
fn the_list_keeps_its_filters_over_pages() {
    let server = Server::start();
    for number in 0..52 {
        let job = json!({"text": number.to_string(), "labels": {"team": "pages"}, "wait": 10});
        let _ = server.submit(&job).expect(200);
    }
    let first = browse(&server, "/ui/jobs?label=team:pages").expect(200).text();
    let next =
        first.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    assert!(next.starts_with("?label=team%3Apages&cursor="), "{next}");
    let second = browse(&server, &format!("/ui/jobs{next}")).expect(200).text();
    assert_eq!(second.matches("data-row").count(), 2, "{second}");
}
