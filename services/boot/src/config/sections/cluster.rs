//! Where the store and the broker of a cluster are.

/// Options of the cluster. Their environment variables have the names that these two are known by everywhere.
#[derive(Clone, Debug, clap::Args)]
pub struct Cluster {
    /// Where MongoDB is, as in mongodb://user:password@host:27017/tally
    #[arg(long, env = "MONGODB_URI", value_name = "URI", hide_env_values = true)]
    pub mongodb_uri: Option<String>,

    /// Where RabbitMQ is, as in amqp://user:password@host:5672/%2f
    #[arg(long, env = "AMQP_URL", value_name = "URL", hide_env_values = true)]
    pub amqp_url: Option<String>,

    /// Most jobs that may wait; beyond it submits are answered with 503
    #[arg(long, env = "TALLY_MAX_QUEUED_JOBS", value_name = "NUMBER", default_value_t = 1_000_000)]
    pub max_queued_jobs: u64,
}

/// Both addresses of a cluster, and its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses<'a> {
    /// Of the store.
    pub mongodb: &'a str,
    /// Of the broker.
    pub amqp: &'a str,
    /// The most jobs that may wait.
    pub max_queued_jobs: u64,
}

/// A cluster without one of its two addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HalfACluster {
    /// Only the broker is given.
    #[error("AMQP_URL is set and MONGODB_URI is not")]
    NoStore,
    /// Only the store is given.
    #[error("MONGODB_URI is set and AMQP_URL is not")]
    NoBroker,
    /// Neither is.
    #[error("neither MONGODB_URI nor AMQP_URL is set")]
    Neither,
}

impl Cluster {
    /// Both addresses.
    ///
    /// # Errors
    /// When one is missing, or both are; an empty one is missing.
    pub fn addresses(&self) -> Result<Addresses<'_>, HalfACluster> {
        let given = |one: &'_ Option<String>| one.as_deref().is_some_and(|text| !text.is_empty());
        match (&self.mongodb_uri, &self.amqp_url) {
            (Some(mongodb), Some(amqp)) if !mongodb.is_empty() && !amqp.is_empty() => {
                Ok(Addresses { mongodb, amqp, max_queued_jobs: self.max_queued_jobs })
            }
            (store, broker) => Err(match (given(store), given(broker)) {
                (true, _) => HalfACluster::NoBroker,
                (_, true) => HalfACluster::NoStore,
                _ => HalfACluster::Neither,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(mongodb: &str, amqp: &str) -> Cluster {
        Cluster { mongodb_uri: Some(mongodb.to_owned()), amqp_url: Some(amqp.to_owned()), max_queued_jobs: 7 }
    }

    #[test]
    fn one_without_the_other_is_told_by_both_names() {
        let both = cluster("mongodb://a/b", "amqp://c");
        assert_eq!(
            both.addresses(),
            Ok(Addresses { mongodb: "mongodb://a/b", amqp: "amqp://c", max_queued_jobs: 7 })
        );
        for (half, why) in [
            (cluster("mongodb://a", ""), HalfACluster::NoBroker),
            (cluster("", "amqp://c"), HalfACluster::NoStore),
            (Cluster { mongodb_uri: None, amqp_url: None, max_queued_jobs: 7 }, HalfACluster::Neither),
        ] {
            assert_eq!(half.addresses(), Err(why));
            assert!(why.to_string().contains("MONGODB_URI") && why.to_string().contains("AMQP_URL"));
        }
    }
}
