//! Servers that send raw bytes, a scripted network, and helpers for fetching.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::StreamExt;
use tally_jobs::failure::Failure;
use tally_jobs::ports::StreamError;
use tally_kernel::PublicUrl;
use tally_outbound::{Dialled, GuardPolicy, Network, Outbound, OutboundOptions};
use tally_wordcount::CountFailure;
use tally_wordcount::ports::{FetchLimits, Fetched, Fetcher, Unfetched};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A server that handles each connection as a test says. Dropping it closes its connections.
pub struct Server {
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    _serving: JoinSet<()>,
}

/// One connection of a [`Server`].
pub struct Peer {
    pub stream: TcpStream,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start<F, Fut>(serve: F) -> Self
    where
        F: Fn(Peer) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        Self::on("127.0.0.1:0", serve).await.unwrap()
    }

    pub async fn on<F, Fut>(at: &str, serve: F) -> io::Result<Self>
    where
        F: Fn(Peer) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(at).await?;
        let address = listener.local_addr()?;
        let connections = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (count, heard) = (Arc::clone(&connections), Arc::clone(&requests));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connected = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                connected.spawn(serve(Peer { stream, requests: Arc::clone(&heard) }));
            }
        });
        Ok(Self { address, connections, requests, _serving: serving })
    }

    /// Answers every request with the same bytes and keeps the connection open.
    pub async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = Arc::new(answer.into());
        Self::start(move |mut peer| {
            let answer = Arc::clone(&answer);
            async move { while peer.heard().await.is_some() && peer.say(&answer[..]).await {} }
        })
        .await
    }

    /// Answers the first request of each connection with these bytes and closes.
    pub async fn closing(answer: impl Into<Vec<u8>>) -> Self {
        let answer = Arc::new(answer.into());
        Self::start(move |mut peer| {
            let answer = Arc::clone(&answer);
            async move {
                peer.heard().await;
                peer.say(&answer[..]).await;
            }
        })
        .await
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Peer {
    /// Reads one request; `None` when the connection ends.
    pub async fn heard(&mut self) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        self.requests.lock().unwrap().push(head.clone());
        Some(head)
    }

    /// Sends bytes; false if the connection is closed.
    pub async fn say(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).await.is_ok()
    }

    /// Waits until the other side has closed.
    pub async fn until_closed(&mut self) {
        while matches!(self.stream.read(&mut [0; 1024]).await, Ok(n) if n > 0) {}
    }
}

/// A network with scripted names. Every dial connects to one real server.
#[derive(Default)]
pub struct Script {
    /// The successive answers of each name; the last one repeats.
    pub names: HashMap<String, Vec<Vec<IpAddr>>>,
    /// The real server. Without one, every dial fails.
    pub to: Option<SocketAddr>,
    /// A reported peer address other than the dialled one.
    pub impostor: Option<SocketAddr>,
    /// Names whose lookup never ends.
    pub silent: Vec<String>,
    /// Addresses that never answer.
    pub dead: Vec<IpAddr>,
    /// This machine's own addresses.
    pub own: Vec<IpAddr>,
    pub lookups: Mutex<Vec<String>>,
    pub dials: Mutex<Vec<SocketAddr>>,
}

impl Script {
    pub fn to(server: &Server) -> Self {
        Self { to: Some(server.address), ..Self::default() }
    }

    pub fn name(mut self, name: &str, answers: &[&[&str]]) -> Self {
        let parse = |answer: &&[&str]| answer.iter().map(|text| text.parse().unwrap()).collect();
        self.names.insert(name.to_owned(), answers.iter().map(parse).collect());
        self
    }

    pub fn dials(&self) -> Vec<String> {
        self.dials.lock().unwrap().iter().map(ToString::to_string).collect()
    }

    pub fn lookups(&self) -> Vec<String> {
        self.lookups.lock().unwrap().clone()
    }
}

