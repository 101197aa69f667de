//! Writes what was counted: as a table like `wc`'s, or as JSON in the shape of a job's result.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};
use tally_count::{Readability, Tally};

use super::differences;
use super::part_count::PartCount;
use super::part_splitter::RegionWords;
use super::{CountedDocument, Plan};
use crate::command_error::CommandError;
use crate::exit::Exit;
use crate::screen::{self, Align, Format, Table};

/// Collects results, and writes each at once where the format allows it.
pub(super) struct ResultWriter<'p> {
    plan: &'p Plan,
    format: Format,
    rows: Mutex<Vec<Option<ResultRow>>>,
}

struct ResultRow {
    name: String,
    counted: CountedDocument,
}

impl<'p> ResultWriter<'p> {
    pub(super) fn new(plan: &'p Plan, format: Format, rows: usize) -> Self {
        Self { plan, format, rows: Mutex::new(std::iter::repeat_with(|| None).take(rows).collect()) }
    }

    /// Takes the result of the source at `place`; a refusal is told at once.
    pub(super) fn add(
        &self,
        index: usize,
        name: &str,
        counted: Result<CountedDocument, CommandError>,
    ) -> Result<(), CommandError> {
        let mut counted = match counted {
            Ok(counted) => counted,
            Err(error) => {
                screen::error(&error);
                return Ok(());
            }
        };
        for warning in &counted.document.warnings {
            screen::warn(format_args!("{name}: {}", warning.detail));
        }
        let row = |counted| ResultRow { name: name.to_owned(), counted };
        let kept = if self.format == Format::Jsonl {
            let row = row(counted);
            screen::json_line(&self.to_json(&row))?;
            counted = row.counted;
            // Written, so that it needs no memory any more: only that it was counted is still asked.
            counted.count = self.plan.mode.count("");
            ResultRow { name: String::new(), counted }
        } else {
            row(counted)
        };
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(kept);
        Ok(())
    }

    /// Writes what is left to write. A source that could not be counted makes the command fail.
    pub(super) fn finish(self) -> Result<Exit, CommandError> {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        let counted: Vec<&ResultRow> = rows.iter().flatten().collect();
        match self.format {
            Format::Jsonl => {}
            Format::Json => {
                let files: Vec<_> = counted.iter().map(|row| self.to_json(row)).collect();
                screen::json(&json!({ "files": files, "total": self.total(&counted) }))?;
            }
            Format::Table | Format::Id => self.table(&counted)?,
        }
        Ok(if counted.len() == rows.len() { Exit::Ok } else { Exit::Error })
    }

