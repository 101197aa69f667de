//! Makes the database ready: its indexes, and the secret that all processes share. Tries until it is done.
//!
//! Quiet about it: a database that stays away is told once and again when the reason changes.

use std::sync::Arc;
use std::time::Duration;

use bson::spec::BinarySubtype;
use bson::{Binary, Document, doc};
use mongodb::error::{ErrorKind, Result as Driven};
use mongodb::options::{ClientOptions, ConnectionString};
use mongodb::{Client, Database};
use tally_jobs::key::KeySecret;
use tally_kernel::{Backoff, Ids};
use tokio::sync::watch;

use crate::calls::Calls;
use crate::numbers;
use crate::options::Options;
use crate::schema::{SETTINGS, collections, durable};

/// Pauses between tries.
const PAUSES: Backoff = Backoff { base: Duration::from_millis(500), cap: Duration::from_secs(10) };
/// The name of the database when the address has none.
const DATABASE: &str = "tally";
/// The setting that holds the secret.
const SECRET: &str = "key_secret";
/// The server's word for an id that exists.
const DUPLICATE_KEY: i32 = 11000;

/// What a start needs.
pub struct Start {
    /// Where the database is.
    pub address: ConnectionString,
    /// The bounds.
    pub options: Options,
    /// Told when it is ready.
    pub calls: Arc<Calls>,
    /// Told the secret.
    pub secret: watch::Sender<Option<KeySecret>>,
    /// Chance, for pauses.
    pub ids: Arc<dyn Ids>,
}

impl Start {
    /// Tries until the database is ready.
    pub async fn run(self) {
        let (mut client, mut failures, mut told) = (None, 0, String::new());
        loop {
            match self.attempt(&mut client).await {
                Ok((database, secret)) => {
                    if failures > 0 {
                        tracing::info!(database = database.name(), "the database is there and ready");
                    }
                    self.secret.send_replace(Some(secret));
                    self.calls.ready(database);
                    return;
                }
                Err(error) => {
                    failures += 1;
                    let reason = reason(&error.kind);
                    if reason != told {
                        tracing::warn!(cause = %error, "{reason}; trying until it is there");
                        told = reason.to_owned();
                    } else {
                        tracing::debug!(cause = %error, failures, "{reason}");
                    }
                    tokio::time::sleep(PAUSES.pause(failures, self.ids.chance().max(0.2))).await;
                }
            }
        }
    }

    async fn attempt(&self, client: &mut Option<Client>) -> Driven<(Database, KeySecret)> {
        let client = match client {
            Some(client) => client,
            // An address of kind `mongodb+srv` asks the name service for the servers, so this may fail and pass.
            None => client.insert(client_of(&self.address, &self.options).await?),
        };
        let database = database_of(client);
        let secret = secret_of(&database, self.options.key_secret).await?;
        for collection in collections() {
            let indexes = doc! { "createIndexes": collection.name, "indexes": collection.indexes };
            database.run_command(indexes).await?;
        }
        Ok((database, secret))
    }
}

/// The database that the address names, else the usual one.
pub fn database_of(client: &Client) -> Database {
    client.default_database().unwrap_or_else(|| client.database(DATABASE))
}

/// A client with our bounds. Makes no connection yet.
pub async fn client_of(address: &ConnectionString, options: &Options) -> Driven<Client> {
    let mut driver = ClientOptions::parse(address.clone()).await?;
    driver.app_name.get_or_insert_with(|| "tally".to_owned());
    driver.server_selection_timeout = Some(options.server_within);
    driver.connect_timeout = Some(options.server_within);
    driver.max_pool_size = Some(options.in_flight.max(1));
    driver.write_concern = Some(durable());
    // What is decided by is read where it is written, whatever the address says.
    driver.selection_criteria = None;
    Client::with_options(driver)
}

/// The secret that ids of keyed jobs are derived with: made once, by whoever comes first.
async fn secret_of(database: &Database, given: Option<KeySecret>) -> Driven<KeySecret> {
    let settings = database.collection::<Document>(SETTINGS);
    let by_chance = || numbers::bytes::<32>().map_err(|error| std::io::Error::other(error.to_string()));
    let fresh = given.map_or_else(by_chance, |given| Ok(*given.as_bytes()))?;
    let fresh = Binary { subtype: BinarySubtype::Generic, bytes: fresh.to_vec() };
    let kept = doc! { "$setOnInsert": { "value": fresh } };
    let made = settings.update_one(doc! { "_id": SECRET }, kept).upsert(true).write_concern(durable()).await;
    match made {
        Ok(_) => {}
        // Two came first at once.
        Err(error) if is_duplicate(&error.kind) => {}
        Err(error) => return Err(error),
    }
    let found = settings.find_one(doc! { "_id": SECRET }).await?;
    let value = found.as_ref().and_then(|found| found.get_binary_generic("value").ok());
    let secret = value.and_then(|value| <[u8; 32]>::try_from(value.as_slice()).ok());
    secret.map(KeySecret::new).ok_or_else(|| std::io::Error::other("the shared secret is damaged").into())
}

fn is_duplicate(kind: &ErrorKind) -> bool {
    use mongodb::error::WriteFailure;
    matches!(kind, ErrorKind::Write(WriteFailure::WriteError(error)) if error.code == DUPLICATE_KEY)
}

/// What the log says first; the driver's own words come beside it.
pub fn reason(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Authentication { .. } => "the database refuses our user name or password",
        ErrorKind::Command(answer) if answer.code == 13 => {
            "the database does not let this user do what is needed"
        }
        ErrorKind::ServerSelection { message, .. } if message.contains("Authentication failed") => {
            "the database refuses our user name or password"
        }
        ErrorKind::ServerSelection { .. } | ErrorKind::Io(_) | ErrorKind::DnsResolve { .. } => {
            "the database cannot be reached"
        }
        _ => "the database cannot be made ready",
    }
}
