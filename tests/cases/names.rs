//! The world's name server: a name says in itself what it resolves to, so a test makes up the names that it needs.

use std::collections::HashMap;
use std::net::{IpAddr, UdpSocket};

/// The types of records that are asked for.
const A: u16 = 1;
const AAAA: u16 = 28;
/// Where a name leads that says nothing else: a public address.
const ELSEWHERE: &str = "93.184.216.34";

/// Serves names until the test ends. The names, each before a suffix of at least two labels:
/// `to-127-0-0-1`: that address; `to6-x` with `x` an IPv6 address, `-` for `:`; several joined by `_`: all of them;
/// `then` between two (`to-1-1-1-1_then_to-127-0-0-1`): the first at the first look-up, the second afterwards.
pub(crate) fn serve() {
    let socket = UdpSocket::bind((crate::world::NAME_SERVER, 53)).unwrap();
    std::thread::spawn(move || {
        let mut asked: HashMap<(String, u16), usize> = HashMap::new();
        let mut packet = [0; 1500];
        while let Ok((length, from)) = socket.recv_from(&mut packet) {
            let Some((name, kind, end)) = question(&packet[..length]) else { continue };
            let times = asked.entry((name.clone(), kind)).or_default();
            let addresses = resolve(&name, *times);
            *times += 1;
            let answer = answer(&packet[..end], kind, &addresses);
            let _gone = socket.send_to(&answer, from);
        }
    });
}

/// The name, the type and the end of the question in a query.
fn question(packet: &[u8]) -> Option<(String, u16, usize)> {
    let mut at = 12;
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*packet.get(at)?);
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(packet.get(at + 1..at + 1 + length)?).to_ascii_lowercase());
        at += 1 + length;
    }
    let kind = u16::from_be_bytes([*packet.get(at + 1)?, *packet.get(at + 2)?]);
    Some((labels.join("."), kind, at + 5))
}

fn resolve(name: &str, times: usize) -> Vec<IpAddr> {
    let label = name.split('.').next().unwrap_or_default();
    let turns: Vec<&str> = label.split("_then_").collect();
    let turn = turns[times.min(turns.len() - 1)];
    let addresses: Vec<IpAddr> = turn.split('_').filter_map(address).collect();
    if addresses.is_empty() { vec![ELSEWHERE.parse().unwrap()] } else { addresses }
}

fn address(part: &str) -> Option<IpAddr> {
    match (part.strip_prefix("to-"), part.strip_prefix("to6-")) {
        (Some(four), _) => four.replace('-', ".").parse().ok().map(IpAddr::V4),
        (_, Some(six)) => six.replace('-', ":").parse().ok().map(IpAddr::V6),
        _ => None,
    }
}

/// A response with the addresses of the asked kind; none is an answer as well.
fn answer(query: &[u8], kind: u16, addresses: &[IpAddr]) -> Vec<u8> {
    let records: Vec<Vec<u8>> = addresses
        .iter()
        .filter_map(|address| match (kind, address) {
            (A, IpAddr::V4(four)) => Some(four.octets().to_vec()),
            (AAAA, IpAddr::V6(six)) => Some(six.octets().to_vec()),
            _ => None,
        })
        .collect();
    let mut packet = query.to_vec();
    packet[2] = 0x81;
    packet[3] = 0x80;
    packet[6..8].copy_from_slice(&u16::try_from(records.len()).unwrap().to_be_bytes());
    packet[8..12].fill(0);
    for record in records {
        // A pointer to the name in the question; class IN; it may not be kept.
        packet.extend_from_slice(&[0xc0, 12]);
        packet.extend_from_slice(&kind.to_be_bytes());
        packet.extend_from_slice(&[0, 1, 0, 0, 0, 0]);
        packet.extend_from_slice(&u16::try_from(record.len()).unwrap().to_be_bytes());
        packet.extend_from_slice(&record);
    }
    packet
}
