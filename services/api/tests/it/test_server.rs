//! The API behind a real socket, and a client that writes and reads bytes.

use std::net::SocketAddr;
use std::time::Duration;

use tally_api::{ApiOptions, Drained, Router, ServerOptions, listen, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::test_api::TestApi;

/// Longer than any limit of the server. Tests run in paused time, where it costs nothing.
const AN_HOUR: Duration = Duration::from_secs(3_600);

pub struct TestServer {
    pub api: TestApi,
    pub address: SocketAddr,
    pub shutdown: CancellationToken,
    pub serving: JoinHandle<Drained>,
}

impl TestServer {
    pub fn start() -> Self {
        Self::with(ServerOptions::default())
    }

    pub fn with(options: ServerOptions) -> Self {
        let api = TestApi::new();
        let router = api.router.clone();
        Self::of(api, router, options)
    }

    pub fn with_api(options: ApiOptions) -> Self {
        let api = TestApi::with(options);
        let router = api.router.clone();
        Self::of(api, router, ServerOptions::default())
    }

    /// Serves these routes instead of the API's.
    pub fn of_routes(router: Router) -> Self {
        Self::of(TestApi::new(), router, ServerOptions::default())
    }

    fn of(api: TestApi, router: Router, options: ServerOptions) -> Self {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = api.draining.clone();
        let serving = api.tasks.spawn(serve(listener, router, options, shutdown.clone()));
        Self { api, address, shutdown, serving }
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Connects, and sends `bytes`.
    pub async fn send(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        stream
    }

    /// A connection that holds little of what it has not read.
    pub async fn connect_narrow(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(64 << 10).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    /// Sends bytes, and reads until the server closes.
    pub async fn exchange(&self, bytes: &[u8]) -> String {
        read_to_close(&mut self.send(bytes).await).await
    }

    pub async fn stop(self) -> Drained {
        self.shutdown.cancel();
        self.serving.await.unwrap()
    }
}

/// Reads until the server closes.
pub async fn read_to_close(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    timeout(AN_HOUR, stream.read_to_end(&mut all)).await.unwrap().unwrap();
    String::from_utf8_lossy(&all).into_owned()
}

/// Reads the head of one answer.
pub async fn read_head(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    while !all.ends_with(b"\r\n\r\n") {
        all.push(timeout(AN_HOUR, stream.read_u8()).await.unwrap().unwrap());
    }
    String::from_utf8(all).unwrap()
}

/// Reads one answer that has a `Content-Length`.
pub async fn read_answer(stream: &mut TcpStream) -> String {
    let head = read_head(stream).await;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    timeout(AN_HOUR, stream.read_exact(&mut body)).await.unwrap().unwrap();
    head + &String::from_utf8_lossy(&body)
}
