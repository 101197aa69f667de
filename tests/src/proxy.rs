//! A TCP proxy for tests: it cuts, stalls, delays and refuses connections.
//!
//! It works between a client and a server of any protocol. A fault affects all connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The most bytes that are forwarded at once.
const PIECE: usize = 16 * 1024;

/// The proxy. Dropping it closes every connection and the port.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    mode: Arc<watch::Sender<ProxyMode>>,
    count: watch::Receiver<usize>,
    _tasks: JoinSet<()>,
}

/// How connections are treated.
#[derive(Clone, Debug, Default)]
struct ProxyMode {
    /// Bytes of clients are not forwarded; connections stay open.
    deaf: bool,
    /// Bytes of the server are not forwarded.
    mute: bool,
    /// Bytes of the server are not forwarded after a client has sent this.
    mute_after: Option<Vec<u8>>,
    /// New connections are closed at once.
    refusing: bool,
    /// How long each piece waits before it is forwarded.
    delay: Duration,
    /// How often all connections were cut.
    cuts: u64,
}

impl Proxy {
    /// A proxy for `target` (`host:port`), on a free port of 127.0.0.1. Forwards everything.
    ///
    /// Panics if there is no free port.
    pub async fn before(target: impl Into<String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let mode = Arc::new(watch::Sender::new(ProxyMode::default()));
        let (counter, count) = watch::channel(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, target.into(), Arc::clone(&mode), counter));
        Self { address, mode, count, _tasks: tasks }
    }

    /// Where clients connect.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Forwards nothing in either direction and keeps connections open, like a frozen server or a silent network.
    /// Bytes that arrive meanwhile are forwarded after [`Proxy::heal`].
    pub fn stall(&self) {
        self.mode.send_modify(|mode| (mode.deaf, mode.mute) = (true, true));
    }

    /// Forwards nothing from clients. Requests do not reach the server until [`Proxy::heal`].
    pub fn deafen(&self) {
        self.mode.send_modify(|mode| mode.deaf = true);
    }

    /// Forwards nothing from the server. Requests are processed, and their responses wait for [`Proxy::heal`].
    pub fn mute(&self) {
        self.mode.send_modify(|mode| mode.mute = true);
    }

    /// Forwards nothing from the server once a client has sent these bytes. Such a request is processed and its
    /// response is lost. Earlier requests get their responses.
    pub fn mute_after(&self, word: impl Into<Vec<u8>>) {
        self.mode.send_modify(|mode| mode.mute_after = Some(word.into()));
    }

    /// Delays each piece in each direction. Pieces of one connection wait one after the other, so this also limits
    /// its throughput.
    pub fn delay(&self, delay: Duration) {
        self.mode.send_modify(|mode| mode.delay = delay);
    }

    /// Closes all open connections. New ones are accepted.
    pub fn cut(&self) {
        self.mode.send_modify(|mode| mode.cuts += 1);
    }

    /// Closes all open connections, and every new one at once, until [`Proxy::heal`].
    pub fn refuse(&self) {
        self.mode.send_modify(|mode| {
            mode.refusing = true;
            mode.cuts += 1;
        });
    }

    /// Undoes all faults.
    pub fn heal(&self) {
        self.mode.send_modify(|mode| *mode = ProxyMode { cuts: mode.cuts, ..ProxyMode::default() });
    }

    /// The number of connections so far, without refused ones.
    #[must_use]
    pub fn connections(&self) -> usize {
        *self.count.borrow()
    }

    /// Waits for this number of connections.
    pub async fn connected(&self, connections: usize) {
        let mut count = self.count.clone();
        count.wait_for(|count| *count >= connections).await.expect("the proxy counts while it lives");
    }
}

async fn serve(
    listener: TcpListener,
    target: String,
    mode: Arc<watch::Sender<ProxyMode>>,
    counter: watch::Sender<usize>,
) {
    let mut pairs = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        if mode.borrow().refusing {
            continue;
        }
        counter.send_modify(|count| *count += 1);
        let (target, mode) = (target.clone(), mode.clone());
        pairs.spawn(async move {
            // Both sides may disconnect at any moment.
            let _ = join(client, &target, mode).await;
        });
        while pairs.try_join_next().is_some() {}
    }
}

