//! The result of a count: the numbers of a document, and where they come from.
//!
//! Values only. Their shape in answers is the API's, their stored format is in [`crate::stored`].

use tally_count::{Definition, Differences, Readability, Tally};
use tally_extract::{Extraction, Region};

use crate::coverage;
use crate::word_list::WordList;

/// The numbers of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Words by every definition, in the order of `Definition::ALL`.
    pub words: Vec<(Definition, u64)>,
    /// UTF-8 bytes of the extracted text.
    pub bytes: u64,
    /// Unicode scalar values.
    pub characters: u64,
    /// The same without white space.
    pub characters_without_spaces: u64,
    /// Extended grapheme clusters (UAX #29).
    pub graphemes: u64,
    pub lines: u64,
    /// Paragraphs: runs of lines that are not blank.
    pub paragraphs: u64,
    /// Sentences (UAX #29).
    pub sentences: u64,
    /// Distinct words of the histogram.
    pub unique_words: u64,
    /// Whether `unique_words` is an estimate because the histogram's bound was reached.
    pub unique_words_estimated: bool,
}

impl Numbers {
    /// The words by one definition; zero for one that was not counted (a record of an older version).
    #[must_use]
    pub fn words_by(&self, definition: Definition) -> u64 {
        self.words.iter().find(|(counted, _)| *counted == definition).map_or(0, |(_, words)| *words)
    }

    /// Nothing, in the same definitions.
    fn none_of(words: &[(Definition, u64)]) -> Self {
        Self { words: words.iter().map(|&(definition, _)| (definition, 0)).collect(), ..Self::default() }
    }

    /// Adds the numbers of another region. Distinct words are at most the sum: some may be in both.
    fn add(&mut self, other: &Self) {
        self.unique_words_estimated |=
            other.unique_words_estimated || (self.unique_words > 0 && other.unique_words > 0);
        for (definition, words) in &mut self.words {
            *words += other.words_by(*definition);
        }
        self.bytes += other.bytes;
        self.characters += other.characters;
        self.characters_without_spaces += other.characters_without_spaces;
        self.graphemes += other.graphemes;
        self.lines += other.lines;
        self.paragraphs += other.paragraphs;
        self.sentences += other.sentences;
        self.unique_words += other.unique_words;
    }
}

impl From<&Tally> for Numbers {
    fn from(tally: &Tally) -> Self {
        Self {
            words: Definition::ALL.iter().map(|&one| (one, tally.words.get(one))).collect(),
            bytes: tally.bytes,
            characters: tally.characters,
            characters_without_spaces: tally.characters_without_spaces,
            graphemes: tally.graphemes,
            lines: tally.lines,
            paragraphs: tally.paragraphs,
            sentences: tally.sentences,
            unique_words: tally.unique_words,
            unique_words_estimated: tally.unique_words_estimated,
        }
    }
}

/// The language of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Language {
    /// BCP 47.
    pub tag: String,
    /// From 0 to 1; 1 when the client said it.
    pub confidence: f32,
}

/// Something to know about a document before its numbers are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Its stable name, for example `lossy-charset`.
    pub code: String,
    /// The sentence for people.
    pub detail: String,
}

/// Where the text came from and how it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The address that finally answered, when one was fetched.
    pub final_url: Option<String>,
    /// Bytes of the document after its content coding was undone.
    pub bytes: u64,
    /// The type it was read as: `text/html`.
    pub media_type: String,
    /// The charset it was read in: `utf-8`.
    pub charset: String,
    /// What decided the charset: `bom`, `header`, `document`, `detected`, `default`.
    pub charset_source: String,
    /// How many characters could not be decoded.
    pub replacement_characters: u64,
    /// Its title, where it has one.
    pub title: Option<String>,
    /// What to know before its numbers are trusted.
    pub warnings: Vec<Warning>,
}

