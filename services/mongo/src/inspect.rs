//! A look at a database for somebody who asks whether it is fit for jobs. Changes nothing.
//!
//! Makes a client of its own; knows nothing of the ports.

use std::time::Duration;

use bson::{Document, doc};
use mongodb::error::Result as Driven;
use mongodb::{Client, Database};
use tally_kernel::{Clock, Timestamp};

use crate::codec::moment;
use crate::error::parse;
use crate::options::Options;
use crate::schema::{SETTINGS, durable};
use crate::start::{client_of, database_of, reason};

/// How the servers of a database stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// One server, in no set.
    Alone,
    /// A replica set.
    Set {
        /// Its name.
        name: String,
        /// How many members it has.
        members: usize,
    },
    /// A cluster of shards.
    Sharded,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The server's version.
    pub version: String,
    /// Who stands behind it.
    pub standing: Standing,
    /// The server's clock, and ours at the same moment, about.
    pub clocks: Option<(Timestamp, Timestamp)>,
    /// Whether a write reaches the journals of a majority; else why not.
    pub durable: Result<(), String>,
    /// How long the durable write took.
    pub took: Duration,
}

/// Looks at the database of these options. The error is a sentence without credentials.
///
/// # Errors
/// When it cannot be reached, or does not let us in.
pub async fn inspect(options: &Options, clock: &dyn Clock) -> Result<Inspection, String> {
    let address = parse(&options.uri).map_err(|error| error.to_string())?;
    let client = client_of(&address, options).await.map_err(|error| reason(&error.kind).to_owned())?;
    look(&client, clock).await.map_err(|error| reason(&error.kind).to_owned())
}

async fn look(client: &Client, clock: &dyn Clock) -> Driven<Inspection> {
    let database = database_of(client);
    let build = database.run_command(doc! { "buildInfo": 1 }).await?;
    let hello = database.run_command(doc! { "hello": 1 }).await?;
    let now = clock.now();
    let durable = write_nothing(&database).await;
    Ok(Inspection {
        version: build.get_str("version").unwrap_or("unknown").to_owned(),
        standing: standing(&hello),
        clocks: hello.get_datetime("localTime").ok().map(|theirs| (moment(*theirs), now)),
        durable: durable.map(drop).map_err(|error| error.to_string()),
        took: clock.now().since(now),
    })
}

fn standing(hello: &Document) -> Standing {
    if hello.get_str("msg").is_ok_and(|said| said == "isdbgrid") {
        return Standing::Sharded;
    }
    match hello.get_str("setName") {
        Ok(name) => {
            let members = hello.get_array("hosts").map_or(1, Vec::len);
            Standing::Set { name: name.to_owned(), members }
        }
        Err(_) => Standing::Alone,
    }
}

/// A write that finds no document: it asks for the right to write and for the promise, and leaves nothing.
async fn write_nothing(database: &Database) -> Driven<()> {
    let settings = database.collection::<Document>(SETTINGS);
    let nobody = doc! { "_id": "nobody has this name" };
    settings.update_one(nobody, doc! { "$set": { "seen": true } }).write_concern(durable()).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_how_it_stands() {
        assert_eq!(standing(&doc! { "isWritablePrimary": true }), Standing::Alone);
        assert_eq!(standing(&doc! { "msg": "isdbgrid" }), Standing::Sharded);
        let set = doc! { "setName": "rs0", "hosts": ["a:1", "b:1", "c:1"] };
        assert_eq!(standing(&set), Standing::Set { name: "rs0".to_owned(), members: 3 });
    }
}
