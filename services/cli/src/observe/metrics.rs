//! The metrics: their names, and the events that change them.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};
use tally_api::AnsweredRequest;
use tally_jobs::events::Event;
use tally_jobs::ports::Census;
use tally_jobs::record::Job;
use tally_kernel::Timestamp;

use super::cluster_metrics::ClusterMetrics;
use super::labels::{self, EndLabels, OneLabel, RequestLabels};

/// Histogram buckets in seconds: from a text in memory to a slow page.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0];

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

fn register<M: Metric + Clone + Default>(to: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    to.register(name, help, metric.clone());
    metric
}

fn seconds<M: Metric + Clone>(to: &mut Registry, name: &str, help: &str, metric: M) -> M {
    to.register_with_unit(name, help, Unit::Seconds, metric.clone());
    metric
}

pub(super) struct Metrics {
    registry: Registry,
    admitted: Counter,
    replayed: Counter,
    refused: Family<OneLabel, Counter>,
    not_published: Counter,
    relayed: Counter,
    attempts: Counter,
    reclaimed: Counter,
    retried: Family<OneLabel, Counter>,
    ended: Family<EndLabels, Counter>,
    wait: Histogram,
    run: Histogram,
    fenced: Counter,
    released: Counter,
    deferred: Family<OneLabel, Counter>,
    circuits_opened: Counter,
    actions: Family<OneLabel, Counter>,
    swept: Counter,
    queued: Gauge,
    running: Gauge,
    oldest: Gauge,
    requests: Family<RequestLabels, Counter>,
    answers: Family<OneLabel, Histogram, fn() -> Histogram>,
}

impl Metrics {
    /// Registers all metrics. The text format adds `_total` to the names of counters.
    pub(super) fn new(cluster: Option<ClusterMetrics>) -> Self {
        let mut registry = Registry::with_prefix("tally");
        let to = &mut registry;
        if let Some(cluster) = cluster {
            to.register_collector(Box::new(cluster));
        }
        let build: Family<OneLabel, Gauge> =
            register(to, "build_info", "The version of this program; always 1");
        build.get_or_create(&[("version", env!("CARGO_PKG_VERSION").into())]).set(1);
        let answers = Family::new_with_constructor(histogram as fn() -> Histogram);
        Self {
            admitted: register(to, "jobs_admitted", "Jobs accepted"),
            replayed: register(to, "jobs_replayed", "Submits that returned the first job of their key"),
            refused: register(to, "submits_refused", "Submits refused, by the kind of fault"),
            not_published: register(to, "ticket_publish_failures", "Tickets left to the relay"),
            relayed: register(to, "tickets_relayed", "Overdue tickets published"),
            attempts: register(to, "job_attempts", "Attempts started"),
            reclaimed: register(
                to,
                "jobs_reclaimed",
                "Claims of jobs whose worker had died or stopped responding",
            ),
            retried: register(to, "job_attempts_retried", "Failed attempts that are retried, by reason"),
            ended: register(to, "jobs_finished", "Finished jobs, by state and reason"),
            wait: seconds(to, "job_wait", "From the acceptance of a job to its first attempt", histogram()),
            run: seconds(to, "job_run", "The last attempt of a job", histogram()),
            fenced: register(
                to,
                "job_attempts_fenced",
                "Attempts whose outcome was rejected by a stale epoch",
            ),
            released: register(to, "jobs_released", "Jobs released by a drain"),
            deferred: register(to, "jobs_deferred", "Times that a job was deferred for its host, by reason"),
            circuits_opened: register(to, "host_circuits_opened", "Times that the circuit of a host opened"),
            actions: register(to, "job_actions", "Actions applied, by action"),
            swept: register(to, "jobs_swept", "Jobs deleted because their retention was over"),
            queued: register(to, "jobs_queued", "Queued jobs"),
            running: register(to, "jobs_running", "Running jobs"),
            oldest: seconds(
                to,
                "oldest_job_age",
                "How long the oldest queued job has been due",
                Gauge::default(),
            ),
            requests: register(to, "http_requests", "Requests, by method, route and status"),
            answers: seconds(
                to,
                "http_request_duration",
                "From a request's head to its answer's head, by route",
                answers,
            ),
            registry,
        }
    }