impl From<Extraction> for Document {
    fn from(extraction: Extraction) -> Self {
        let warnings = extraction.warnings.iter();
        Self {
            final_url: None,
            bytes: extraction.bytes,
            media_type: extraction.media_type.as_str().to_owned(),
            charset: extraction.charset,
            charset_source: extraction.charset_source.as_str().to_owned(),
            replacement_characters: extraction.replacement_characters,
            title: extraction.title,
            warnings: warnings
                .map(|one| Warning { code: one.code().to_owned(), detail: one.to_string() })
                .collect(),
        }
    }
}

/// The report of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub document: Document,
    /// The numbers over the regions that count.
    pub numbers: Numbers,
    /// The definition of the headline number.
    pub definition: Definition,
    /// The numbers of every region that had text, also of those that do not count.
    pub regions: Vec<(Region, Numbers)>,
    /// The language, where it can be told.
    pub language: Option<Language>,
    /// How long reading it takes, in milliseconds.
    pub reading_time_ms: u64,
    /// How long speaking it takes, in milliseconds.
    pub speaking_time_ms: u64,
    /// The most frequent words, as many as the job asked for, the most frequent first.
    pub top_words: WordList,
    /// The most frequent words but the small ones of the language, the most frequent first.
    pub keywords: WordList,
    /// The most frequent n-grams, the most frequent first; empty unless the job asked for them.
    pub ngrams: WordList,
    /// Scores by the formulas made for the language.
    pub readability: Vec<Readability>,
    /// Why the definitions differ; `None` unless the job asked for it, and in lists.
    pub differences: Option<Differences>,
    /// Whether the histogram holds every word.
    pub histogram_complete: bool,
    /// How many words were counted but not entered into it.
    pub histogram_left_out: u64,
}

impl Report {
    /// The report over other regions, as far as it is known without the document: the numbers and the times. Words,
    /// scores and differences were counted over the job's own regions only, so they are left out, unless both choices
    /// come to the same.
    #[must_use]
    pub fn over(&self, chosen: &[Region], own: Option<&[Region]>) -> Self {
        let is_own = |region: Region| own.map_or(region.is_default(), |own| own.contains(&region));
        if self.regions.iter().all(|(region, _)| chosen.contains(region) == is_own(*region)) {
            return self.clone();
        }
        let mut numbers = Numbers::none_of(&self.numbers.words);
        for (_, of_region) in self.regions.iter().filter(|(region, _)| chosen.contains(region)) {
            numbers.add(of_region);
        }
        // Both are the same in a text with spaces between its words.
        let by =
            if self.definition == Definition::Unicode { self.definition } else { Definition::Dictionary };
        let words = numbers.words_by(by);
        let mut document = self.document.clone();
        document.warnings.retain(|warning| !coverage::CODES.contains(&warning.code.as_str()));
        document.warnings.extend(coverage_warning(&self.regions, self.definition, Some(chosen)));
        Self {
            document,
            definition: self.definition,
            regions: self.regions.clone(),
            language: self.language.clone(),
            reading_time_ms: tally_count::reading_time_ms(words),
            speaking_time_ms: tally_count::speaking_time_ms(words),
            top_words: WordList::default(),
            keywords: WordList::default(),
            ngrams: WordList::default(),
            readability: Vec::new(),
            differences: None,
            histogram_complete: words == 0,
            histogram_left_out: words,
            numbers,
        }
    }
}

/// The warning for regions that hold few of the words, or none.
pub(crate) fn coverage_warning(
    regions: &[(Region, Numbers)],
    definition: Definition,
    chosen: Option<&[Region]>,
) -> Option<Warning> {
    let words: Vec<_> =
        regions.iter().map(|(region, numbers)| (*region, numbers.words_by(definition))).collect();
    coverage::warning(&words, chosen)
}

/// A report with the words that it does not show.
#[derive(Clone, Debug)]
pub struct CountResult {
    pub report: Report,
    /// The words after those that the report shows, in the same order: by count, the most frequent first.
    pub remaining_words: WordList,
}
