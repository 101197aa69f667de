//! Checks the store and the broker of a cluster.

use std::time::Duration;

use tally_boot::SystemClock;
use tally_boot::config::sections::{ClusterOptions, IncompleteClusterConfig};
use tally_mongo::Topology;
use tally_rabbitmq::{QueueFinding, RabbitOptions};

use super::{Finding, Health, SKEW};

/// The oldest versions that Tally is tested with.
const OLDEST_STORE: (u32, u32) = (7, 0);
const OLDEST_BROKER: (u32, u32) = (3, 10);
/// A slower durable write delays every submit.
const SLOW_WRITE: Duration = Duration::from_millis(100);

/// The findings, and whether one of the two cannot be reached.
pub(super) struct ClusterReport {
    pub(super) findings: Vec<Finding>,
    pub(super) unreachable: bool,
}

/// Checks both if both addresses are set. One without the other is a finding.
pub(super) async fn check(cluster: &ClusterOptions) -> ClusterReport {
    let addresses = match cluster.addresses() {
        Ok(addresses) => addresses,
        Err(IncompleteClusterConfig::Neither) => {
            return ClusterReport { findings: Vec::new(), unreachable: false };
        }
        Err(incomplete) => {
            let finding = Finding::new("cluster", Health::Bad, incomplete.to_string());
            let finding = finding.advice("a cluster needs both; for one machine set neither");
            return ClusterReport { findings: vec![finding], unreachable: false };
        }
    };
    let (store, broker) = tokio::join!(store(addresses.mongodb), broker(addresses.amqp));
    let unreachable = store.is_err() || broker.is_err();
    let one = |result: Result<Vec<Finding>, Finding>| result.unwrap_or_else(|finding| vec![finding]);
    ClusterReport { findings: [one(store), one(broker)].concat(), unreachable }
}

async fn store(uri: &str) -> Result<Vec<Finding>, Finding> {
    let options = tally_mongo::Options::at(uri);
    let found = tally_mongo::inspect(&options, &SystemClock).await;
    let found = found.map_err(|why| {
        Finding::new("store", Health::Bad, why).advice("check MONGODB_URI and MongoDB's log")
    })?;
    let mut findings =
        vec![version("store", "MongoDB", Some(&found.version), OLDEST_STORE), topology(&found.topology)];
    findings.push(match &found.durable {
        Err(why) => Finding::new("journal", Health::Bad, format!("a write does not reach a majority: {why}"))
            .advice("submits are refused until it does; check the members of the set"),
        Ok(()) => write(found.took),
    });
    if let Some((theirs, ours)) = found.clocks {
        findings.push(clock(ours.since(theirs).max(theirs.since(ours))));
    }
    Ok(findings)
}

fn topology(topology: &Topology) -> Finding {
    match topology {
        Topology::Sharded => Finding::new("set", Health::Ok, "a sharded cluster"),
        Topology::ReplicaSet { name, members: 1 } => Finding::new(
            "set",
            Health::Ok,
            format!("the replica set {name} has one member: its disk is the only copy"),
        ),
        Topology::ReplicaSet { name, members } => {
            Finding::new("set", Health::Ok, format!("the replica set {name} has {members} members"))
        }
        Topology::Standalone => Finding::new("set", Health::Warning, "the store is not a replica set")
            .advice("start MongoDB with --replSet, also for one server: retries after a lost answer need it"),
    }
}

fn write(took: Duration) -> Finding {
    let found = format!("a write is in the journals of a majority after {} ms", took.as_millis());
    if took <= SLOW_WRITE {
        return Finding::new("journal", Health::Ok, found);
    }
    Finding::new("journal", Health::Warning, found)
        .advice("every submit waits for this; give the store a faster disk")
}

fn clock(apart: Duration) -> Finding {
    if apart <= SKEW {
        return Finding::new("clock", Health::Ok, "the store's clock agrees with this machine's");
    }
    let message = format!("the store's clock is {} s away from this machine's", apart.as_secs());
    Finding::new("clock", Health::Warning, message).advice("let both follow a time server")
}

