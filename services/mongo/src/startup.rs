//! Prepares the database: checks the format of its jobs, creates the indexes and the shared secret, and retries until
//! all is done.
//!
//! A failure is logged as a warning once per reason; repeats are logged at debug level.

use std::sync::Arc;
use std::time::Duration;

use bson::spec::BinarySubtype;
use bson::{Binary, Document, doc};
use mongodb::error::{ErrorKind, Result as DriverResult};
use mongodb::options::{ClientOptions, ConnectionString};
use mongodb::{Client, Database};
use tally_jobs::key::KeySecret;
use tally_kernel::{Backoff, Ids};
use tokio::sync::watch;

use crate::codec::FormatError;
use crate::db_executor::DbExecutor;
use crate::format;
use crate::options::Options;
use crate::schema::{SECRET, SETTINGS, collections, durable};
use crate::sequence;

/// Backoff between attempts.
const PAUSES: Backoff = Backoff { base: Duration::from_millis(500), cap: Duration::from_secs(10) };
/// The default database name.
const DATABASE: &str = "tally";

/// The startup task.
pub struct Startup {
    /// The address of the database.
    pub address: ConnectionString,
    /// Address and limits.
    pub options: Options,
    /// Receives the database when it is ready.
    pub db: Arc<DbExecutor>,
    /// Receives the secret.
    pub secret: watch::Sender<Option<KeySecret>>,
    /// Random numbers for the backoff.
    pub ids: Arc<dyn Ids>,
}

impl Startup {
    /// Retries until the database is ready.
    pub async fn run(self) {
        let (mut client, mut failures, mut logged) = (None, 0, String::new());
        loop {
            match self.attempt(&mut client).await {
                Ok(Err(why)) => {
                    tracing::error!(cause = %why, "the database is refused");
                    self.db.refuse(why);
                    return;
                }
                Ok(Ok((database, secret))) => {
                    if failures > 0 {
                        tracing::info!(database = database.name(), "the database is ready");
                    }
                    self.secret.send_replace(Some(secret));
                    self.db.ready(database);
                    return;
                }
                Err(error) => {
                    failures += 1;
                    let reason = reason(&error.kind);
                    if reason != logged {
                        tracing::warn!(cause = %error, "{reason}; retrying");
                        logged = reason.to_owned();
                    } else {
                        tracing::debug!(cause = %error, failures, "{reason}");
                    }
                    tokio::time::sleep(PAUSES.pause(failures, self.ids.chance().max(0.2))).await;
                }
            }
        }
    }

    async fn attempt(
        &self,
        client: &mut Option<Client>,
    ) -> DriverResult<Result<(Database, KeySecret), FormatError>> {
        let client = match client {
            Some(client) => client,
            // For `mongodb+srv` this asks DNS for the servers, so it may fail and later succeed.
            None => client.insert(client_of(&self.address, &self.options).await?),
        };
        let database = database_of(client);
        if let Err(why) = format::check(&database).await? {
            return Ok(Err(why));
        }
        let secret = secret_of(&database, self.options.key_secret).await?;
        for collection in collections() {
            let indexes = doc! { "createIndexes": collection.name, "indexes": collection.indexes };
            database.run_command(indexes).await?;
        }
        Ok(Ok((database, secret)))
    }
}

/// The database of the address, or the default one.
pub fn database_of(client: &Client) -> Database {
    client.default_database().unwrap_or_else(|| client.database(DATABASE))
}

/// A client with our limits. Opens no connection yet.
pub async fn client_of(address: &ConnectionString, options: &Options) -> DriverResult<Client> {
    let mut driver = ClientOptions::parse(address.clone()).await?;
    driver.app_name.get_or_insert_with(|| "tally".to_owned());
    driver.server_selection_timeout = Some(options.server_timeout);
    driver.connect_timeout = Some(options.server_timeout);
    driver.max_pool_size = Some(options.max_in_flight.max(1));
    driver.write_concern = Some(durable());
    // Decisions need reads from the primary, whatever the address says.
    driver.selection_criteria = None;
    Client::with_options(driver)
}

/// The secret from which ids of keyed jobs are derived. The first process to come creates it.
async fn secret_of(database: &Database, given: Option<KeySecret>) -> DriverResult<KeySecret> {
    let settings = database.collection::<Document>(SETTINGS);
    let by_chance = || sequence::bytes::<32>().map_err(|error| std::io::Error::other(error.to_string()));
    let fresh = given.map_or_else(by_chance, |given| Ok(*given.as_bytes()))?;
    let fresh = Binary { subtype: BinarySubtype::Generic, bytes: fresh.to_vec() };
    let kept = doc! { "$setOnInsert": { "value": fresh } };
    let made = settings.update_one(doc! { "_id": SECRET }, kept).upsert(true).write_concern(durable()).await;
    match made {
        Ok(_) => {}
        // Another process created it at the same time.
        Err(error) if format::is_duplicate(&error.kind) => {}
        Err(error) => return Err(error),
    }
    let found = settings.find_one(doc! { "_id": SECRET }).await?;
    let value = found.as_ref().and_then(|found| found.get_binary_generic("value").ok());
    let secret = value.and_then(|value| <[u8; 32]>::try_from(value.as_slice()).ok());
    secret.map(KeySecret::new).ok_or_else(|| std::io::Error::other("the shared secret is damaged").into())
}

/// The short reason for the log. The driver's text is logged beside it.
pub fn reason(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Authentication { .. } => "the database refused the user name or password",
        ErrorKind::Command(answer) if answer.code == 13 => {
            "the database denies this user a required permission"
        }
        ErrorKind::ServerSelection { message, .. } if message.contains("Authentication failed") => {
            "the database refused the user name or password"
        }
        ErrorKind::ServerSelection { .. } | ErrorKind::Io(_) | ErrorKind::DnsResolve { .. } => {
            "the database cannot be reached"
        }
        _ => "the database cannot be prepared",
    }
}
