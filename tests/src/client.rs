//! A client of the API.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::PATIENCE_S;
use crate::connection::Connection;
use crate::message::{Answer, Request};

/// A client of one server. Each request opens a connection. Clones share the list of submitted jobs.
#[derive(Clone, Debug)]
pub struct Client {
    host: String,
    address: SocketAddr,
    prefix: String,
    made: Arc<Mutex<Vec<String>>>,
}

impl Client {
    /// A client of the server at a base address such as `http://127.0.0.1:8080`. Panics if the address is invalid.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let rest = base.strip_prefix("http://").unwrap_or_else(|| panic!("{base}: give an http:// address"));
        let (host, prefix) =
            rest.trim_end_matches('/').split_once('/').unwrap_or((rest.trim_end_matches('/'), ""));
        let with_port = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        let address = with_port.to_socket_addrs().ok().and_then(|mut all| all.next());
        let address = address.unwrap_or_else(|| panic!("{base}: the host has no address"));
        let prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        Self { host: host.to_owned(), address, prefix, made: Arc::default() }
    }

    /// Where it connects to.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A connection for several requests, or for bytes that are not a request.
    ///
    /// # Errors
    /// The connection is refused.
    pub fn connect(&self) -> io::Result<Connection> {
        Connection::open(self.address, &self.host)
    }

    /// Sends a request over a new connection.
    ///
    /// # Errors
    /// There is no response, or it is not HTTP.
    pub fn try_send(&self, request: &Request) -> io::Result<Answer> {
        let answer = self.connect()?.send(&self.placed(request))?;
        self.note(&request.method, &answer);
        Ok(answer)
    }

    /// Like [`Client::try_send`], but panics without a response.
    #[must_use]
    #[track_caller]
    pub fn send(&self, request: &Request) -> Answer {
        self.try_send(request).unwrap_or_else(|error| {
            panic!("no answer to {} {}: {error}", request.method, request.target);
        })
    }

    /// `GET` of a target.
    #[must_use]
    #[track_caller]
    pub fn get(&self, target: &str) -> Answer {
        self.send(&Request::get(target))
    }

    /// `POST /jobs` with a JSON body.
    #[must_use]
    #[track_caller]
    pub fn submit(&self, body: &Value) -> Answer {
        self.send(&Request::post("/jobs").json(body))
    }

    /// Submits a text and waits for its end: the finished record.
    #[must_use]
    #[track_caller]
    pub fn count_text(&self, text: &str) -> Value {
        self.finish(&self.submit(&json!({ "text": text })))
    }

    /// Submits an address and waits for its end: the finished record.
    #[must_use]
    #[track_caller]
    pub fn count_url(&self, url: &str) -> Value {
        self.finish(&self.submit(&json!({ "url": url })))
    }

    /// The record of a job.
    #[must_use]
    #[track_caller]
    pub fn job(&self, id: &str) -> Value {
        self.get(&format!("/jobs/{id}")).expect(200).json()
    }

    /// Waits for the end of the job that was just accepted.
    #[must_use]
    #[track_caller]
    pub fn finish(&self, accepted: &Answer) -> Value {
        assert!(matches!(accepted.status, 200 | 202), "{} {}", accepted.status, accepted.text());
        self.wait(&id_of(&accepted.json()))
    }

    /// The sum of a metric over its labels, or of one time series if `name` has labels. 0 if it is missing.
    #[must_use]
    pub fn metric(&self, name: &str) -> f64 {
        let text = self.get("/metrics").expect(200).text();
        let of_it = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
        text.lines().filter(of_it).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Waits for the end of a job with long polls.
    #[must_use]
    #[track_caller]
    pub fn wait(&self, id: &str) -> Value {
        let until = Instant::now() + Duration::from_secs(PATIENCE_S);
        loop {
            let job = self.get(&format!("/jobs/{id}?wait=20")).expect(200).json();
            if is_end(&job) {
                return job;
            }
            assert!(Instant::now() < until, "the job does not end: {job}");
        }
    }

    /// Ids of the jobs that this client and its clones submitted.
    #[must_use]
    pub fn made(&self) -> Vec<String> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The request with the path of the base address in front.
    #[must_use]
    pub fn placed(&self, request: &Request) -> Request {
        let mut request = request.clone();
        request.target.insert_str(0, &self.prefix);
        request
    }

    fn note(&self, method: &str, answer: &Answer) {
        let location = answer.header("location").and_then(|path| path.rsplit_once("/jobs/"));
        if let ("POST", Some((_, id))) = (method, location) {
            self.made.lock().unwrap_or_else(PoisonError::into_inner).push(id.to_owned());
        }
    }
}

/// The id in a record.
#[must_use]
#[track_caller]
pub fn id_of(job: &Value) -> String {
    job["id"].as_str().unwrap_or_else(|| panic!("no id: {job}")).to_owned()
}

/// Whether a record is of a job that has ended.
#[must_use]
pub fn is_end(job: &Value) -> bool {
    matches!(job["state"].as_str(), Some("succeeded" | "failed" | "cancelled"))
}
