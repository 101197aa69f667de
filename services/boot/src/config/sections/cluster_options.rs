//! The addresses of a cluster's store and broker.

/// Options of the cluster. The environment variables of the addresses have the names that are common elsewhere.
#[derive(Clone, Debug, clap::Args)]
pub struct ClusterOptions {
    /// Address of MongoDB, as in mongodb://user:password@host:27017/tally
    #[arg(long, env = "MONGODB_URI", value_name = "URI", hide_env_values = true)]
    pub mongodb_uri: Option<String>,

    /// Address of RabbitMQ, as in amqp://user:password@host:5672/%2f
    #[arg(long, env = "AMQP_URL", value_name = "URL", hide_env_values = true)]
    pub amqp_url: Option<String>,

    /// Maximum number of waiting jobs; beyond it a submit is answered with 503
    #[arg(long, env = "TALLY_MAX_QUEUED_JOBS", value_name = "NUMBER", default_value_t = 1_000_000)]
    pub max_queued_jobs: u64,
}

/// Both addresses of a cluster, and its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterAddresses<'a> {
    /// The store.
    pub mongodb: &'a str,
    /// The broker.
    pub amqp: &'a str,
    /// The maximum number of waiting jobs.
    pub max_queued_jobs: u64,
}

/// An address of the cluster is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IncompleteClusterConfig {
    /// The address of the store.
    #[error("AMQP_URL is set and MONGODB_URI is not")]
    NoStore,
    /// The address of the broker.
    #[error("MONGODB_URI is set and AMQP_URL is not")]
    NoBroker,
    /// Both.
    #[error("neither MONGODB_URI nor AMQP_URL is set")]
    Neither,
}

impl ClusterOptions {
    /// Both addresses.
    ///
    /// # Errors
    /// An address is missing or empty.
    pub fn addresses(&self) -> Result<ClusterAddresses<'_>, IncompleteClusterConfig> {
        let is_given = |address: &Option<String>| address.as_deref().is_some_and(|text| !text.is_empty());
        match (&self.mongodb_uri, &self.amqp_url) {
            (Some(mongodb), Some(amqp)) if !mongodb.is_empty() && !amqp.is_empty() => {
                Ok(ClusterAddresses { mongodb, amqp, max_queued_jobs: self.max_queued_jobs })
            }
            (store, broker) => Err(match (is_given(store), is_given(broker)) {
                (true, _) => IncompleteClusterConfig::NoBroker,
                (_, true) => IncompleteClusterConfig::NoStore,
                _ => IncompleteClusterConfig::Neither,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(mongodb: &str, amqp: &str) -> ClusterOptions {
        ClusterOptions {
            mongodb_uri: Some(mongodb.to_owned()),
            amqp_url: Some(amqp.to_owned()),
            max_queued_jobs: 7,
        }
    }

    #[test]
    fn an_error_names_both_variables() {
        let both = cluster("mongodb://a/b", "amqp://c");
        assert_eq!(
            both.addresses(),
            Ok(ClusterAddresses { mongodb: "mongodb://a/b", amqp: "amqp://c", max_queued_jobs: 7 })
        );
        for (half, why) in [
            (cluster("mongodb://a", ""), IncompleteClusterConfig::NoBroker),
            (cluster("", "amqp://c"), IncompleteClusterConfig::NoStore),
            (
                ClusterOptions { mongodb_uri: None, amqp_url: None, max_queued_jobs: 7 },
                IncompleteClusterConfig::Neither,
            ),
        ] {
            assert_eq!(half.addresses(), Err(why));
            assert!(why.to_string().contains("MONGODB_URI") && why.to_string().contains("AMQP_URL"));
        }
    }
}
