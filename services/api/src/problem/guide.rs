//! What each problem type means for people: cause, fix, example. Shown at `/problems/<name>`.

/// What to know about a problem type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guide {
    /// Why it happens.
    pub(crate) cause: &'static str,
    /// What to do.
    pub(crate) fix: &'static str,
    /// A request or a detail that shows it.
    pub(crate) example: &'static str,
}

/// The guide to the type with this name. `None` when there is no such type.
pub(crate) fn guide(slug: &str) -> Option<Guide> {
    GUIDES.iter().find(|(name, ..)| *name == slug).map(|&(_, cause, fix, example)| Guide {
        cause,
        fix,
        example,
    })
}

const GUIDES: &[(&str, &str, &str, &str)] = &[
    (
        "bad-request",
        "The request breaks the rules of HTTP: a malformed request line, header or percent-encoding.",
        "Use an HTTP library instead of writing requests by hand; check what a proxy between us changes.",
        "GET /jobs HTTP/9.9",
    ),
    (
        "invalid-json",
        "The body was sent as application/json but is not JSON, is not UTF-8, or nests deeper than 128 levels.",
        "The detail names line and column. For a plain text, send it with Content-Type: text/plain instead.",
        "curl -H 'Content-Type: application/json' -d '{\"text\": hello}' http://localhost:8080/jobs",
    ),
    (
        "invalid-body",
        "A form or multipart body is malformed, text in it is not UTF-8, or its content coding is broken or cut short.",
        "Let your HTTP library build the form; send documents that are not UTF-8 as a file or as a raw body.",
        "curl -H 'Content-Encoding: gzip' -H 'Content-Type: text/plain' -d 'not gzip' http://localhost:8080/jobs",
    ),
    (
        "invalid-query",
        "The query string is not UTF-8 once its percent-encoding is undone.",
        "Percent-encode the UTF-8 bytes of each value.",
        "GET /jobs?q=%FF",
    ),
    (
        "cross-site-request",
        "A page of another site sent a request that would change something, as its Origin or Sec-Fetch-Site says.",
        "Send it from a page of this server or from a program. A proxy must pass Host on unchanged.",
        "curl -H 'Origin: https://example.com' -d 'hello' http://localhost:8080/jobs",
    ),
    (
        "not-found",
        "No route has this path.",
        "GET /docs shows every route. Paths have no slash at their end.",
        "GET /job",
    ),
    (
        "unknown-job",
        "No job has this id: it was never submitted here, it was deleted, or the id is not a hyphenated UUID.",
        "Use the id or the links.self of the submit's answer.",
        "GET /jobs/00000000-0000-7000-8000-000000000000",
    ),
    (
        "method-not-allowed",
        "The path exists, but not for this method.",
        "The Allow header names the methods that it takes.",
        "PUT /jobs",
    ),
    (
        "not-acceptable",
        "The Accept header leaves none of the forms that this route has.",
        "Ask for application/json, text/csv or application/x-ndjson, or send no Accept header.",
        "curl -H 'Accept: application/pdf' http://localhost:8080/jobs/<id>/words",
    ),
    (
        "request-timeout",
        "No byte of the request came for ten seconds, or it came slower than 1 KiB a second.",
        "Send the body as fast as the line allows; over a bad line send it compressed (Content-Encoding: zstd, br or gzip).",
        "printf 'POST /jobs HTTP/1.1\\r\\n' | nc localhost 8080",
    ),
    (
        "wrong-state",
        "The job's state does not allow it: a job that has ended cannot be cancelled, one that has not failed cannot \
         be retried, a running one cannot be deleted, and only a succeeded one has words.",
        "GET the job and look at its state; wait for its end with ?wait=60 or cancel it first.",
        "POST /jobs/<id>/cancel on a job that has succeeded",
    ),
    (
        "expired-job",
        "The job was here, and the time for which it was kept (retain_ms after its end) is over.",
        "Submit it again, with a larger retain_ms if you need it for longer.",
        "GET /jobs/<id> a week after its end",
    ),
    (
        "body-too-large",
        "The body is larger than the limit: 16 MiB for JSON and forms, 4 GiB for documents unless the operator says \
         otherwise, counted after its content coding is undone; or it unpacks to more than 200 times its size.",
        "Send a large text as a raw body (Content-Type: text/plain) or as a file; split what is larger still.",
        "head -c 20000000 /dev/zero | curl --data-binary @- -H 'Content-Type: application/json' http://localhost:8080/jobs",
    ),
    (
        "uri-too-long",
        "The request's path and query are longer than 64 KiB.",
        "Send options as JSON members or form fields instead of query parameters.",
        "GET /jobs?q=aaaa… (65 536 times)",
    ),
    (
        "unsupported-content-coding",
        "The body's Content-Encoding is none that Tally undoes, or there is more than one.",
        "Use one of gzip, br, zstd and deflate, or none.",
        "curl -H 'Content-Encoding: compress' -d 'x' http://localhost:8080/jobs",
    ),
    (
        "unsupported-charset",
        "JSON and forms must be UTF-8, and the Content-Type says another charset.",
        "Send UTF-8; or send the document as a raw body or a file, where any charset of the web is understood.",
        "Content-Type: application/json; charset=utf-16",
    ),
    (
        "host-not-allowed",
        "The request names a host that is not this server. Otherwise a page could reach it under a name of its own (DNS \
         rebinding).",
        "Use localhost or the address that the server listens on; or start it with --host NAME for each further name.",
        "curl -H 'Host: example.com' http://localhost:8080/jobs",
    ),
    (
        "invalid-input",
        "The request was understood, but a part of it is not valid; errors[] names each with what would be right.",
        "Correct each part that errors[] points to. Nothing was stored.",
        "curl -H 'Content-Type: application/json' -d '{\"txet\": \"hello\"}' http://localhost:8080/jobs",
    ),
    (
        "key-reused",
        "An Idempotency-Key names one request for ever, and this one differs from the first in source, content or \
         options.",
        "Use a fresh key (a UUID is a good one) for each new request; repeat a request unchanged.",
        "the same Idempotency-Key with another text",
    ),
    (
        "too-many-requests",
        "One caller asks more often than the server in front of Tally lets it.",
        "Wait for as long as Retry-After says; wait for a job's end with ?wait=60 instead of polling.",
        "a loop of GET /jobs/<id> without a pause",
    ),
    (
        "headers-too-large",
        "The head of the request has more than 100 headers or is larger than 64 KiB.",
        "Send fewer or shorter headers; cookies are not needed.",
        "a Cookie header of 100 KB",
    ),
    (
        "internal",
        "A defect in Tally, or stored data that cannot be read.",
        "Report it with the request_id (or the job's id): the log has the cause under it.",
        "you should never see one",
    ),
    (
        "overloaded",
        "Tally has as many requests or waiting jobs as it takes; this one was turned away at once. Nothing was changed.",
        "Come again after Retry-After seconds. If it lasts, the operator should add workers.",
        "ten times the load that the machine can carry",
    ),
    (
        "unavailable",
        "A part that Tally leans on (its store, for example) does not answer. Nothing was changed.",
        "Come again after Retry-After seconds; GET /health/ready names the part.",
        "a submit while the store restarts",
    ),
    (
        "outcome-unknown",
        "The answer of the store was lost: the request may or may not have been carried out.",
        "Repeat a submit with the same Idempotency-Key: it is then carried out once. Without a key, look for the job \
         with GET /jobs first.",
        "a submit in the moment when the store fails over",
    ),
    (
        "target-not-allowed",
        "The address leads to a host that may not be fetched: private, local and special addresses, ports other than \
         the usual ones. One answer for every such case, so that it cannot be used to map a network.",
        "Use a public address; or send the document itself as a file. The operator may allow more.",
        "{\"url\": \"http://127.0.0.1/\"}",
    ),
    (
        "unreachable",
        "There was no connection: the name does not resolve, nothing listens there, or TLS fails.",
        "Check the address in a browser. It is tried again by itself, several times.",
        "{\"url\": \"https://no-such-host.example/\"}",
    ),
    (
        "fetch-timeout",
        "The address was too slow in connecting, answering or sending.",
        "Nothing, at first: it is tried again by itself. Or fetch it yourself and send it as a file.",
        "a page that takes more than a minute",
    ),
    (
        "source-refused",
        "The address answered with a status that has no document for us: 401, 403, 404, 410 and the like.",
        "Check the address; a page behind a login must be sent as a file.",
        "{\"url\": \"https://example.com/no-such-page\"}",
    ),
    (
        "source-unavailable",
        "The address answered that it cannot just now: 429 or 5xx.",
        "Nothing, at first: it is tried again by itself, and a Retry-After of the far side is respected.",
        "a site under maintenance",
    ),
    (
        "too-many-redirects",
        "The address redirects more than five times, in a circle, or from https to http.",
        "Submit the address at which the redirects end.",
        "{\"url\": \"https://example.com/circle\"}",
    ),
    (
        "document-too-large",
        "The document is larger than the limit on the wire (50 MB) or once unpacked (200 MB).",
        "Send it as a file, or in parts.",
        "a compressed page that unpacks to gigabytes",
    ),
    (
        "broken-body",
        "The document's bytes ended before their declared end, or its content coding is broken.",
        "Nothing, at first: it is tried again by itself. If it stays, the far side is broken.",
        "Content-Length: 1000 followed by 500 bytes",
    ),
    (
        "unsupported-document",
        "The document is of a type that Tally does not read.",
        "Convert it to text, HTML or another type that the README lists.",
        "a photograph",
    ),
    (
        "unreadable-document",
        "The document is of a known type, but is damaged, encrypted, or breaks the limits of its reader.",
        "Open it in its own program and save it again without a password, or export it as text.",
        "a DOCX file that is cut short",
    ),
    (
        "crashed-worker",
        "The program that reads documents died three times over this one.",
        "Send a simpler form of the document, and report it with the job's id.",
        "a document made to break parsers",
    ),
    (
        "deadline-exceeded",
        "The job did not end within its deadline_ms.",
        "Give it more time, or retry it when there is less to do.",
        "{\"url\": \"https://example.com/\", \"deadline_ms\": 1}",
    ),
    (
        "content-lost",
        "The bytes that were handed in are not in the store any more, or not what was stored.",
        "Submit the document again, and tell the operator: a disk may be failing.",
        "a restored backup that lacks the large bodies",
    ),
];
