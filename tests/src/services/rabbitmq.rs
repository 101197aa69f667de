//! A RabbitMQ broker.
//!
//! Each test program starts one broker, which its tests share under different namespaces. A test that damages the
//! broker starts its own. A small shell waits until the pipe that only the test program holds is closed. So the
//! brokers stop with the test program, even after a crash.

mod container;
mod local;
pub mod wire;

pub use local::LocalBroker;

use std::hash::{BuildHasher, Hasher, RandomState};

use tokio::sync::OnceCell;

use super::Service;
use crate::program::environment;

/// Names the broker to test with. Its user needs the right to declare queues.
const ADDRESS: &str = "TALLY_TEST_AMQP_URL";

/// The broker of this test program.
///
/// Panics with all attempts if there is none.
pub async fn rabbitmq() -> Service {
    static SHARED: OnceCell<Service> = OnceCell::const_new();
    if let Some(uri) = environment(ADDRESS) {
        return Service { uri, keeper: Box::new(()) };
    }
    let shared = SHARED.get_or_init(start).await;
    Service { uri: shared.uri.clone(), keeper: Box::new(()) }
}

/// A unique namespace, so that tests can share a broker.
#[must_use]
pub fn namespace() -> String {
    // The random numbers of the standard library are good enough for a test.
    format!("test-{:016x}", RandomState::new().build_hasher().finish())
}

async fn start() -> Service {
    let no_container = match container::start().await {
        Ok(service) => return service,
        Err(reason) => reason,
    };
    match LocalBroker::start().await {
        Ok(broker) => Service { uri: broker.uri().to_owned(), keeper: Box::new(broker) },
        Err(reason) => panic!(
            "no RabbitMQ to test with. Tried: {ADDRESS} (not set); a container ({no_container}); \
             a broker that is installed here ({reason})"
        ),
    }
}
