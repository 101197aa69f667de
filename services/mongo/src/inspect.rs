//! Checks whether a database is fit for jobs, for `tally doctor`. Changes nothing and uses its own client.

use std::time::Duration;

use bson::{Document, doc};
use mongodb::error::Result as DriverResult;
use mongodb::{Client, Database};
use tally_kernel::{Clock, Timestamp};

use crate::codec::moment;
use crate::error::parse;
use crate::options::Options;
use crate::schema::{SETTINGS, durable};
use crate::startup::{client_of, database_of, reason};

/// The deployment type of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Topology {
    /// One server without a replica set.
    Standalone,
    ReplicaSet {
        /// The name of the set.
        name: String,
        /// Number of members.
        members: usize,
    },
    /// A sharded cluster.
    Sharded,
}

/// The result of [`inspect`].
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The server's version.
    pub version: String,
    /// The deployment type.
    pub topology: Topology,
    /// The server's clock and this process's clock, read at about the same moment.
    pub clocks: Option<(Timestamp, Timestamp)>,
    /// Whether a write reaches the journals of a majority, or why not.
    pub durable: Result<(), String>,
    /// Duration of that write.
    pub took: Duration,
}

/// Inspects the database of these options.
///
/// # Errors
/// The database cannot be reached or refuses the credentials. The text never holds credentials.
pub async fn inspect(options: &Options, clock: &dyn Clock) -> Result<Inspection, String> {
    let address = parse(&options.uri).map_err(|error| error.to_string())?;
    let client = client_of(&address, options).await.map_err(|error| reason(&error.kind).to_owned())?;
    look(&client, clock).await.map_err(|error| reason(&error.kind).to_owned())
}

async fn look(client: &Client, clock: &dyn Clock) -> DriverResult<Inspection> {
    let database = database_of(client);
    let build = database.run_command(doc! { "buildInfo": 1 }).await?;
    let hello = database.run_command(doc! { "hello": 1 }).await?;
    let now = clock.now();
    let durable = write_nothing(&database).await;
    Ok(Inspection {
        version: build.get_str("version").unwrap_or("unknown").to_owned(),
        topology: topology(&hello),
        clocks: hello.get_datetime("localTime").ok().map(|theirs| (moment(*theirs), now)),
        durable: durable.map(drop).map_err(|error| error.to_string()),
        took: clock.now().since(now),
    })
}

fn topology(hello: &Document) -> Topology {
    if hello.get_str("msg").is_ok_and(|said| said == "isdbgrid") {
        return Topology::Sharded;
    }
    match hello.get_str("setName") {
        Ok(name) => {
            let members = hello.get_array("hosts").map_or(1, Vec::len);
            Topology::ReplicaSet { name: name.to_owned(), members }
        }
        Err(_) => Topology::Standalone,
    }
}

/// A write that matches no document: it needs the write permission and the write concern, and changes nothing.
async fn write_nothing(database: &Database) -> DriverResult<()> {
    let settings = database.collection::<Document>(SETTINGS);
    let no_document = doc! { "_id": "no document has this id" };
    settings
        .update_one(no_document, doc! { "$set": { "seen": true } })
        .write_concern(durable())
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_topology_from_hello() {
        assert_eq!(topology(&doc! { "isWritablePrimary": true }), Topology::Standalone);
        assert_eq!(topology(&doc! { "msg": "isdbgrid" }), Topology::Sharded);
        let set = doc! { "setName": "rs0", "hosts": ["a:1", "b:1", "c:1"] };
        assert_eq!(topology(&set), Topology::ReplicaSet { name: "rs0".to_owned(), members: 3 });
    }
}