    pub(super) fn event(&self, event: Event<'_>) {
        match event {
            Event::Admitted(_) => count(&self.admitted, 1),
            Event::Replayed(_) => count(&self.replayed, 1),
            Event::Refused(kind) => {
                count(&self.refused.get_or_create(&[("reason", kind.as_str().into())]), 1);
            }
            Event::NotPublished(_) => count(&self.not_published, 1),
            Event::Relayed(tickets) => count(&self.relayed, tickets),
            Event::Claimed(job) => {
                count(&self.attempts, 1);
                // A claim counts as a crash until its attempt has ended, so a second one in a row is a real crash.
                count(&self.reclaimed, usize::from(job.crashes > 1));
            }
            Event::Retried { job } => {
                count(&self.retried.get_or_create(&[("reason", failure(job).into())]), 1);
            }
            Event::Ended { job, run } => self.end(job, run),
            Event::Fenced(_) => count(&self.fenced, 1),
            Event::Released(_) => count(&self.released, 1),
            Event::Deferred { deferral, .. } => {
                count(&self.deferred.get_or_create(&[("reason", deferral.reason.into())]), 1);
            }
            Event::ActionApplied(_, action) => {
                count(&self.actions.get_or_create(&[("action", action.as_str().into())]), 1);
            }
            Event::Swept(jobs) => count(&self.swept, jobs),
        }
    }

    pub(super) fn breaker_opened(&self) {
        count(&self.circuits_opened, 1);
    }

    fn end(&self, job: &Job, run: Duration) {
        let reason = failure(job);
        count(&self.ended.get_or_create(&EndLabels { state: job.state.as_str(), reason }), 1);
        if let Some(started_at) = job.started_at {
            self.wait.observe(started_at.since(job.created_at).as_secs_f64());
            self.run.observe(run.as_secs_f64());
        }
    }

    pub(super) fn answer(&self, answer: AnsweredRequest<'_>) {
        let route = labels::route(&answer);
        self.answers.get_or_create(&[("route", route.clone().into())]).observe(answer.took.as_secs_f64());
        let request =
            RequestLabels { method: labels::method(&answer), route, status: answer.status.as_u16() };
        count(&self.requests.get_or_create(&request), 1);
    }

    pub(super) fn census(&self, census: &Census, now: Timestamp) {
        self.queued.set(census.queued.try_into().unwrap_or(i64::MAX));
        self.running.set(census.running.try_into().unwrap_or(i64::MAX));
        let age = census.oldest_due_at.map_or(0, |due| now.since(due).as_secs());
        self.oldest.set(age.try_into().unwrap_or(i64::MAX));
    }

    /// The OpenMetrics text.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(16 << 10);
        prometheus_client::encoding::text::encode(&mut text, &self.registry)
            .expect("a String takes any text");
        text
    }
}

/// The name of a job's failure; empty if it has none.
fn failure(job: &Job) -> String {
    job.failure.as_ref().map_or_else(String::new, |failure| failure.name.clone().into_owned())
}

fn count(counter: &Counter, by: usize) {
    counter.inc_by(by as u64);
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_kernel::FaultKind;

    #[test]
    fn events_change_the_text() {
        let metrics = Metrics::new(None);
        metrics.event(Event::Refused(FaultKind::Overloaded));
        metrics.event(Event::Swept(3));
        metrics.breaker_opened();
        let census = Census { queued: 2, running: 1, oldest_due_at: Some(Timestamp::from_ms(1_000)) };
        metrics.census(&census, Timestamp::from_ms(8_500));
        let text = metrics.text();
        for line in [
            "tally_submits_refused_total{reason=\"overloaded\"} 1",
            "tally_jobs_swept_total 3",
            "tally_host_circuits_opened_total 1",
            "tally_jobs_queued 2",
            "tally_oldest_job_age_seconds 7",
            "# TYPE tally_job_run_seconds histogram",
            "tally_build_info{version=\"0.1.0\"} 1",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
