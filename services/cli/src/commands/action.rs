//! `tally cancel`, `tally retry`, `tally delete`: applies an action to jobs.

use reqwest::Method;
use tally_jobs::state::JobAction;

use super::jobs;
use crate::client::{self, ApiClient, Body, JobRecord, ServerOption};
use crate::command_error::CommandError;
use crate::exit::Exit;
use crate::screen::Format;

/// The options of the three commands.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ids of jobs
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,

    /// Format of the results
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,

    #[command(flatten)]
    server: ServerOption,
}

pub(crate) fn run(action: JobAction, args: &Args) -> Result<Exit, CommandError> {
    let server = ApiClient::new(&args.server)?;
    let apply = async |id: &str| apply(action, id, &server).await;
    client::run(jobs::each(&args.ids, args.output, apply), Vec::new)
}

/// The job; none when it was deleted.
async fn apply(action: JobAction, id: &str, server: &ApiClient) -> Result<Option<JobRecord>, CommandError> {
    let id = jobs::path_segment(id)?;
    let (method, path) = match action {
        JobAction::Cancel => (Method::POST, format!("jobs/{id}/cancel")),
        JobAction::Retry => (Method::POST, format!("jobs/{id}/retry")),
        JobAction::Delete => (Method::DELETE, format!("jobs/{id}")),
    };
    let response = server.send(method, server.url(&path), &[], Body::None).await?;
    let value = server.read_json(response).await?;
    Ok((!value.is_null()).then_some(JobRecord(value)))
}
