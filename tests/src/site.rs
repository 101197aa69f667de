//! A local web site for the server to fetch from: pages, and the errors of real sites.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::{PATIENCE_S, program};

/// One request to the site.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The path with its query.
    pub path: String,
    /// The header fields, with names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Hit {
    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Answers requests for a path. The number counts earlier requests for it.
type Script = dyn Fn(usize, &mut TcpStream) -> io::Result<()> + Send + Sync;

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    pages: HashMap<String, Arc<Script>>,
    hits: Vec<Hit>,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running site. It stops with the test.
pub struct Site {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Default for Site {
    fn default() -> Self {
        Self::start()
    }
}

impl Site {
    /// A site without pages, on a free port of the address at which the server under test reaches this machine.
    #[must_use]
    pub fn start() -> Self {
        Self::on(&program::host())
    }

    /// A site that only servers on this machine reach.
    #[must_use]
    pub fn local() -> Self {
        Self::on(program::LOOPBACK)
    }

    fn on(host: &str) -> Self {
        let listener = TcpListener::bind((host, 0)).expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::<Shared>::default();
        let ours = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ours.lock().closed {
                    return;
                }
                let shared = Arc::clone(&ours);
                // A client may disconnect early.
                std::thread::spawn(move || stream.and_then(|stream| serve(stream, &shared)));
            }
        });
        Self { address, shared }
    }

    /// Its host and port, as in addresses.
    #[must_use]
    pub fn host(&self) -> String {
        self.address.ip().to_string()
    }

    /// The address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers a path with a script that writes the whole response, head included. Then the connection closes.
    pub fn script(
        &self,
        path: &str,
        script: impl Fn(usize, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) {
        self.shared.lock().pages.insert(path.to_owned(), Arc::new(script));
    }

    /// Answers a path with these bytes.
    pub fn answer(&self, path: &str, status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) {
        let bytes = whole(status, headers, &body.into());
        self.script(path, move |_, stream| stream.write_all(&bytes));
    }

    /// A page of text.
    pub fn page(&self, path: &str, text: &str) {
        self.answer(path, 200, &[("Content-Type", "text/plain; charset=utf-8")], text);
    }

    /// A redirect.
    pub fn redirect(&self, path: &str, status: u16, location: &str) {
        self.answer(path, status, &[("Location", location)], "");
    }

    /// A page that sends its start at once, and `rest` when the gate opens.
    pub fn gated(&self, path: &str, begin: &str, rest: &str) -> Gate {
        let gate = Gate::default();
        let (ours, begin, rest) = (gate.clone(), begin.to_owned(), rest.to_owned());
        let length = begin.len() + rest.len();
        self.script(path, move |_, stream| {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n{begin}"
            );
            stream.write_all(head.as_bytes())?;
            ours.pass();
            stream.write_all(rest.as_bytes())
        });
        gate
    }

    /// Waits until a path has had this many requests.
    #[track_caller]
    pub fn await_hits(&self, path: &str, count: usize) {
        let until = Instant::now() + Duration::from_secs(PATIENCE_S);
        let mut state = self.shared.lock();
        while state.hits.iter().filter(|hit| hit.path == path).count() < count {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{path} was not asked for {count} times: {:?}", state.hits);
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The requests for a path so far.
    #[must_use]
    pub fn hits(&self, path: &str) -> Vec<Hit> {
        self.shared.lock().hits.iter().filter(|hit| hit.path == path).cloned().collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        // Wakes the listener, which then sees that the site has stopped.
        let _refused = TcpStream::connect(self.address);
    }
}

/// A barrier that scripts wait for.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    /// Opens it for all, from now on.
    pub fn open(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Waits until it is open, within a test's time limit.
    pub fn pass(&self) {
        let open = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = Duration::from_secs(2 * PATIENCE_S);
        let _seen = self.0.1.wait_timeout_while(open, patience, |open| !*open);
    }
}

/// The bytes of a response.
#[must_use]
pub fn whole(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Whatever\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "Connection: close\r\n\r\n";
    [head.as_bytes(), body].concat()
}

fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let patience = Some(Duration::from_secs(2 * PATIENCE_S));
    stream.set_read_timeout(patience)?;
    stream.set_write_timeout(patience)?;
    let Some(hit) = read_hit(&stream)? else { return Ok(()) };
    let (script, visit) = {
        let mut state = shared.lock();
        let visit = state.hits.iter().filter(|earlier| earlier.path == hit.path).count();
        let script = state.pages.get(&hit.path).cloned();
        state.hits.push(hit);
        shared.changed.notify_all();
        (script, visit)
    };
    match script {
        Some(script) => script(visit, &mut stream),
        None => stream.write_all(&whole(404, &[("Content-Type", "text/plain")], b"no such page")),
    }
}

fn read_hit(stream: &TcpStream) -> io::Result<Option<Hit>> {
    let mut lines = BufReader::new(stream).lines();
    let Some(first) = lines.next().transpose()? else { return Ok(None) };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    Ok(Some(Hit { path, headers }))
}
