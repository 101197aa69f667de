//! A RabbitMQ broker.
//!
//! One for each test program, shared by its tests, which keep apart by namespaces; a test that hurts the broker itself
//! starts one of its own. Whatever happens to the test program, its brokers end with it: a small shell waits for the
//! end of a pipe that only the program holds.

mod container;
mod local;
pub mod wire;

pub use local::LocalBroker;

use std::hash::{BuildHasher, Hasher, RandomState};

use tokio::sync::OnceCell;

use super::Service;
use crate::program::environment;

/// Names the broker to test with; its user must be allowed to declare queues.
const ADDRESS: &str = "TALLY_TEST_AMQP_URL";

/// The broker of this test program.
///
/// Panics when none can be had, saying what was tried.
pub async fn rabbitmq() -> Service {
    static SHARED: OnceCell<Service> = OnceCell::const_new();
    if let Some(uri) = environment(ADDRESS) {
        return Service { uri, keeper: Box::new(()) };
    }
    let shared = SHARED.get_or_init(start).await;
    Service { uri: shared.uri.clone(), keeper: Box::new(()) }
}

/// A namespace that nobody else uses, so that tests may share a broker.
#[must_use]
pub fn namespace() -> String {
    // The standard library's own source of chance; a test needs no better.
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