    fn table(&self, rows: &[&ResultRow]) -> Result<(), CommandError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut columns: Vec<_> =
            self.plan.definitions.iter().map(|one| (one.as_str(), Align::Right)).collect();
        columns.extend([("lines", Align::Right), ("characters", Align::Right), ("file", Align::Left)]);
        let mut table = Table::new(&columns);
        for row in rows {
            table.row(self.cells(&self.numbers(&row.counted.count), &row.name));
        }
        if rows.len() > 1 {
            table.row(self.cells(&self.sums(rows), "total"));
        }
        screen::data(table)?;
        for row in rows {
            self.lists(row)?;
        }
        Ok(())
    }

    /// What was asked for of one document beside its row.
    fn lists(&self, row: &ResultRow) -> Result<(), CommandError> {
        let Some(tally) = row.counted.count.tally() else { return Ok(()) };
        let (plan, name) = (self.plan, &row.name);
        if plan.top > 0 {
            screen::data(format_args!("\n{name}\n{}", list(tally.histogram.top(plan.top))))?;
        }
        if plan.keywords > 0 {
            screen::data(format_args!("\n{name}\n{}", list(keywords(tally, plan.keywords))))?;
        }
        if let Some(rows) = &tally.ngrams {
            screen::data(format_args!("\n{name}\n{}", list(rows.counts().top(plan.ngram_limit()))))?;
        }
        if let Some(differences) = tally.differences() {
            screen::data(format_args!(
                "\n{name}\n{}\n",
                differences::explain(tally, &differences, &plan.definitions)
            ))?;
        }
        Ok(())
    }

    /// Words by each definition, then lines and characters.
    fn numbers(&self, count: &PartCount) -> Vec<u64> {
        let words = self.plan.definitions.iter().map(|one| count.words(*one));
        words.chain([count.lines(), count.characters()]).collect()
    }

    fn sums(&self, rows: &[&ResultRow]) -> Vec<u64> {
        let each = rows.iter().map(|row| self.numbers(&row.counted.count));
        let zeros = vec![0; self.plan.definitions.len() + 2];
        each.fold(zeros, |sums, row| sums.iter().zip(row).map(|(sum, one)| sum + one).collect())
    }

    fn cells(&self, numbers: &[u64], name: &str) -> Vec<String> {
        numbers.iter().map(u64::to_string).chain([name.to_owned()]).collect()
    }

    /// One document: its source and its result, named as in a job's record.
    fn to_json(&self, row: &ResultRow) -> Value {
        let Some(tally) = row.counted.count.tally() else { return Value::Null };
        let document = &row.counted.document;
        let warnings = document.warnings.iter();
        let warnings: Vec<_> =
            warnings.map(|one| json!({ "code": one.code, "detail": one.detail })).collect();
        json!({
            "file": row.name,
            "source": {
                "bytes": document.bytes,
                "media_type": document.media_type,
                "charset": document.charset,
                "charset_source": document.charset_source,
                "title": document.title,
                "final_url": document.final_url,
            },
            "result": self.result(tally, &row.counted.regions, warnings),
        })
    }

    /// Numbers in the shape of a job's result.
    fn result(&self, tally: &Tally, regions: &RegionWords, warnings: Vec<Value>) -> Value {
        let headline = self.plan.headline.unwrap_or_else(|| tally.headline());
        let language =
            tally.language().map(|found| json!({ "tag": found.tag, "confidence": found.confidence }));
        let mut of_regions = BTreeMap::<_, u64>::new();
        for (region, words) in regions {
            *of_regions.entry(region.as_str()).or_default() += words.get(headline);
        }
        json!({
            "words": tally.words.get(headline),
            "definition": headline.versioned(),
            "definitions": self.definitions(tally),
            "unique_words": tally.unique_words,
            "unique_words_estimated": tally.unique_words_estimated,
            "characters": tally.characters,
            "characters_without_spaces": tally.characters_without_spaces,
            "graphemes": tally.graphemes,
            "text_bytes": tally.bytes,
            "lines": tally.lines,
            "paragraphs": tally.paragraphs,
            "sentences": tally.sentences,
            "language": language,
            "reading_time_ms": tally.reading_time_ms(),
            "speaking_time_ms": tally.speaking_time_ms(),
            "top_words": counted(tally.histogram.top(self.plan.top)),
            "keywords": counted(keywords(tally, self.plan.keywords)),
            "ngrams": ngrams(tally, self.plan.ngram_limit()),
            "readability": readability(tally),
            "differences": tally.differences().as_ref().map(tally_api::differences_json),
            "regions": of_regions,
            "histogram": {
                "complete": tally.histogram.is_complete(),
                "left_out": tally.histogram.left_out(),
            },
            "warnings": warnings,
        })
    }

    fn definitions(&self, tally: &Tally) -> Map<String, Value> {
        self.plan
            .definitions
            .iter()
            .map(|one| (one.as_str().to_owned(), tally.words.get(*one).into()))
            .collect()
    }

    /// All documents together, as if they were one.
    fn total(&self, rows: &[&ResultRow]) -> Value {
        let counts = rows.iter().map(|row| row.counted.count.clone());
        let whole = counts.reduce(PartCount::merge).unwrap_or_else(|| self.plan.mode.count(""));
        let regions = rows.iter().flat_map(|row| row.counted.regions.iter().copied()).collect();
        let result = whole.tally().map(|tally| self.result(tally, &regions, Vec::new()));
        json!({ "files": rows.len(), "result": result })
    }
}

/// Words by how often they occur.
fn list(words: Vec<(&str, u64)>) -> Table {
    let mut table = Table::new(&[("count", Align::Right), ("word", Align::Left)]);
    for (word, count) in words {
        table.row([count.to_string(), word.to_owned()]);
    }
    table
}

fn counted(words: Vec<(&str, u64)>) -> Vec<Value> {
    words.into_iter().map(|(word, count)| json!({ "word": word, "count": count })).collect()
}

fn ngrams(tally: &Tally, most: usize) -> Vec<Value> {
    let rows = tally.ngrams.iter().flat_map(|differences| differences.counts().top(most));
    rows.map(|(words, count)| json!({ "words": words, "count": count })).collect()
}

fn keywords(tally: &Tally, most: usize) -> Vec<(&str, u64)> {
    tally.language().map(|found| tally.keywords(&found.tag, most)).unwrap_or_default()
}

fn readability(tally: &Tally) -> Vec<Value> {
    let scores = tally.language().map(|found| tally.readability(&found.tag)).unwrap_or_default();
    let score = |one: &Readability| {
        let formula = one.formula;
        json!({ "formula": formula.as_str(), "score": one.score, "estimated_by": formula.estimated_by() })
    };
    scores.iter().map(score).collect()
}
