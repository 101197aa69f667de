//! A TCP proxy that a test can hurt: it cuts, stalls, delays and refuses at a word.
//!
//! Stands between a client and a server of any protocol and knows none. What it does to one connection it does to all.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The most bytes that are passed on at once.
const PIECE: usize = 16 * 1024;

/// The proxy. Dropping it closes every connection and the port.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    mood: Arc<watch::Sender<Mood>>,
    count: watch::Receiver<usize>,
    _tasks: JoinSet<()>,
}

/// How connections are treated.
#[derive(Clone, Debug, Default)]
struct Mood {
    /// What clients say is not passed on; nothing is closed.
    deaf: bool,
    /// What the server says is not passed on.
    mute: bool,
    /// Once a client has said this, what the server says is not passed on.
    mute_after: Option<Vec<u8>>,
    /// New connections are closed at once.
    refusing: bool,
    /// Every piece waits so long before it is passed on.
    delay: Duration,
    /// How often all connections were cut.
    cuts: u64,
}

impl Proxy {
    /// A proxy before `target` (`host:port`), on a free port of 127.0.0.1. Passes everything on.
    ///
    /// Panics when no port can be had.
    pub async fn before(target: impl Into<String>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let mood = Arc::new(watch::Sender::new(Mood::default()));
        let (counter, count) = watch::channel(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, target.into(), Arc::clone(&mood), counter));
        Self { address, mood, count, _tasks: tasks }
    }

    /// Where clients connect.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Passes nothing on any more, in either direction, and closes nothing: a frozen server, a silent network. Bytes
    /// that arrive meanwhile are passed on after [`Proxy::heal`].
    pub fn stall(&self) {
        self.mood.send_modify(|mood| (mood.deaf, mood.mute) = (true, true));
    }

    /// Passes nothing on that clients say: requests are lost, for now, before the server sees them.
    pub fn deafen(&self) {
        self.mood.send_modify(|mood| mood.deaf = true);
    }

    /// Passes nothing on that the server says: requests are carried out, and their answers are lost, for now.
    pub fn mute(&self) {
        self.mood.send_modify(|mood| mood.mute = true);
    }

    /// From the moment on that a client says these bytes: passes them on, and nothing any more that the server says. So a
    /// request is carried out whose answer is lost, and those before it are answered.
    pub fn mute_after(&self, word: impl Into<Vec<u8>>) {
        self.mood.send_modify(|mood| mood.mute_after = Some(word.into()));
    }

    /// Every piece waits so long before it is passed on, in each direction. Pieces of one connection wait one after
    /// the other, so this bounds its throughput as well.
    pub fn delay(&self, delay: Duration) {
        self.mood.send_modify(|mood| mood.delay = delay);
    }

    /// Closes all present connections; new ones are served.
    pub fn cut(&self) {
        self.mood.send_modify(|mood| mood.cuts += 1);
    }

    /// Closes all present connections, and every new one at once, until [`Proxy::heal`].
    pub fn refuse(&self) {
        self.mood.send_modify(|mood| {
            mood.refusing = true;
            mood.cuts += 1;
        });
    }

    /// Passes everything on again, at once.
    pub fn heal(&self) {
        self.mood.send_modify(|mood| *mood = Mood { cuts: mood.cuts, ..Mood::default() });
    }

    /// How many connections there have been so far, refused ones not counted.
    #[must_use]
    pub fn connections(&self) -> usize {
        *self.count.borrow()
    }

    /// Waits until there have been so many connections.
    pub async fn connected(&self, connections: usize) {
        let mut count = self.count.clone();
        count.wait_for(|count| *count >= connections).await.expect("the proxy counts while it lives");
    }
}

async fn serve(
    listener: TcpListener,
    target: String,
    mood: Arc<watch::Sender<Mood>>,
    counter: watch::Sender<usize>,
) {
    let mut pairs = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        if mood.borrow().refusing {
            continue;
        }
        counter.send_modify(|count| *count += 1);
        let (target, mood) = (target.clone(), mood.clone());
        pairs.spawn(async move {
            // Either side may break off at any moment: that is what this is for.
            let _ = join(client, &target, mood).await;
        });
        while pairs.try_join_next().is_some() {}
    }
}

/// Passes bytes between the two until one side ends or all are cut; then both are closed.
async fn join(client: TcpStream, target: &str, shared: Arc<watch::Sender<Mood>>) -> io::Result<()> {
    let mut mood = shared.subscribe();
    let cuts = mood.borrow_and_update().cuts;
    let server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let hears = |said: &[u8]| {
        shared.send_if_modified(|mood| {
            let heard = mood
                .mute_after
                .as_ref()
                .is_some_and(|word| said.windows(word.len()).any(|part| part == word));
            mood.mute |= heard;
            heard
        });
    };
    let (there, back) = (mood.clone(), mood.clone());
    tokio::select! {
        passed = pass(from_client, to_server, there, |mood| !mood.deaf, hears) => passed,
        passed = pass(from_server, to_client, back, |mood| !mood.mute, |_| {}) => passed,
        _ = mood.wait_for(|mood| mood.cuts != cuts) => Ok(()),
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mood: watch::Receiver<Mood>,
    passes: fn(&Mood) -> bool,
    hears: impl Fn(&[u8]),
) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let length = from.read(&mut piece).await?;
        // The proxy is gone when this fails, and all connections with it.
        let delay = mood.wait_for(passes).await.map(|mood| mood.delay).map_err(io::Error::other)?;
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

    /// A server that sends back what it gets.
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
