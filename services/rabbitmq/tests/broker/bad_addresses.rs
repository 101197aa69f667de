//! Brokers that cannot be reached or refuse the credentials.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tally_jobs::ports::JobQueue;
use tally_kernel::FaultKind;
use tally_tests::services::rabbitmq::rabbitmq;
use tokio::time::Instant;

use crate::harness::{connect, eventually, options, ticket};

/// Everything that this program logs.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn logged() -> String {
    String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn keeps_trying_a_wrong_password_or_host_and_never_logs_the_password() {
    let _first = tracing_subscriber::fmt().with_ansi(false).with_writer(|| Log).try_init();
    let broker = rabbitmq().await;
    let (_, host) = broker.uri.split_once('@').unwrap();
    for uri in [
        format!("amqp://guest:s3cret-word@{host}"),
        "amqp://guest:s3cret-word@no-such-host.invalid:5672/%2f".to_owned(),
        "amqp://guest:s3cret-word@127.0.0.1:1/%2f".to_owned(),
        format!("amqp://guest:guest@{}/no-such-vhost", host.split('/').next().unwrap()),
    ] {
        let options = options();
        let queue = connect(&uri, &options);
        let began = Instant::now();
        assert_eq!(queue.publish(ticket(1)).await.unwrap_err().kind, FaultKind::Unavailable);
        assert!(began.elapsed() < Duration::from_millis(50), "{:?}", began.elapsed());
        assert!(queue.probe().probe().await.is_err());
        let (_, shown) = uri.split_once('@').unwrap();
        let shown = shown.replace("%2f", "/");
        let warned = |line: &str| line.contains("no connection to publish") && line.contains(&shown);
        eventually(|| logged().lines().any(warned)).await;
        assert!(queue.probe().probe().await.is_err());
    }
    assert!(!logged().contains("s3cret-word"), "{}", logged());
}