/// Forwards bytes until one side ends or all connections are cut. Then closes both.
async fn join(client: TcpStream, target: &str, shared: Arc<watch::Sender<ProxyMode>>) -> io::Result<()> {
    let mut mode = shared.subscribe();
    let cuts = mode.borrow_and_update().cuts;
    let server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let hears = |said: &[u8]| {
        shared.send_if_modified(|mode| {
            let heard = mode
                .mute_after
                .as_ref()
                .is_some_and(|word| said.windows(word.len()).any(|part| part == word));
            mode.mute |= heard;
            heard
        });
    };
    let (there, back) = (mode.clone(), mode.clone());
    tokio::select! {
        passed = pass(from_client, to_server, there, |mode| !mode.deaf, hears) => passed,
        passed = pass(from_server, to_client, back, |mode| !mode.mute, |_| {}) => passed,
        _ = mode.wait_for(|mode| mode.cuts != cuts) => Ok(()),
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<ProxyMode>,
    passes: fn(&ProxyMode) -> bool,
    hears: impl Fn(&[u8]),
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        // This fails if the proxy was dropped, with all its connections.
        let delay = mode.wait_for(passes).await.map(|mode| mode.delay).map_err(io::Error::other)?;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if length == 0 {
            return to.shutdown().await;
        }
        hears(&piece[..length]);
        to.write_all(&piece[..length]).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that sends back what it receives.
    async fn echo(tasks: &mut JoinSet<()>) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tasks.spawn(async move {
            let mut pairs = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                pairs.spawn(async move {
                    let (mut from, mut to) = stream.into_split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    async fn said(stream: &mut TcpStream, word: &[u8]) -> io::Result<Vec<u8>> {
        stream.write_all(word).await?;
        let mut heard = vec![0; word.len()];
        stream.read_exact(&mut heard).await?;
        Ok(heard)
    }

    #[tokio::test]
    async fn it_passes_cuts_stalls_delays_and_refuses() {
        let mut tasks = JoinSet::new();
        let proxy = Proxy::before(echo(&mut tasks).await.to_string()).await;
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(said(&mut stream, b"one").await.unwrap(), b"one");
        assert_eq!(proxy.connections(), 1);

        proxy.stall();
        let silent = tokio::time::timeout(Duration::from_millis(100), said(&mut stream, b"two")).await;
        assert!(silent.is_err(), "nothing passes while it stalls");
        proxy.heal();
        let mut heard = [0; 3];
        stream.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"two", "it passes afterwards");
        for one_way in [Proxy::deafen, Proxy::mute] {
            one_way(&proxy);
            let silent = tokio::time::timeout(Duration::from_millis(50), said(&mut stream, b"two")).await;
            assert!(silent.is_err(), "an echo needs both ways");
            proxy.heal();
            stream.read_exact(&mut heard).await.unwrap();
        }

        proxy.mute_after(*b"three");
        assert_eq!(said(&mut stream, b"two").await.unwrap(), b"two", "not yet");
        let silent = tokio::time::timeout(Duration::from_millis(50), said(&mut stream, b"three")).await;
        assert!(silent.is_err(), "that was the word");
        proxy.heal();
        stream.read_exact(&mut [0; 5]).await.unwrap();

        proxy.delay(Duration::from_millis(50));
        let began = tokio::time::Instant::now();
        said(&mut stream, b"three").await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(100), "once in each direction");
        proxy.heal();

        proxy.cut();
        assert!(said(&mut stream, b"four").await.is_err(), "it was cut");
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(said(&mut stream, b"five").await.unwrap(), b"five");
        proxy.connected(2).await;

        proxy.refuse();
        assert!(said(&mut stream, b"six").await.is_err());
        let refused = TcpStream::connect(proxy.address()).await;
        assert!(match refused {
            Ok(mut stream) => said(&mut stream, b"seven").await.is_err(),
            Err(_) => true,
        });
    }
}
