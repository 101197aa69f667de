//! Stand-ins for what a test must hold in its own hand: time, chance, faults, the net, and what was told.

mod clock;
mod faulty;
mod ids;
mod pages;
mod parser;
mod recorder;

pub use clock::HandClock;
pub use faulty::{Action, Faulty, Points};
pub use ids::CountedIds;
pub use pages::{Script, ScriptedFetcher};
pub use parser::{CRASH, ParserInProcess};
pub use recorder::{Recorded, Recorder};
