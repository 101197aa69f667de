//! Measures how fast a file is counted: `cargo run --release -p tally-count --example counting -- FILE`.
//!
//! Prints the slowest, median and fastest of several runs in MB/s of processor time, the speed of `wc -w`, and the time
//! for a text of one kilobyte.

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::process::Command;
use std::time::{Duration, SystemTime};

use tally_count::{Counter, Options, count, unicode_words, wc_words};

const RUNS: usize = 9;
/// Minimum number of bytes in a run: the system's clock of processor time has steps of milliseconds.
const MIN_BYTES: usize = 16 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a UTF-8 file to count")?;
    let text = std::fs::read_to_string(&path)?;
    let mut out = std::io::stdout().lock();
    let start = now();
    black_box(count("", &Options::default()));
    writeln!(out, "tables built in {:.2} ms", now().saturating_sub(start).as_secs_f64() * 1e3)?;
    let bytes = text.len();
    let options = Options::default();
    let no_histogram = Options::default().with_histogram(0, 0);
    writeln!(out, "{bytes} bytes: MB/s slowest, median, fastest of {RUNS}")?;
    report(&mut out, "everything", bytes, || count(&text, &options))?;
    report(&mut out, "everything, pieces of 16 KiB", bytes, || in_pieces(&text, 16 << 10))?;
    report(&mut out, "histogram of no words", bytes, || count(&text, &no_histogram))?;
    let with_differences = Options::default().with_differences(true);
    report(&mut out, "everything, with differences", bytes, || count(&text, &with_differences))?;
    report(&mut out, "unicode only", bytes, || unicode_words(&text))?;
    report(&mut out, "wc only", bytes, || wc_words(&text))?;
    let before = children();
    for _ in 0..RUNS {
        Command::new("wc").env("LC_ALL", "C.UTF-8").arg("-w").arg(&path).output()?;
    }
    let each = (children() - before) / RUNS as f64;
    writeln!(out, "{:32} {:>17.1}", "wc -w (GNU), mean", bytes as f64 / each / 1e6)?;
    small(&mut out, &text)?;
    Ok(())
}

fn in_pieces(text: &str, size: usize) {
    let mut counter = Counter::new(Options::default());
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(size.max(4)));
        counter.push(piece);
        rest = after;
    }
    black_box(counter.finish());
}

fn report<T>(out: &mut impl Write, name: &str, bytes: usize, run: impl Fn() -> T) -> std::io::Result<()> {
    let again = (MIN_BYTES / bytes.max(1)).max(1);
    let repeated = || (0..again).for_each(|_| drop(black_box(run())));
    let mut times: Vec<Duration> = (0..RUNS).map(|_| timed(&repeated)).collect();
    times.sort();
    let speed = |time: Duration| (bytes * again) as f64 / time.as_secs_f64() / 1e6;
    let (slowest, median, fastest) = (times[RUNS - 1], times[RUNS / 2], times[0]);
    writeln!(out, "{name:32} {:8.1} {:8.1} {:8.1}", speed(slowest), speed(median), speed(fastest))
}

fn small(out: &mut impl Write, text: &str) -> std::io::Result<()> {
    let text = &text[..text.floor_char_boundary(1024)];
    let options = Options::default();
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| timed(&|| (0..1000).for_each(|_| drop(black_box(count(black_box(text), &options))))))
        .collect();
    times.sort();
    writeln!(out, "1 kB: {:.2} us", times[RUNS / 2].as_secs_f64() * 1e3)
}

/// The processor time that `run` takes on this thread, because wall time varies on a shared machine. Wall time if the
/// system has no such clock.
fn timed(run: &impl Fn()) -> Duration {
    let start = now();
    run();
    now().saturating_sub(start)
}

fn now() -> Duration {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = schedstat.as_deref().and_then(|line| line.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(wall, Duration::from_nanos)
}

/// Processor time of all children so far, in seconds, in steps of ten milliseconds.
fn children() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(13).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has to read a clock")]
fn wall() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