async fn broker(uri: &str) -> Result<Vec<Finding>, Finding> {
    let found = tally_rabbitmq::inspect(uri, &RabbitOptions::default()).await;
    let found = found.map_err(|why| {
        Finding::new("broker", Health::Bad, why).advice("check AMQP_URL and RabbitMQ's log")
    })?;
    let mut findings = vec![version("broker", "RabbitMQ", found.version.as_deref(), OLDEST_BROKER)];
    findings.extend(queues(&found.queues));
    Ok(findings)
}

fn queues(queues: &[(String, QueueFinding)]) -> Vec<Finding> {
    let (mut findings, mut waiting, mut absent) = (Vec::new(), 0, 0);
    for (name, found) in queues {
        match found {
            QueueFinding::Fit(messages) if name.ends_with(".parked") && *messages > 0 => {
                let message = format!("{messages} messages in {name} are not tickets");
                findings.push(
                    Finding::new("parked", Health::Warning, message)
                        .advice("inspect them, then purge the queue"),
                );
            }
            // The probe's own message stays in its queue.
            QueueFinding::Fit(_) if name.ends_with(".probe") => {}
            QueueFinding::Fit(messages) => waiting += messages,
            QueueFinding::Absent => absent += 1,
            QueueFinding::Mismatch(why) => {
                let message = format!("the declaration of {name} differs from Tally's ({why})");
                findings.push(Finding::new("queues", Health::Bad, message).advice(
                    "delete it: its tickets are published again from the store, within a minute or two",
                ));
            }
        }
    }
    let fit = queues.len() - absent;
    if findings.iter().all(|finding| finding.check != "queues") {
        let message = match absent {
            0 => format!("all {fit} exist and are durable; messages with tickets waiting: {waiting}"),
            _ => format!(
                "{absent} of {} do not exist yet; the first process to connect declares them",
                queues.len()
            ),
        };
        findings.insert(0, Finding::new("queues", Health::Ok, message));
    }
    findings
}

/// Checks a version such as `8.0.4` or `3.10.8-rc.1`.
fn version(check: &'static str, product: &str, version: Option<&str>, oldest: (u32, u32)) -> Finding {
    let Some(version) = version else {
        return Finding::new(check, Health::Ok, format!("{product} answers; its version is unknown"));
    };
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let given = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if given >= oldest {
        return Finding::new(check, Health::Ok, format!("{product} {version}"));
    }
    let message = format!("{product} {version} is older than any that Tally is tested with");
    Finding::new(check, Health::Warning, message)
        .advice(format!("use {product} {}.{} or later", oldest.0, oldest.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warns_about_old_versions() {
        let health = |text| version("store", "MongoDB", Some(text), OLDEST_STORE).health;
        assert_eq!(
            [health("8.0.4"), health("7.0.0-rc1"), health("6.0.9")],
            [Health::Ok, Health::Ok, Health::Warning]
        );
    }

    #[test]
    fn a_queue_with_another_declaration_is_bad_and_a_missing_one_is_not() {
        let health = |found: QueueFinding| queues(&[("tally.jobs.high".to_owned(), found)])[0].health;
        assert_eq!(health(QueueFinding::Absent), Health::Ok);
        assert_eq!(health(QueueFinding::Fit(3)), Health::Ok);
        assert_eq!(health(QueueFinding::Mismatch("inequivalent arg".to_owned())), Health::Bad);
        let parked = queues(&[("tally.jobs.parked".to_owned(), QueueFinding::Fit(1))]);
        assert_eq!(parked[1].health, Health::Warning, "{parked:?}");
    }

    #[test]
    fn the_probes_message_is_not_counted_as_waiting() {
        let found = [("high", 3), ("low", 4), ("probe", 1)];
        let found = found.map(|(name, messages)| (format!("tally.jobs.{name}"), QueueFinding::Fit(messages)));
        assert_eq!(queues(&found)[0].found, "all 3 exist and are durable; messages with tickets waiting: 7");
    }
}
