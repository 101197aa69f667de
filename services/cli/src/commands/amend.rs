//! `tally cancel`, `tally retry`, `tally delete`: changes jobs.

use reqwest::Method;

use super::jobs;
use crate::client::{self, Body, Record, Server, ServerOption};
use crate::exit::Exit;
use crate::screen::{self, Format};
use crate::trouble::Trouble;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Cancel,
    Retry,
    Delete,
}

/// The jobs that are meant.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Ids of jobs
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,

    /// How results are written
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,

    #[command(flatten)]
    server: ServerOption,
}

pub(crate) fn run(order: Order, args: &Args) -> Result<Exit, Trouble> {
    let server = Server::new(&args.server)?;
    client::run(amend_all(order, args, &server), Vec::new)
}

/// One bad id does not keep the others from their change.
async fn amend_all(order: Order, args: &Args, server: &Server) -> Result<Exit, Trouble> {
    let mut changed = Vec::new();
    let mut exit = Exit::Ok;
    for id in &args.ids {
        match amend(order, id, server).await {
            Ok(Some(job)) => {
                jobs::show_next(&job, args.output)?;
                changed.push(job);
            }
            Ok(None) => screen::talk(format_args!("{id}  deleted")),
            Err(trouble) => {
                let trouble = trouble.about(id);
                screen::complain(&trouble);
                exit = trouble.exit();
            }
        }
    }
    match args.output {
        Format::Table | Format::Json if !changed.is_empty() => jobs::show(&changed, args.output)?,
        _ => {}
    }
    Ok(exit)
}

async fn amend(order: Order, id: &str, server: &Server) -> Result<Option<Record>, Trouble> {
    let id = jobs::segment(id)?;
    let (method, path) = match order {
        Order::Cancel => (Method::POST, format!("jobs/{id}/cancel")),
        Order::Retry => (Method::POST, format!("jobs/{id}/retry")),
        Order::Delete => (Method::DELETE, format!("jobs/{id}")),
    };
    let response = server.ask(method, server.url(&path), &[], Body::None).await?;
    let value = server.value(response).await?;
    Ok((!value.is_null()).then_some(Record(value)))
}
