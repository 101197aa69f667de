//! A broker in a container.

use std::process::{Command, Stdio};
use std::time::Duration;

use testcontainers_modules::rabbitmq::RabbitMq;
use testcontainers_modules::testcontainers::ImageExt;
use testcontainers_modules::testcontainers::core::{IntoContainerPort, WaitFor};
use testcontainers_modules::testcontainers::runners::AsyncRunner;

use crate::services::Service;

/// The same image as in the compose files.
const TAG: &str = "4-management";
/// Time limit for a start, with the image pull.
const START: Duration = Duration::from_secs(180);

/// Starts a container. An error says what failed.
pub async fn start() -> Result<Service, String> {
    let image = RabbitMq::default().with_tag(TAG);
    let image = image.with_ready_conditions(vec![WaitFor::message_on_stdout("Server startup complete")]);
    let started = image.with_startup_timeout(START).start().await;
    let container = started.map_err(|error| format!("rabbitmq:{TAG}: {error}"))?;
    let host = container.get_host().await.map_err(|error| error.to_string())?;
    let port = container.get_host_port_ipv4(5672.tcp()).await.map_err(|error| error.to_string())?;
    let guard = Command::new("sh")
        .args(["-c", "read -r _; docker rm -f -v \"$0\"", container.id()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("no shell: {error}"))?;
    Ok(Service { uri: format!("amqp://guest:guest@{host}:{port}/%2f"), keeper: Box::new((container, guard)) })
}
