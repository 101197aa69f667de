//! Whether the store and the broker of a cluster are there, and fit for it.

use std::time::Duration;

use tally_boot::SystemClock;
use tally_boot::config::sections::{ClusterOptions, IncompleteClusterConfig};
use tally_mongo::Topology;
use tally_rabbitmq::{QueueFinding, RabbitOptions};

use super::{Finding, Health, SKEW};

/// The oldest versions that Tally is tested with.
const OLDEST_STORE: (u32, u32) = (7, 0);
const OLDEST_BROKER: (u32, u32) = (3, 10);
/// A durable write that takes longer bounds what every client waits for.
const SLOW_WRITE: Duration = Duration::from_millis(100);

/// What of the cluster was looked at, and whether one of the two cannot be reached.
pub(super) struct Looked {
    pub(super) findings: Vec<Finding>,
    pub(super) unreachable: bool,
}

/// Looks at both when both are given; one without the other is a finding.
pub(super) async fn look(cluster: &ClusterOptions) -> Looked {
    let addresses = match cluster.addresses() {
        Ok(addresses) => addresses,
        Err(IncompleteClusterConfig::Neither) => return Looked { findings: Vec::new(), unreachable: false },
        Err(half) => {
            let finding = Finding::new("cluster", Health::Bad, half.to_string());
            let finding = finding.advice("a cluster needs both; for one machine set neither");
            return Looked { findings: vec![finding], unreachable: false };
        }
    };
    let (store, broker) = tokio::join!(store(addresses.mongodb), broker(addresses.amqp));
    let unreachable = store.is_err() || broker.is_err();
    let one = |looked: Result<Vec<Finding>, Finding>| looked.unwrap_or_else(|finding| vec![finding]);
    Looked { findings: [one(store), one(broker)].concat(), unreachable }
}

async fn store(uri: &str) -> Result<Vec<Finding>, Finding> {
    let options = tally_mongo::Options::at(uri);
    let found = tally_mongo::inspect(&options, &SystemClock).await;
    let found = found.map_err(|why| {
        Finding::new("store", Health::Bad, why).advice("look at MONGODB_URI and at MongoDB's log")
    })?;
    let mut findings =
        vec![version("store", "MongoDB", Some(&found.version), OLDEST_STORE), topology(&found.topology)];
    findings.push(match &found.durable {
        Err(why) => Finding::new("journal", Health::Bad, format!("a write does not reach a majority: {why}"))
            .advice("submits are refused until it does; look at the members of the set"),
        Ok(()) => write(found.took),
    });
    if let Some((theirs, ours)) = found.clocks {
        findings.push(clock(ours.since(theirs).max(theirs.since(ours))));
    }
    Ok(findings)
}

fn topology(topology: &Topology) -> Finding {
    match topology {
        Topology::Sharded => Finding::new("set", Health::Ok, "a cluster of shards"),
        Topology::ReplicaSet { name, members: 1 } => Finding::new(
            "set",
            Health::Ok,
            format!("the replica set {name} has one member: its disk is the only copy"),
        ),
        Topology::ReplicaSet { name, members } => {
            Finding::new("set", Health::Ok, format!("the replica set {name} has {members} members"))
        }
        Topology::Standalone => Finding::new("set", Health::Warning, "the store is no replica set")
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
    let said = format!("the store's clock is {} s away from this machine's", apart.as_secs());
    Finding::new("clock", Health::Warning, said).advice("let both follow a time server")
}

async fn broker(uri: &str) -> Result<Vec<Finding>, Finding> {
    let found = tally_rabbitmq::inspect(uri, &RabbitOptions::default()).await;
    let found = found.map_err(|why| {
        Finding::new("broker", Health::Bad, why).advice("look at AMQP_URL and at RabbitMQ's log")
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
                let said = format!("{messages} messages that are no tickets lie in {name}");
                findings.push(
                    Finding::new("parked", Health::Warning, said)
                        .advice("look at them, then purge that queue"),
                );
            }
            // One lies there for ever: what the broker was asked with.
            QueueFinding::Fit(_) if name.ends_with(".probe") => {}
            QueueFinding::Fit(messages) => waiting += messages,
            QueueFinding::Absent => absent += 1,
            QueueFinding::Mismatch(why) => {
                let said = format!("{name} is declared otherwise than Tally declares it ({why})");
                findings.push(Finding::new("queues", Health::Bad, said).advice(
                    "delete it: its tickets are offered again from the store, within a minute or two",
                ));
            }
        }
    }
    let fit = queues.len() - absent;
    if findings.iter().all(|finding| finding.check != "queues") {
        let said = match absent {
            0 => format!("all {fit} are there and durable, messages of tickets that wait: {waiting}"),
            _ => format!(
                "{absent} of {} are not there yet; the first process to connect makes them",
                queues.len()
            ),
        };
        findings.insert(0, Finding::new("queues", Health::Ok, said));
    }
    findings
}

/// Judges a version such as `8.0.4` or `3.10.8-rc.1`.
fn version(check: &'static str, product: &str, version: Option<&str>, oldest: (u32, u32)) -> Finding {
    let Some(version) = version else {
        return Finding::new(check, Health::Ok, format!("{product} answers; its version is not told"));
    };
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let given = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if given >= oldest {
        return Finding::new(check, Health::Ok, format!("{product} {version}"));
    }
    let said = format!("{product} {version} is older than any that Tally is tested with");
    Finding::new(check, Health::Warning, said)
        .advice(format!("take {product} {}.{} or later", oldest.0, oldest.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions_are_told() {
        let health = |text| version("store", "MongoDB", Some(text), OLDEST_STORE).health;
        assert_eq!(
            [health("8.0.4"), health("7.0.0-rc1"), health("6.0.9")],
            [Health::Ok, Health::Ok, Health::Warning]
        );
    }

    #[test]
    fn a_queue_that_is_declared_otherwise_is_bad_and_a_missing_one_is_not() {
        let judged = |found: QueueFinding| queues(&[("tally.jobs.high".to_owned(), found)])[0].health;
        assert_eq!(judged(QueueFinding::Absent), Health::Ok);
        assert_eq!(judged(QueueFinding::Fit(3)), Health::Ok);
        assert_eq!(judged(QueueFinding::Mismatch("inequivalent arg".to_owned())), Health::Bad);
        let parked = queues(&[("tally.jobs.parked".to_owned(), QueueFinding::Fit(1))]);
        assert_eq!(parked[1].health, Health::Warning, "{parked:?}");
    }

    #[test]
    fn what_waits_are_tickets_and_not_the_question_that_the_broker_is_asked() {
        let found = [("high", 3), ("low", 4), ("probe", 1)];
        let found = found.map(|(name, messages)| (format!("tally.jobs.{name}"), QueueFinding::Fit(messages)));
        assert_eq!(queues(&found)[0].found, "all 3 are there and durable, messages of tickets that wait: 7");
    }
}
