//! Schemathesis against the API's own description: every answer is one that is described, and none is a 5xx.

use std::path::Path;
use std::process::{Command, Stdio};

use tally_tests::program::scratch;
use tally_tests::server::Launch;

use crate::canary::Canaries;
use crate::{names, packages, world};

/// What a schema cannot say: a label may be given once in query and body together, an address is bounded in its normal
/// form, a job may be forgotten by the time of an order. So a request of the right shape may be refused all the same.
const UNDECIDABLE: &str = "positive_data_acceptance";
/// Seconds for all phases together.
const TIME: &str = "150";

#[test]
fn the_description_and_the_server_agree() {
    if !world::inside_after("schema::the_description_and_the_server_agree", || drop(packages::schemathesis()))
    {
        return;
    }
    names::serve();
    let (server, canaries) = (Launch::new().guarded().start(), Canaries::listen());
    let report = scratch().join("schemathesis.txt");
    let out = std::fs::File::create(&report).unwrap();
    let seed = tally_tests::rng::SeededRng::fresh_seed() >> 33;
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/schemathesis");
    let status = Command::new(packages::schemathesis())
        .arg("--config-file")
        .arg(ours.join("schemathesis.toml"))
        .args(["run", &format!("http://{}/openapi.json", server.address())])
        .args(["--phases", "examples,coverage,fuzzing,stateful", "--checks", "all", "--max-examples", "40"])
        .args(["--exclude-checks", UNDECIDABLE])
        .args(["--max-time", TIME, "--request-timeout", "90", "--workers", "1", "--seed", &seed.to_string()])
        .args(["--continue-on-failure", "--no-color"])
        .env("PYTHONPATH", &ours)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .current_dir(scratch())
        .stdin(Stdio::null())
        .stdout(out.try_clone().unwrap())
        .stderr(out)
        .status()
        .unwrap();
    let said = std::fs::read_to_string(&report).unwrap();
    let begin = said.len().saturating_sub(20_000);
    assert!(
        status.success(),
        "seed {seed}, all of it in {}:\n{}",
        report.display(),
        String::from_utf8_lossy(&said.as_bytes()[begin..])
    );
    eprintln!(
        "{}",
        said.lines().rev().take(25).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
    );
    canaries.assert_unharmed("schemathesis");
    // What it left behind ends as well.
    for state in ["queued", "running"] {
        let left = server.get(&format!("/jobs?limit=1000&state={state}")).expect(200).json();
        for job in left["jobs"].as_array().into_iter().flatten() {
            let id = tally_tests::client::id_of(job);
            let _maybe_ended =
                server.send(&tally_tests::message::Request::post(&format!("/jobs/{id}/cancel")));
        }
    }
}
