//! Clients that submit as fast as they can until their server is gone.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use tally_tests::client::{Client, id_of, is_end};
use tally_tests::connection::Connection;
use tally_tests::message::{Answer, Request};
use tally_tests::rng::SeededRng;
use tally_tests::site::Site;

use crate::history::{Attempt, LABEL};

/// A site of pages whose texts are known.
pub(crate) struct Pages {
    site: Site,
    texts: Vec<String>,
}

impl Pages {
    pub(crate) fn new(rng: &mut SeededRng) -> Self {
        let site = Site::start();
        let texts: Vec<String> = (0..20).map(|_| sized(rng, 300)).collect();
        for (number, text) in texts.iter().enumerate() {
            site.page(&format!("/{number}"), text);
        }
        Self { site, texts }
    }
}

fn sized(rng: &mut SeededRng, most: u64) -> String {
    let words = 1 + rng.below(most);
    rng.text(usize::try_from(words).unwrap())
}

/// A submit that may be sent more than once.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) attempt: Attempt,
    request: Request,
    keyed: bool,
}

impl Wanted {
    /// Whether it may be sent again when its outcome is unknown.
    pub(crate) const fn is_keyed(&self) -> bool {
        self.keyed
    }

    /// Sends it, over this connection while that lasts, and notes what is answered.
    pub(crate) fn send(
        &mut self,
        client: &Client,
        connection: &mut Option<Connection>,
    ) -> io::Result<Answer> {
        let answer = send(client, connection, &self.request)?;
        note(&mut self.attempt, &answer);
        Ok(answer)
    }
}

/// The next submit: mostly small texts, some documents beside the records, some addresses; some with a key. `marks`
/// are further labels, as they stand in a query.
pub(crate) fn wanted(rng: &mut SeededRng, pages: &Pages, number: u64, marks: &str) -> Wanted {
    let label = number.to_string();
    let wait = if rng.below(4) == 0 { "&wait=10" } else { "" };
    let target = format!("/jobs?label={LABEL}:{label}{marks}{wait}");
    let (text, request) = match rng.below(20) {
        0 => {
            let text = rng.text(25_000);
            let request = Request::post(&target).body("text/plain; charset=utf-8", text.clone());
            (text, request)
        }
        1 | 2 => {
            let place = usize::try_from(rng.below(pages.texts.len() as u64)).unwrap();
            let request = Request::post(&target).json(&json!({"url": pages.site.url(&format!("/{place}"))}));
            (pages.texts[place].clone(), request)
        }
        _ => {
            let text = sized(rng, 60);
            let request = Request::post(&target).json(&json!({"text": text}));
            (text, request)
        }
    };
    let keyed = rng.below(3) == 0;
    let request =
        if keyed { request.header("Idempotency-Key", &format!("attempt-{number}{marks}")) } else { request };
    Wanted { attempt: Attempt { number, text, acknowledged: None, seen: None }, request, keyed }
}

/// What one client did while its server lived.
#[derive(Default)]
pub(crate) struct Done {
    /// Attempts whose story is over.
    pub(crate) attempts: Vec<Attempt>,
    /// Keyed ones whose outcome is not known: to be repeated.
    pub(crate) repeat: Vec<Wanted>,
}

/// Submits over one connection after the other until the server does not answer any more, at most `most` times.
/// `repeat` goes first: submits with a key whose outcome an earlier crash has hidden.
pub(crate) fn submit(
    client: &Client,
    rng: &mut SeededRng,
    pages: &Pages,
    numbers: &AtomicU64,
    repeat: Vec<Wanted>,
    most: usize,
) -> Done {
    let mut done = Done::default();
    let mut waiting = repeat.into_iter();
    let mut connection: Option<Connection> = None;
    for _ in 0..most {
        let fresh = || wanted(rng, pages, numbers.fetch_add(1, Ordering::Relaxed), "");
        let mut wanted = waiting.next().unwrap_or_else(fresh);
        let answer = send(client, &mut connection, &wanted.request);
        let gone = answer.is_err();
        if let Ok(answer) = &answer {
            note(&mut wanted.attempt, answer);
        }
        if gone && wanted.keyed {
            done.repeat.push(wanted);
        } else {
            done.attempts.push(wanted.attempt);
        }
        if gone {
            break;
        }
    }
    done.repeat.extend(waiting);
    done
}

fn send(client: &Client, connection: &mut Option<Connection>, request: &Request) -> io::Result<Answer> {
    let mut open = match connection.take() {
        Some(open) => open,
        None => client.connect()?,
    };
    let answer = open.send(&client.placed(request))?;
    if answer.header("connection").is_none_or(|value| !value.eq_ignore_ascii_case("close")) {
        *connection = Some(open);
    }
    Ok(answer)
}

fn note(attempt: &mut Attempt, answer: &Answer) {
    match answer.status {
        200 | 202 => {
            let job = answer.json();
            attempt.acknowledged = Some(id_of(&job));
            if is_end(&job) {
                attempt.seen = Some(job);
            }
        }
        // Refused while it drains, or too much at once: nothing was promised.
        503 => assert!(answer.header("retry-after").is_some(), "{}", answer.text()),
        status => panic!("a good submit was answered with {status}: {}", answer.text()),
    }
}