#[async_trait]
impl Network for Script {
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        if self.silent.iter().any(|silent| silent == name) {
            std::future::pending::<()>().await;
        }
        let mut lookups = self.lookups.lock().unwrap();
        let before = lookups.iter().filter(|earlier| *earlier == name).count();
        lookups.push(name.to_owned());
        let answers = self.names.get(name).ok_or_else(|| io::Error::other("no such name"))?;
        Ok(answers[before.min(answers.len() - 1)].clone())
    }

    async fn dial(&self, to: SocketAddr) -> io::Result<Dialled> {
        self.dials.lock().unwrap().push(to);
        if self.dead.contains(&to.ip()) {
            std::future::pending::<()>().await;
        }
        let real = self.to.ok_or_else(|| io::Error::from(io::ErrorKind::ConnectionRefused))?;
        let stream = TcpStream::connect(real).await?;
        Ok(Dialled { stream, peer: self.impostor.unwrap_or(to) })
    }

    fn is_own(&self, address: IpAddr) -> bool {
        self.own.contains(&address)
    }
}

/// Options that allow 127.0.0.0/8 in addition to public addresses.
pub fn local() -> OutboundOptions {
    let policy = GuardPolicy { allow: vec!["127.0.0.0/8".parse().unwrap()], ..GuardPolicy::default() };
    OutboundOptions { policy, ..OutboundOptions::default() }
}

pub fn local_outbound() -> Outbound {
    Outbound::new(local()).unwrap()
}

pub fn url(text: &str) -> PublicUrl {
    PublicUrl::parse(text).unwrap()
}

/// Opens an address with the default limits.
pub async fn open(outbound: &Outbound, address: &str) -> Result<Fetched, Failure> {
    outbound.open(&url(address), &FetchLimits::default()).await.map_err(failure_of)
}

/// The failure of a fetch that nothing could defer.
pub fn failure_of(unfetched: Unfetched) -> Failure {
    match unfetched {
        Unfetched::Failed { failure, .. } => failure,
        Unfetched::Deferred(deferral) => panic!("nothing limits these fetches: {deferral:?}"),
    }
}

/// The whole document, or the failure of either its head or its body.
pub async fn fetch(outbound: &Outbound, address: &str) -> Result<Vec<u8>, Failure> {
    fetch_within(outbound, address, &FetchLimits::default()).await
}

pub async fn fetch_within(
    outbound: &Outbound,
    address: &str,
    limits: &FetchLimits,
) -> Result<Vec<u8>, Failure> {
    read(outbound.open(&url(address), limits).await.map_err(failure_of)?).await
}

/// The rest of a document. Every piece must have 1 to 65 536 bytes.
pub async fn read(mut fetched: Fetched) -> Result<Vec<u8>, Failure> {
    let mut all = Vec::new();
    while let Some(piece) = fetched.body.next().await {
        match piece {
            Ok(piece) => {
                assert!((1..=64 * 1024).contains(&piece.len()), "{} bytes in one piece", piece.len());
                all.extend_from_slice(&piece);
            }
            Err(StreamError::Failed(failure)) => {
                assert!(fetched.body.next().await.is_none(), "nothing follows a failure");
                return Err(failure);
            }
            Err(StreamError::Fault(fault)) => panic!("{fault}"),
        }
    }
    Ok(all)
}

/// The failure of a fetch that must fail.
pub async fn failure(outbound: &Outbound, address: &str) -> Failure {
    fetch(outbound, address).await.map(|body| body.len()).expect_err(address)
}

pub async fn kind(outbound: &Outbound, address: &str) -> CountFailure {
    CountFailure::of(&failure(outbound, address).await).unwrap()
}

/// A response with a length.
pub fn ok(body: impl AsRef<[u8]>) -> Vec<u8> {
    answer("200 OK", "", body)
}

/// A response with a length; `headers` are lines that end in CRLF.
pub fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut all =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    all.extend_from_slice(body);
    all
}
