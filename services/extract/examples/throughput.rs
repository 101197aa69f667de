//! Extracts files repeatedly and prints the throughput: `throughput [--text] FILES…`.
//!
//! With `--text` it prints the text instead. Files are read before the clock starts.
#![expect(clippy::print_stdout, reason = "a program for a person to look at")]

use std::time::{Duration, Instant};

use tally_extract::{Declared, ExtractError, Extraction, Extractor, Limits, Region, parse_buffered, sniff};

fn extract(name: &str, bytes: &[u8], mut take: impl FnMut(Region, &str)) -> Result<Extraction, ExtractError> {
    let declared = Declared { content_type: None, name: Some(name) };
    if sniff(bytes, &declared)?.needs_sandbox() {
        return parse_buffered(bytes, &declared, Limits::default(), &mut take);
    }
    let mut extractor = Extractor::new(&declared, Limits::default(), &mut take);
    for piece in bytes.chunks(64 * 1024) {
        extractor.push(piece)?;
    }
    extractor.finish().map(|(extraction, _)| extraction)
}

fn main() -> std::io::Result<()> {
    let (options, names): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|name| name.starts_with("--"));
    if options.iter().any(|option| option == "--text") {
        return print_text(&names);
    }
    println!("{:>10} {:>10} {:>9} {:>9} {:<14} file", "bytes", "text", "µs", "MB/s", "type");
    let (mut bytes_in_all, mut time_in_all) = (0, Duration::ZERO);
    for name in &names {
        let bytes = std::fs::read(name)?;
        match measure(name, &bytes) {
            Ok((extraction, text_bytes, time)) => {
                bytes_in_all += bytes.len();
                time_in_all += time;
                let (micros, speed) = (time.as_micros(), megabytes_a_second(bytes.len(), time));
                let kind = extraction.media_type;
                println!("{:>10} {text_bytes:>10} {micros:>9} {speed:>9.1} {kind:<14} {name}", bytes.len());
                extraction.warnings.iter().for_each(|warning| println!("    {warning}"));
            }
            Err(error) => println!("{:>10} {error}: {name}", bytes.len()),
        }
    }
    println!("all: {bytes_in_all} bytes, {:.1} MB/s", megabytes_a_second(bytes_in_all, time_in_all));
    Ok(())
}

/// Returns the best of several runs, because disturbances only make a run slower.
fn measure(name: &str, bytes: &[u8]) -> Result<(Extraction, usize, Duration), ExtractError> {
    let runs = (20_000_000 / bytes.len().max(1)).clamp(3, 200);
    let mut best = Duration::MAX;
    let mut last = None;
    for _ in 0..runs {
        let mut text_bytes = 0;
        let start = Instant::now();
        let extraction = extract(name, bytes, |_, text| text_bytes += text.len())?;
        best = best.min(start.elapsed());
        last = Some((extraction, text_bytes));
    }
    let (extraction, text_bytes) = last.expect("at least three runs");
    Ok((extraction, text_bytes, best))
}

fn megabytes_a_second(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64().max(1e-9)
}

fn print_text(names: &[String]) -> std::io::Result<()> {
    for name in names {
        let bytes = std::fs::read(name)?;
        let mut last = None;
        let result = extract(name, &bytes, |region, text| {
            if last != Some(region) {
                print!("\n[{region}] ");
                last = Some(region);
            }
            print!("{text}");
        });
        println!("\n{result:?}");
    }
    Ok(())
}
