//! The values of `Retry-After`.

use std::time::Duration;

use tally_jobs::record::Job;
use tally_jobs::state::JobState;
use tally_kernel::Timestamp;

/// The most seconds between two looks at a job.
const LONGEST: u64 = 300;

/// Seconds until an unfinished job may have changed: one, or the time to its next attempt.
pub(crate) fn for_job(job: &Job, now: Timestamp) -> u64 {
    match job.state {
        JobState::Queued => whole_seconds(job.due_at.since(now)).clamp(1, LONGEST),
        _ => 1,
    }
}

/// Seconds until a refused request may be repeated: 1 to 5, so that a crowd does not return at once.
pub(crate) fn for_refused(chance: f64) -> u32 {
    // The product is below 5, so the conversion cuts a fraction only.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0.0 ..= 5.0")]
    let seconds = (chance.clamp(0.0, 1.0) * 5.0) as u32;
    1 + seconds.min(4)
}

fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}
