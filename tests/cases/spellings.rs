//! Every spelling of every address that is forbidden, directly and by redirects.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::json;
use tally_tests::client::id_of;
use tally_tests::server::{Launch, Server};

use crate::addresses::{denied_four, denied_six, public};
use crate::canary::{Canaries, WORDS, host};
use crate::world;

/// What a browser, a C library or an old program would take for this address.
fn spellings(four: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = four.octets();
    let number = u32::from(four);
    let wide = |text: &str| {
        text.chars().map(|c| if c.is_ascii_digit() { wide_digit(c) } else { c }).collect::<String>()
    };
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let dotted = four.to_string();
    let (high, low) = (u32::from(four) >> 16, u32::from(four) & 0xffff);
    let mut all = vec![
        dotted.clone(),
        format!("{number}"),
        format!("0x{number:x}"),
        format!("0X{number:08X}"),
        format!("0{number:o}"),
        format!("000{number:o}"),
        format!("{a}.{}", number & 0x00ff_ffff),
        format!("{a}.{b}.{}", number & 0xffff),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("0x{a:x}.{b}.0{c:o}.{d}"),
        format!("{dotted}."),
        wide(&dotted),
        dotted.replace('.', "。"),
        dotted.replace('.', "．"),
        escaped(&dotted),
        escaped(&format!("{number}")),
        format!("[::ffff:{dotted}]"),
        format!("[::FFFF:{high:x}:{low:x}]"),
        format!("[0:0:0:0:0:ffff:{dotted}]"),
        format!("[::{dotted}]"),
        format!("[::ffff:0:{dotted}]"),
        format!("[64:ff9b::{dotted}]"),
        format!("[64:ff9b:1::{dotted}]"),
        format!("[2002:{high:x}:{low:x}::1]"),
        format!("[2001:0:{high:x}:{low:x}::]"),
        format!("[2001:0:4136:e378:8000:63bf:{:x}:{:x}]", !high & 0xffff, !low & 0xffff),
        format!("[fe80::5efe:{dotted}]"),
        format!("{dotted}:80"),
        format!("{dotted}:443"),
        format!("{dotted}:8080"),
        format!("{dotted}:6379"),
        format!("user@{dotted}"),
        format!("example.com@{dotted}"),
        format!("{dotted}#@example.com"),
        format!("{dotted}\\@example.com"),
        format!("{dotted}\u{ad}"),
    ];
    all.extend(circled(&dotted));
    all
}

fn wide_digit(digit: char) -> char {
    char::from_u32(0xff10 + digit.to_digit(10).unwrap()).unwrap()
}

/// ①②⑦.⓪… : digits that mean digits once a name is normalised.
fn circled(dotted: &str) -> Option<String> {
    let one = |c: char| match c {
        '0' => Some('⓪'),
        '1'..='9' => char::from_u32(0x2460 + c.to_digit(10)? - 1),
        other => Some(other),
    };
    dotted.chars().map(one).collect()
}

/// Submits addresses; each must be refused at the door or fail as not allowed, alike for all.
fn denied(server: &Server, canaries: &Canaries, urls: &[String]) {
    let mut told = std::collections::HashSet::new();
    let jobs: Vec<_> = urls
        .iter()
        .filter_map(|url| {
            let answer = server.submit(&json!({"url": url}));
            match answer.status {
                202 => Some((url, id_of(&answer.json()))),
                422 => {
                    let _problem = answer.problem(422);
                    None
                }
                other => panic!("{url}: {other} {}", answer.text()),
            }
        })
        .collect();
    for (url, id) in &jobs {
        let job = server.wait(id);
        assert_eq!(job["error"]["type"], "/problems/target-not-allowed", "{url}: {job}");
        assert_eq!(job["attempts"], 1, "{url}: {job}");
        let mut error = job["error"].clone();
        // The sentence begins with the address itself.
        let detail = error["detail"]
            .as_str()
            .and_then(|detail| detail.split_once(' '))
            .map(|(_, rest)| rest.to_owned());
        error["detail"] = json!(detail);
        told.insert(error.to_string());
    }
    assert!(told.len() <= 1, "denials differ, and so tell what is there: {told:?}");
    canaries.assert_unharmed("spellings");
    eprintln!("{} addresses, {} of them refused at the door", urls.len(), urls.len() - jobs.len());
}

#[test]
fn every_spelling_of_every_denied_address() {
    if !world::inside("spellings::every_spelling_of_every_denied_address") {
        return;
    }
    let (server, canaries) = (Launch::new().guarded().start(), Canaries::listen());
    let mut urls = Vec::new();
    for four in denied_four() {
        for spelling in spellings(four) {
            urls.push(format!("http://{spelling}/"));
        }
        urls.push(format!("https://{four}/"));
        urls.push(format!("HTTP://{four}:80/path?query"));
    }
    for six in denied_six() {
        for scheme in ["http", "https"] {
            urls.push(format!("{scheme}://[{six}]/"));
        }
        let long: Vec<String> = six.segments().iter().map(|segment| format!("{segment:04X}")).collect();
        urls.push(format!("http://[{}]:8080/", long.join(":")));
        urls.push(format!("http://[{six}%25lo]/"));
    }
    denied(&server, &canaries, &urls);
    // The proof that a hit would have been seen: what is public is reached.
    reached(&server, &canaries);
}

/// Public neighbours of denied networks are fetched, and the canaries see it.
fn reached(server: &Server, canaries: &Canaries) {
    for address in public() {
        let done = server.count_url(&format!("http://{}/", host(address)));
        assert_eq!(done["result"]["words"], WORDS, "{address} is public: {done}");
        let met: Vec<IpAddr> = canaries.met().iter().map(|at| at.ip()).collect();
        assert_eq!(met, [address]);
    }
}

#[test]
fn redirects_of_every_status_to_denied_addresses() {
    if !world::inside("spellings::redirects_of_every_status_to_denied_addresses") {
        return;
    }
    let (server, canaries) = (Launch::new().guarded().start(), Canaries::listen());
    let six: [Ipv6Addr; 3] =
        ["::1", "::ffff:169.254.169.254", "fd00:ec2::254"].map(|text| text.parse().unwrap());
    let mut targets: Vec<String> = six.iter().map(|six| format!("http://[{six}]/")).collect();
    for four in [[127, 0, 0, 1], [169, 254, 169, 254], [10, 0, 0, 1]].map(Ipv4Addr::from) {
        targets.extend(
            spellings(four)
                .into_iter()
                .filter(|text| text.is_ascii() && !text.contains(['#', '\\']))
                .map(|text| format!("http://{text}/")),
        );
        targets.push(format!("//{four}/"));
        targets.push(format!("HtTp:{four}/"));
    }
    let mut followed = 0;
    for target in &targets {
        for status in [301, 302, 303, 307, 308] {
            let done = server.count_url(&format!("http://93.184.216.34/r/{status}/{target}"));
            assert_eq!(done["state"], "failed", "{status} to {target}: {done}");
            followed += 1;
        }
    }
    canaries.assert_unharmed("redirects");
    // Two hops, the second to a forbidden address.
    let inner = "http://93.184.216.35/r/302/http://127.0.0.1/";
    assert_eq!(
        server.count_url(&format!("http://93.184.216.34/r/302/{inner}"))["error"]["type"],
        "/problems/target-not-allowed"
    );
    canaries.assert_unharmed("two hops");
    eprintln!("{followed} redirects");
    let done = server.count_url("http://93.184.216.34/r/302/http://1.1.1.1/");
    assert_eq!(done["result"]["words"], WORDS, "a public redirect is followed: {done}");
}
